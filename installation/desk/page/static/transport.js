// GO and what stops the show. What cannot be taken back asks twice.

import { $, write } from "./words.js";
import { Guard } from "./guard.js";

const REFUSED = 700;

export class Transport {
  #paused = false; #guards = new Map();

  constructor(link) {
    this.link = link;
    $("go").addEventListener("click", () => this.go());
    $("back").addEventListener("click", () => link.ask("/back"));
    $("pause").addEventListener("click", () => this.pause());
    $("standby-previous").addEventListener("click", () => link.ask("/standby/previous"));
    $("standby-next").addEventListener("click", () => link.ask("/standby/next"));
    $("restore").addEventListener("click", () => link.ask("/restore", 1, 1));
    for (const name of ["panic", "blackout"]) this.#guards.set(name, new Guard($(name), () => link.ask(`/${name}`), () => $(name).classList.contains("on")));
    $("rate").addEventListener("change", () => link.ask("/rate", Number($("rate").value)));
    $("engage").addEventListener("click", () => link.ask("/engage", $("engage").getAttribute("aria-checked") === "true" ? 0 : 1));
  }

  go() { this.link.ask("/go"); }
  back() { this.link.ask("/back"); }
  pause() { this.link.ask(this.#paused ? "/resume" : "/pause"); }

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
    $("engage").setAttribute("aria-checked", String(engaged));
    write($("engage-word"), engaged ? "engaged" : "ignored");
    this.#lit("blackout", blackout_asked, blackout);
    this.#lit("panic", panic_asked, panic);
  }

  #lit(name, asked, share) {
    const button = $(name);
    button.classList.toggle("on", asked);
    const word = name.charAt(0).toUpperCase() + name.slice(1);
    this.#guards.get(name).say(asked && share < 1 ? `${word} ${Math.round(share * 100)} %` : word);
    button.setAttribute("aria-pressed", String(asked));
  }
}
