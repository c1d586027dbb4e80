// The timeline: every cue as long as it lasts, the playhead, and scrubbing by pointer and keys.

import { $, made, clock } from "./words.js";
import { throttled } from "./link.js";

const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -60, PageUp: 60 };
const LABEL_PIXELS = 34, THIN_PIXELS = 6, STEP = 1.5, CLOSEST_SECONDS = 10;

export class Timeline {
  #outline = null; #width = 0; #length = 1; #seconds = 0; #locked = false; #blocks = new Map(); #cues = []; #dragging = false; #marked = {}; #state = null; #zoom = 1;

  constructor(link) {
    this.locate = throttled(50, (seconds) => link.ask("/locate", seconds));
    const track = $("track"), head = $("head");
    track.addEventListener("pointerdown", (event) => {
      if (this.#locked) return;
      this.#dragging = true;
      track.setPointerCapture(event.pointerId);
      this.#scrub(event);
    });
    track.addEventListener("pointermove", (event) => { this.#point(event); if (this.#dragging) this.#scrub(event); });
    for (const name of ["pointerup", "pointercancel"]) track.addEventListener(name, () => { this.#dragging = false; });
    track.addEventListener("pointerleave", () => { $("ghost").hidden = true; });
    // Names need room: what is hidden has none, and a tablet is turned.
    new ResizeObserver(() => { if (!this.#outline || track.clientWidth === this.#width) return;
      this.outline(this.#outline);
      if (this.#state) this.state(this.#state);
    }).observe(track);
    $("wider").addEventListener("click", () => this.#zoomBy(1 / STEP));
    $("closer").addEventListener("click", () => this.#zoomBy(STEP));
    $("roll").addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return; // so does a pinch, too
      event.preventDefault();
      this.#zoomBy(STEP ** (-event.deltaY / 100), this.#time(event));
    }, { passive: false });
    head.addEventListener("keydown", (event) => {
      const closer = { "+": STEP, "=": STEP, "-": 1 / STEP }[event.key];
      if (closer && !event.ctrlKey && !event.metaKey) { event.preventDefault(); this.#zoomBy(closer); return; }
      let goal = null;
      if (event.key in KEYS) goal = this.#seconds + KEYS[event.key] * (event.shiftKey ? 10 : 1);
      if (event.key === "Home") goal = 0;
      if (event.key === "End") goal = this.#length;
      if (goal === null || this.#locked) return;
      event.preventDefault();
      event.stopPropagation();
      this.#go(goal);
    });
  }

  outline(outline) {
    const { cues, length } = outline, width = $("track").clientWidth;
    this.#outline = outline;
    this.#width = width;
    this.#length = length;
    if (this.#zoom > Math.max(1, length / CLOSEST_SECONDS)) this.#zoomBy(1);
    this.#cues = cues;
    this.#blocks.clear();
    this.#marked = {};
    $("head").setAttribute("aria-valuemax", length.toFixed(1));
    $("blocks").replaceChildren(...cues.map((cue) => {
      const pixels = cue.duration / length * width, thin = pixels < THIN_PIXELS;
      const block = made("div", { class: thin ? "block thin" : "block", title: [`${cue.name}, ${clock(cue.duration, 0)}`, cue.ways].filter(Boolean).join(", "), text: pixels > LABEL_PIXELS ? cue.name : "" });
      block.style.left = `${cue.start / length * 100}%`;
      block.style.width = `${cue.duration / length * 100}%`;
      if (cue.transition && !thin) {
        const into = made("span", { class: "in" });
        into.style.width = `${Math.min(cue.transition / cue.duration, 1) * 100}%`;
        block.append(into);
      }
      if (cue.end !== "follow" && !thin) block.append(made("span", { class: "wait", text: cue.end === "loop" ? "loop" : "hold" }));
      this.#blocks.set(cue.id, block);
      return block;
    }));
  }

  state(state) {
    const { seconds, cue, standby, name, locked } = this.#state = state;
    this.#locked = locked;
    $("head").setAttribute("aria-disabled", String(locked));
    if (!this.#dragging) { this.#place(seconds, name); this.#follow(seconds); }
    this.#mark("now", cue);
    this.#mark("next", standby);
  }

  // Closer or wider, with the time under the pointer, or that of the show, where it is.
  #zoomBy(factor, seconds = this.#seconds) {
    const roll = $("roll"), most = Math.max(1, this.#length / CLOSEST_SECONDS);
    const at = seconds / this.#length, before = at * roll.scrollWidth - roll.scrollLeft;
    this.#zoom = Math.min(Math.max(this.#zoom * factor, 1), most);
    if (this.#zoom < 1.01) this.#zoom = 1;
    $("track").style.width = `${this.#zoom * 100}%`;
    roll.scrollLeft = at * roll.scrollWidth - before;
    $("wider").disabled = this.#zoom === 1;
    $("closer").disabled = this.#zoom === most;
  }

  // The playhead is not lost from sight.
  #follow(seconds) {
    const roll = $("roll");
    if (this.#zoom === 1 || roll.matches(":hover")) return;
    const at = seconds / this.#length * roll.scrollWidth, shown = at - roll.scrollLeft;
    if (shown < 0 || shown > roll.clientWidth * 0.95) roll.scrollLeft = at - roll.clientWidth * 0.1;
  }

  #mark(name, cue) {
    const block = this.#blocks.get(cue);
    if (this.#marked[name] === block) return;
    this.#marked[name]?.classList.remove(name);
    block?.classList.add(name);
    this.#marked[name] = block;
  }

  #place(seconds, name = "") {
    this.#seconds = seconds;
    const head = $("head");
    head.style.left = `${seconds / this.#length * 100}%`;
    head.setAttribute("aria-valuenow", seconds.toFixed(1));
    head.setAttribute("aria-valuetext", `${clock(seconds, 0)} ${name}`);
  }

  #go(seconds) {
    const goal = Math.min(Math.max(seconds, 0), this.#length - 0.001);
    this.#place(goal, this.#at(goal)?.name);
    this.locate(goal);
  }

  #at(seconds) { return this.#cues.findLast((cue) => cue.start <= seconds); }

  #time(event) {
    const box = $("track").getBoundingClientRect();
    return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * this.#length;
  }

  #point(event) {
    const seconds = this.#time(event), ghost = $("ghost");
    ghost.hidden = false;
    ghost.style.left = `${seconds / this.#length * 100}%`;
    ghost.classList.toggle("left", seconds > this.#length / 2);
    $("ghost-time").textContent = `${clock(seconds)} ${this.#at(seconds)?.name ?? ""}`;
  }

  #scrub(event) { this.#go(this.#time(event)); }
}
