// The views of the page: each is a <main data-view="name" aria-label="Name">. One is seen at a time; the address keeps
// which, so that every screen can stay on its own. While there is only one, nothing is asked.

import { $, all, made } from "./words.js";

export class Views {
  #views = all("main[data-view]"); #links = new Map();

  constructor() {
    $("views").replaceChildren(...this.#views.map((view) => {
      const link = made("a", { href: `#${view.dataset.view}`, text: view.getAttribute("aria-label") });
      this.#links.set(view, link);
      return link;
    }));
    $("views").hidden = this.#views.length < 2;
    addEventListener("hashchange", () => this.#show());
    this.#show();
  }

  #show() {
    const shown = this.#views.find((view) => `#${view.dataset.view}` === location.hash) ?? this.#views[0];
    for (const view of this.#views) {
      view.hidden = view !== shown;
      if (view === shown) this.#links.get(view).setAttribute("aria-current", "page");
      else this.#links.get(view).removeAttribute("aria-current");
      if (view === shown) view.dispatchEvent(new Event("shown"));
    }
  }
}
