// The page: one connection, and the parts that it tells.

import { $, write, made, clock } from "./words.js";
import { Link } from "./link.js";
import { Cues } from "./cues.js";
import { Timeline } from "./timeline.js";
import { Faders } from "./faders.js";
import { Pictures } from "./pictures.js";
import { Feed } from "./feed.js";
import { Transport } from "./transport.js";
import { Views } from "./views.js";
import { Audition } from "./audition.js";
import { Lock } from "./lock.js";
import { Notes } from "./notes.js";
import { Rig } from "./rig.js";

const STILL = 1500, TOLD = 5000, TWICE = 1000, SCROLLED = ["cues", "pictures"];
const WITHOUT_CODE = { none: "none yet", freewheeling: "(runs on)", lost: "(lost)" };
const CONNECTED = { edit: "Connected", run: "Connected: you may run the show", look: "Connected: you may look" };

const link = new Link();
new Views();
const cues = new Cues(link), timeline = new Timeline(link), faders = new Faders(link), transport = new Transport(link);
const audition = new Audition(link), pictures = new Pictures(audition), notes = new Notes(), lock = new Lock(link), feed = new Feed(link), rig = new Rig(link);
/** @type {{ outline?: (outline: any) => void, state: (state: any) => void }[]} */
const parts = [cues, timeline, faders, transport, audition, pictures, notes, lock, rig];
let state = {}, outline = null, role = "edit", moved = performance.now(), forget = 0;

function tell(sentence, kind = "") {
  $("alert").replaceChildren(...(sentence ? [made("p", { class: kind, text: sentence })] : []));
  clearTimeout(forget);
  if (sentence) forget = setTimeout(() => tell(""), TOLD);
}

// Stays until it is mended, whatever else is told meanwhile.
function mend(mistakes, warnings) {
  const [mistake] = mistakes, more = mistakes.length + warnings.length > 1 ? ` (${mistakes.length + warnings.length - 1} more below)` : "";
  const sentence = mistake ? `The saved file has a mistake, so the last good one keeps playing: ${mistake.file.split("/").pop()}:${mistake.line}: ${mistake.message}` : warnings[0];
  $("mend").replaceChildren(...(sentence ? [made("p", { class: mistake ? "" : "note", text: sentence + more })] : []));
}

link.on("open", () => {
  document.body.classList.remove("lost");
  $("passcode-dialog").close();
  tell("");
  feed.clear();
  pictures.open();
  moved = performance.now();
});
link.on("welcome", (detail) => {
  role = detail.role;
  lock.role(role);
  write($("link"), CONNECTED[role]);
});
link.on("lost", (reason) => {
  document.body.classList.add("lost");
  document.body.classList.remove("still");
  write($("link"), `Connection lost, trying again …${reason ? ` (${reason})` : ""}`);
});
link.on("unsent", () => tell("Not sent: the connection is lost"));
link.on("locked", () => { if (!$("passcode-dialog").open) $("passcode-dialog").showModal(); });
link.on("outline", (detail) => {
  outline = detail;
  document.title = `${detail.title}: console`;
  write($("title"), detail.title);
  // Whoever is in the middle of something when an edit takes over stays where they were.
  const label = document.activeElement?.getAttribute("aria-label"), id = document.activeElement?.id, scrolled = SCROLLED.map((name) => $(name).scrollTop);
  for (const part of parts) part.outline?.(detail);
  SCROLLED.forEach((name, index) => { $(name).scrollTop = scrolled[index]; });
  if (document.activeElement === document.body) ($(id) ?? (label && document.querySelector(`[aria-label="${CSS.escape(label)}"]`)))?.focus({ preventScroll: true });
  state = {};
});
link.on("feed", (detail) => {
  feed.entries(detail.entries);
  const refusal = detail.entries.findLast((entry) => entry.kind === "refused");
  if (refusal && Date.now() / 1000 - refusal.seconds < 2) {
    tell(refusal.text, "note");
    if (refusal.text.startsWith("/go")) transport.refused();
  }
});
link.on("refused", (detail) => {
  if ($("passcode-dialog").open) { write($("passcode-refused"), detail.sentence); return; }
  tell(detail.sentence);
});
link.on("state", (detail) => {
  if ("frame" in detail) moved = performance.now();
  if ("mistakes" in detail || "warnings" in detail) {
    const told = [detail.mistakes ?? state.mistakes ?? [], detail.warnings ?? state.warnings ?? []];
    feed.mistakes(...told);
    mend(...told);
  }
  if ("desk" in detail) feed.counts(detail.desk);
  if ("stages" in detail) feed.stages(detail.stages);
  if ("machines" in detail) feed.machines(detail.machines);
  state = { ...state, ...detail };
  if (!outline) return;
  write($("position"), clock(state.seconds));
  write($("remaining"), state.remaining_seconds === null ? "until GO" : clock(state.remaining_seconds));
  $("code").hidden = !state.timecode;
  if (state.timecode) write($("timecode"), state.timecode.state === "running" ? state.timecode.code : `${state.timecode.code} ${WITHOUT_CODE[state.timecode.state]}`.trim());
  for (const part of parts) part.state(state);
});

setInterval(() => {
  if (!link.open) return;
  const still = performance.now() - moved > STILL;
  document.body.classList.toggle("still", still);
  write($("link"), still ? "Connected, but the show stands still" : CONNECTED[role]);
}, 500);

$("passcode-form").addEventListener("submit", (event) => {
  event.preventDefault();
  write($("passcode-refused"), "");
  link.unlock($("passcode").value);
  $("passcode").value = "";
});
$("passcode-dialog").addEventListener("cancel", (event) => event.preventDefault());
$("help-open").addEventListener("click", () => $("help").showModal());
const keysOn = $("keys-on");
keysOn.checked = localStorage.getItem("single keys") !== "off";
keysOn.addEventListener("change", () => localStorage.setItem("single keys", keysOn.checked ? "on" : "off"));

// Whoever works with pointer and keys together must find Space to be GO again, not the last button or fader touched.
document.addEventListener("click", (event) => { if (event.detail) /** @type {HTMLElement} */ (/** @type {Element} */ (event.target).closest("button, input[type=range]"))?.blur(); });

let escaped = -Infinity;
const KEYS = {
  " ": () => transport.go(), g: () => transport.go(), Backspace: () => transport.back(), p: () => transport.pause(),
  ArrowUp: () => link.ask("/standby/previous"), ArrowDown: () => link.ask("/standby/next"), "?": () => $("help").showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open]")) return;
  const target = /** @type {Element} */ (event.target), typing = target.matches("input, select, [role=slider], [role=tab], [role=tabpanel]");
  if (event.key === "Escape") {
    if (event.timeStamp - escaped < TWICE) { escaped = -Infinity; link.ask("/panic"); } else { escaped = event.timeStamp; tell("Press Esc again for panic", "note"); }
    return;
  }
  if (!keysOn.checked || typing || (event.key === " " && target.matches("button"))) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (act) { event.preventDefault(); act(); }
});
