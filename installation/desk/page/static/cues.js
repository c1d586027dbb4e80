// The cue list: what plays, what stands by, what comes after.

import { $, made, write, clock } from "./words.js";

const ENDS = { hold: "waits for GO", loop: "loops until GO" };

export class Cues {
  #rows = new Map(); #now = null; #next = null;

  constructor(link) { this.link = link; }

  outline({ cues }) {
    this.#rows.clear();
    this.#now = this.#next = null;
    $("cues").replaceChildren(...cues.map((cue, index) => {
      const mark = made("span", { class: "mark" });
      const fill = made("span", { class: "fill", "aria-hidden": "true" });
      const end = [ENDS[cue.end], cue.ways].filter(Boolean).join(" · ");
      const row = made("li", {},
        made("button", { type: "button", class: "cue", "aria-label": `Cue ${index + 1}, ${cue.name}: put on standby`,
          onclick: () => this.link.ask(`/cue/${cue.id}/load`) },
        made("span", { class: "index", text: index + 1 }), made("span", { class: "name", text: cue.name }),
        made("span", { class: "times", text: clock(cue.duration, 0) }), mark),
        made("button", { type: "button", class: "jump", "aria-label": `Start cue ${index + 1}, ${cue.name} now`, text: "▶", title: "Start this cue now",
          onclick: () => this.link.ask(`/cue/${cue.id}/go`) }), fill);
      this.#rows.set(cue.id, { row, mark, fill, cue, end });
      write(mark, end);
      return row;
    }));
  }

  state({ cue, standby, progress, elapsed_seconds, laps, paused }) {
    if (cue !== this.#now || standby !== this.#next) this.#mark(cue, standby);
    const present = this.#rows.get(cue);
    if (!present) return;
    present.fill.style.transform = `scaleX(${progress})`;
    const lap = laps ? `, lap ${laps + 1}` : "", next = cue === standby ? " · standby" : "";
    write(present.mark, `${paused ? "paused" : "playing"} ${clock(elapsed_seconds)}${lap}${present.end ? " · " + present.end : ""}${next}`);
  }

  #mark(now, next) {
    for (const [id, { row, mark, fill, cue, end }] of this.#rows) {
      row.classList.toggle("now", id === now);
      row.classList.toggle("next", id === next && id !== now);
      row.firstChild.setAttribute("aria-current", id === now ? "true" : "false");
      if (id !== now) { fill.style.transform = "scaleX(0)"; write(mark, id === next ? `standby${end ? " · " + end : ""}` : end); }
      if (id === next) write($("go-cue"), cue.name);
    }
    if (!this.#rows.has(next)) write($("go-cue"), "no cue on standby");
    reveal(this.#rows.get(now !== this.#now ? now : next)?.row);
    this.#now = now;
    this.#next = next;
  }
}

// Scrolls the list and nothing else: the page itself stays where the operator has it.
function reveal(row) {
  const list = row?.parentElement;
  if (!list) return;
  const top = row.offsetTop - list.offsetTop, hidden = top < list.scrollTop || top + row.offsetHeight > list.scrollTop + list.clientHeight;
  if (hidden) list.scrollTop = top - (list.clientHeight - row.offsetHeight) / 2;
}
