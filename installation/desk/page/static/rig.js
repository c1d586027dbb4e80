// The rig: which test pattern an output shows, and where its picture lies, moved by hand while everybody watches.

import { $, made, write } from "./words.js";

const PATTERNS = { none: "Picture", grid: "Grid", identity: "Identity", edges: "Soft edges", colour: "Colour", sync: "Sync" };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const INTO = { left: [1, 0], top: [0, 1], right: [-1, 0], bottom: [0, -1] };
const CORNERS = ["top-left", "top-right", "bottom-right", "bottom-left"];
const CORNER_PLACES = [[0, 0], [1, 0], [1, 1], [0, 1]];
const FIGURES = [
  ["Soft edge", ["soft_edge/left", "soft_edge/top", "soft_edge/right", "soft_edge/bottom"], 100, " %", 2],
  ["Edges' gamma", ["gamma"], 1, "", 2],
  ["Black lift", ["black_lift"], 100, " %", 1],
  ["White", ["white/red", "white/green", "white/blue"], 100, " %", 1],
  ["Curve", ["curve/red", "curve/green", "curve/blue"], 1, "", 2],
  ["Latency", ["latency_ms"], 1, " ms", 0],
];
const MARGIN = 0.12; // around the monitor, in fractions of it: corners may lie outside
const SVG = "http://www.w3.org/2000/svg";

const words = (key) => key.split("/").slice(-1)[0].replace("-", " ");
const place = (share) => `${100 * (MARGIN + share) / (1 + 2 * MARGIN)}%`;

export class Rig {
  #link; #view; #rig = null; #blind = false; #output = ""; #chosen = "corner/top-left"; #step = 1; #shape = "";

  constructor(link) {
    this.#link = link;
    this.#view = document.querySelector('main[data-view="rig"]');
    const button = (id, text, act, more = {}) => made("button", { type: "button", id, text, onclick: act, ...more });
    const section = (name, title, ...children) => made("section", { class: name, "aria-label": title }, made("h2", { text: title }), ...children);
    this.#view.replaceChildren(
      section("rig-outputs", "Outputs", made("div", { id: "rig-outputs", class: "choice", role: "group", "aria-label": "Output to adjust" }),
        made("h2", { text: "Shows" }),
        made("div", { class: "choice", role: "group", "aria-label": "Test pattern" },
          ...Object.entries(PATTERNS).map(([name, text]) => button(`rig-pattern-${name}`, text, () => this.#pattern(name), { "aria-pressed": "false" }))),
        made("label", { class: "check" }, made("input", { type: "checkbox", id: "rig-all" }), " On all outputs"),
        made("div", { class: "rig-edit", hidden: "" }, made("h2", { text: "Saved edits" }),
          made("label", { class: "check" }, made("input", { type: "checkbox", id: "edit-blind",
            onchange: ({ target }) => link.ask("/edit/blind", Number(target.checked)) }), " Hold back saved edits"),
          made("p", { id: "edit-held", class: "note", role: "status" }),
          made("div", { id: "edit-outputs", class: "choice", role: "group", "aria-label": "Output that shows the edit" }),
          made("div", { class: "row" }, button("edit-discard", "Discard", () => link.ask("/edit/discard")),
            button("edit-apply", "Apply", () => link.ask("/edit/apply"), { class: "primary" })))),
      section("rig-wall", "Monitor", made("div", { id: "rig-wall" }), made("p", { id: "rig-none", class: "note", hidden: "" })),
      section("rig-hand", "Move", made("p", { id: "rig-chosen" }),
        made("div", { class: "pad" },
          ...[["ArrowUp", "▲", "Up"], ["ArrowLeft", "◀", "Left"], ["ArrowRight", "▶", "Right"], ["ArrowDown", "▼", "Down"]].map(
            ([key, text, name]) => button(`rig-${key}`, text, () => this.#nudge(ARROWS[key], this.#step), { "aria-label": `Move ${name.toLowerCase()}`, class: key })),
          button("rig-step", "1 px", () => this.#steps(), { "aria-label": "Pixels a step: 1" })),
        made("div", { class: "figures exact", id: "rig-exact" }, ...["x", "y"].map((axis) => made("label", {}, `${axis} in px `,
          made("input", { type: "number", step: "any", id: `rig-${axis}`, onchange: () => this.#exactly() })))),
        made("p", { class: "note" }, "Arrow keys move it, too, with Shift by ten; , and . choose the previous and the next point.")),
      section("rig-figures", "Figures", made("div", { id: "rig-figures", class: "figures" },
        ...FIGURES.map((one) => this.#figures(...one)),
        made("fieldset", {}, made("legend", { text: "Mesh" }),
          made("label", {}, "Columns ", made("input", { type: "number", id: "rig-columns", min: 2, max: 33, value: 3 })),
          made("label", {}, "Rows ", made("input", { type: "number", id: "rig-rows", min: 2, max: 33, value: 3 })),
          button("rig-mesh", "Lay", () => this.#ask("mesh/size", Number($("rig-columns").value), Number($("rig-rows").value)), { "aria-label": "Lay a mesh" }),
          button("rig-no-mesh", "None", () => this.#ask("mesh/size", 0, 0), { "aria-label": "No mesh" })))),
      section("rig-file", "File", made("div", { class: "row" },
        button("rig-undo", "Undo", () => link.ask("/rig/undo")), button("rig-revert", "Revert", () => link.ask("/rig/revert")),
        button("rig-save", "Save", () => link.ask("/rig/save"), { class: "primary" })), made("p", { id: "rig-told", role: "status" })));
    // Before the show's own keys: whoever lays pictures must not put cues on standby with the arrows.
    document.addEventListener("keydown", (event) => this.#key(event), true);
  }

  state({ rig }) {
    if (!rig || rig === this.#rig) return;
    this.#rig = rig;
    if (!rig.outputs.some(({ name }) => name === this.#output)) this.#output = rig.outputs[0]?.name ?? "";
    this.#show();
  }

  get #head() { return this.#rig?.outputs.find(({ name }) => name === this.#output); }

  #ask(address, ...numbers) { this.#link.ask(`/rig/${this.#output}/${address}`, ...numbers); }

  #pattern(name) { this.#link.ask($("rig-all").checked ? `/rig/pattern/${name}` : `/rig/${this.#output}/pattern/${name}`); }

  #nudge([x, y], step) {
    const [kind, side] = this.#chosen.split("/");
    if (kind !== "soft_edge") return this.#ask(`nudge/${this.#chosen}`, x * step, y * step);
    const wider = x * INTO[side][0] + y * INTO[side][1];
    if (wider) this.#ask(`nudge/${this.#chosen}`, wider * step);
  }

  #exactly() {
    const { width, height } = this.#head;
    const [x, y] = [Number($("rig-x").value) / width, Number($("rig-y").value) / height];
    if (Number.isFinite(x) && Number.isFinite(y)) this.#ask(this.#chosen, x, y);
  }

  #steps() {
    this.#step = this.#step === 1 ? 10 : 1;
    write($("rig-step"), `${this.#step} px`);
    $("rig-step").setAttribute("aria-label", `Pixels a step: ${this.#step}`);
  }

  #choose(key) { this.#chosen = key; this.#show(); }

  #points() {
    const head = this.#head;
    return head ? Object.keys(head.values).filter((key) => /^(corner|mesh|soft_edge)\//.test(key)) : [];
  }

  #key(event) {
    if (this.#view.hidden || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.matches("input:not([type=checkbox])") || !this.#points().length) return;
    const points = this.#points(), turn = { ",": -1, ".": 1 }[event.key];
    if (turn) this.#choose(points[(points.indexOf(this.#chosen) + turn + points.length) % points.length]);
    else if (event.key in ARROWS) this.#nudge(ARROWS[event.key], event.shiftKey ? 10 : this.#step);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #figures(title, keys, scale, unit, digits) {
    const several = keys.length > 1;
    return made("fieldset", {}, ...(several ? [made("legend", { text: title })] : []), ...keys.map((key) => {
      const name = several ? words(key) : title, label = several ? `${title} ${name}` : title;
      const step = (by, text, word) => made("button", { type: "button", text, "aria-label": `${label}: ${word}`, onclick: () => this.#ask(`nudge/${key}`, by * this.#step) });
      const value = made("output", { "data-key": key, "data-scale": scale, "data-unit": unit, "data-digits": digits, "aria-label": label });
      return made("div", { class: "figure" }, made("span", { text: name }), step(-1, "−", "less"), value, step(1, "+", "more"));
    }));
  }

  #edit({ blind, held, preview, outputs }) {
    // Only what is news: a state on its way while somebody ticks must not take the tick back.
    if (blind !== this.#blind) $("edit-blind").checked = this.#blind = blind;
    write($("edit-held"), held !== null ? `Held back: ${held}` : blind ? "Nothing is held back yet: save the score." : "Saved edits play at once.");
    const names = outputs.join("\n");
    if ($("edit-outputs").dataset.names !== names) {
      $("edit-outputs").dataset.names = names;
      $("edit-outputs").replaceChildren(...["none", ...outputs].map((name) => made("button", { type: "button", text: name === "none" ? "Nowhere" : `Look at it on ${name}`,
        "data-output": name === "none" ? "" : name, onclick: () => this.#link.ask(`/edit/preview/${name}`) })));
    }
    for (const button of $("edit-outputs").children) {
      button.setAttribute("aria-pressed", String(button.dataset.output === preview));
      button.disabled = held === null;
    }
    for (const name of ["edit-apply", "edit-discard"]) $(name).disabled = held === null;
  }

  #show() {
    const edit = this.#rig.edit;
    this.#view.querySelector(".rig-edit").hidden = !edit;
    if (edit) this.#edit(edit);
    const { outputs, undo, unsaved, told, failed, file } = this.#rig, head = this.#head;
    const names = outputs.map(({ name }) => name).join("\n");
    if ($("rig-outputs").dataset.names !== names) {
      $("rig-outputs").dataset.names = names;
      $("rig-outputs").replaceChildren(...outputs.map(({ name }) => made("button", { type: "button", text: name, "data-output": name,
        onclick: () => { this.#output = name; this.#show(); } })));
    }
    for (const button of $("rig-outputs").children) button.setAttribute("aria-pressed", String(button.dataset.output === this.#output));
    for (const name of Object.keys(PATTERNS)) $(`rig-pattern-${name}`).setAttribute("aria-pressed", String(head?.pattern === name));
    const adjustable = this.#points().length > 0;
    $("rig-none").hidden = adjustable;
    write($("rig-none"), "This output has no head in a rig, so there is nothing to adjust: start the show with --rig RIG.");
    for (const name of ["rig-hand", "rig-figures", "rig-file"]) this.#view.querySelector(`.${name}`).hidden = !adjustable;
    $("rig-wall").hidden = !adjustable;
    if (!adjustable) return;
    if (!(this.#chosen in head.values)) this.#chosen = "corner/top-left";
    $("rig-undo").disabled = !undo;
    $("rig-save").disabled = !unsaved;
    write($("rig-told"), told || (unsaved ? `Not yet saved to ${file}` : `As in ${file}`));
    $("rig-told").classList.toggle("bad", failed);
    for (const value of $("rig-figures").querySelectorAll("output")) {
      const { key, scale, unit, digits } = value.dataset;
      write(value, `${(head.values[key][0] * scale).toFixed(digits)}${unit}`);
    }
    const at = head.values[this.#chosen], [kind] = this.#chosen.split("/"), isPoint = at.length === 2;
    write($("rig-chosen"), kind === "mesh" ? `Mesh, row and column ${this.#chosen.slice(5).replace("/", ", ")}` : kind === "corner" ? `Corner ${words(this.#chosen)}` : `Soft edge ${words(this.#chosen)}`);
    $("rig-exact").hidden = !isPoint;
    if (isPoint) Object.entries({ "rig-x": at[0] * head.width, "rig-y": at[1] * head.height }).forEach(([id, px]) => { if (document.activeElement !== $(id)) $(id).value = Number(px.toFixed(2)); });
    this.#draw(head);
  }

  // Where a place of the picture lies on the monitor, near enough for a sketch: bilinear between the corners.
  #onMonitor(head, u, v) {
    const [a, b, c, d] = CORNERS.map((name) => head.values[`corner/${name}`]);
    return [0, 1].map((axis) => (1 - v) * ((1 - u) * a[axis] + u * b[axis]) + v * ((1 - u) * d[axis] + u * c[axis]));
  }

  #draw(head) {
    const wall = $("rig-wall"), shape = `${head.name} ${head.mesh} ${head.width} ${head.height}`;
    if (shape !== this.#shape) {
      this.#shape = shape;
      wall.style.aspectRatio = `${head.width} / ${head.height}`;
      const drawing = document.createElementNS(SVG, "svg");
      drawing.setAttribute("viewBox", `${-MARGIN} ${-MARGIN} ${1 + 2 * MARGIN} ${1 + 2 * MARGIN}`);
      drawing.setAttribute("preserveAspectRatio", "none");
      drawing.setAttribute("aria-hidden", "true");
      wall.replaceChildren(drawing, ...this.#points().map((key) => made("button", { type: "button", class: key.split("/")[0], "data-key": key,
        "aria-label": key.startsWith("mesh") ? `Mesh, row and column ${key.slice(5).replace("/", ", ")}` : `${key.startsWith("corner") ? "Corner" : "Soft edge"} ${words(key)}`,
        onclick: () => this.#choose(key) })));
    }
    const { mesh, values } = head, [columns, rows] = mesh ?? [2, 2];
    const point = (row, column) => {
      const [u, v] = mesh ? values[`mesh/${row + 1}/${column + 1}`] : [column, row];
      return this.#onMonitor(head, u, v);
    };
    const line = (kind, points) => {
      const found = document.createElementNS(SVG, "polyline");
      found.setAttribute("class", kind);
      found.setAttribute("points", points.map((at) => at.join(",")).join(" "));
      return found;
    };
    const row = (number) => [...Array(columns).keys()].map((column) => point(number, column));
    const column = (number) => [...Array(rows).keys()].map((one) => point(one, number));
    const frame = line("monitor", [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]);
    const edge = (side, share) => side === "left" || side === "right"
      ? [[share, 0], [share, 1]] : [[0, share], [1, share]];
    const inner = (side) => (side === "right" || side === "bottom" ? 1 - values[`soft_edge/${side}`][0] : values[`soft_edge/${side}`][0]);
    const edges = Object.keys(INTO).filter((side) => values[`soft_edge/${side}`][0] > 0)
      .map((side) => line("soft", edge(side, inner(side)).map(([u, v]) => this.#onMonitor(head, u, v))));
    wall.firstChild.replaceChildren(frame, ...[...Array(rows).keys()].map((one) => line("picture", row(one))),
      ...[...Array(columns).keys()].map((one) => line("picture", column(one))), ...edges);
    for (const button of [...wall.children].slice(1)) {
      const key = button.dataset.key, [kind, side] = key.split("/");
      const at = kind === "corner" ? values[key] : kind === "mesh" ? this.#onMonitor(head, ...values[key])
        : this.#onMonitor(head, ...(edge(side, inner(side)).reduce(([u, v], [x, y]) => [(u + x) / 2, (v + y) / 2])));
      button.style.left = place(at[0]);
      button.style.top = place(at[1]);
      button.setAttribute("aria-pressed", String(key === this.#chosen));
      button.hidden = kind === "mesh" && CORNER_PLACES.some(([x, y]) => key === `mesh/${y ? rows : 1}/${x ? columns : 1}`) && key !== this.#chosen
        && !this.#chosen.startsWith("mesh");
    }
  }
}
