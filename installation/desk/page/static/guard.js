// A button for what cannot be taken back: it asks once, and acts when it is pressed again within three seconds.

import { write } from "./words.js";

const ARMED = 3000;

export class Guard {
  #armed = 0; #word;

  // `open` says whether it acts at once.
  constructor(button, act, open = () => false) {
    this.button = button;
    this.#word = button.textContent;
    button.addEventListener("click", () => {
      if (this.#armed || open()) { this.disarm(); act(); return; }
      button.classList.add("armed");
      write(button, `${this.#word}: sure?`);
      this.#armed = setTimeout(() => this.disarm(), ARMED);
    });
  }

  say(word) {
    this.#word = word;
    if (!this.#armed) write(this.button, word);
  }

  disarm() {
    clearTimeout(this.#armed);
    this.#armed = 0;
    this.button.classList.remove("armed");
    write(this.button, this.#word);
  }
}
