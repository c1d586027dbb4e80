// GO and what stops the show. What cannot be taken back asks twice.

import { $, write } from "./words.js";

const ARMED = 3000, REFUSED = 700;

export class Transport {
  #paused = false; #armed = new Map();

  constructor(link) {
    this.link = link;
    $("go").addEventListener("click", () => this.go());
    $("back").addEventListener("click", () => link.ask("/back"));
    $("pause").addEventListener("click", () => this.pause());
    $("standby-previous").addEventListener("click", () => link.ask("/standby/previous"));
    $("standby-next").addEventListener("click", () => link.ask("/standby/next"));
    $("restore").addEventListener("click", () => link.ask("/restore", 1, 1));
    for (const name of ["panic", "blackout"]) $(name).addEventListener("click", () => this.guarded(name));
    $("rate").addEventListener("change", () => link.ask("/rate", Number($("rate").value)));
    $("engage").addEventListener("click", () => link.ask("/engage", $("engage").getAttribute("aria-pressed") === "true" ? 0 : 1));
  }

  go() { this.link.ask("/go"); }
  back() { this.link.ask("/back"); }
  pause() { this.link.ask(this.#paused ? "/resume" : "/pause"); }

  guarded(name) {
    const button = $(name);
    if (this.#armed.has(name) || button.classList.contains("on")) {
      this.#disarm(name);
      this.link.ask(`/${name}`);
      return;
    }
    button.classList.add("armed");
    write(button, `${this.#word(name)}: sure?`);
    this.#armed.set(name, setTimeout(() => this.#disarm(name), ARMED));
  }

  refused() {
    $("go").classList.add("refused");
    setTimeout(() => $("go").classList.remove("refused"), REFUSED);
  }

  state({ paused, rate, engaged, blackout_asked, panic_asked, blackout, panic }) {
    this.#paused = paused;
    $("pause").setAttribute("aria-pressed", String(paused));
    write($("pause"), paused ? "Resume" : "Pause");
    const select = $("rate");
    if (document.activeElement !== select || Number(select.value) !== rate) {
      if (![...select.options].some((option) => Number(option.value) === rate)) select.add(new Option(`${rate} ×`, String(rate)));
      select.value = String(rate);
    }
    $("engage").setAttribute("aria-pressed", String(engaged));
    write($("engage"), engaged ? "Desk engaged" : "Desk ignored");
    this.#lit("blackout", blackout_asked, blackout);
    this.#lit("panic", panic_asked, panic);
  }

  #lit(name, asked, share) {
    const button = $(name);
    button.classList.toggle("on", asked);
    if (!this.#armed.has(name)) write(button, asked && share < 1 ? `${this.#word(name)} ${Math.round(share * 100)} %` : this.#word(name));
    button.setAttribute("aria-pressed", String(asked));
  }

  #disarm(name) {
    clearTimeout(this.#armed.get(name));
    this.#armed.delete(name);
    $(name).classList.remove("armed");
    write($(name), this.#word(name));
  }

  #word(name) { return name.charAt(0).toUpperCase() + name.slice(1); }
}
