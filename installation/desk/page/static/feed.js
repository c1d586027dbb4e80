// What happened: messages and refusals, mistakes of the score, the log, the desk's counters, where a frame's time goes.

import { $, all, made, write } from "./words.js";

const MOST_ROWS = 300;
const TIME = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

export class Feed {
  #link; #standing = "";

  constructor(link) {
    this.#link = link;
    const tabs = all('[role="tab"]');
    tabs.forEach((tab, index) => {
      tab.addEventListener("click", () => this.#select(tabs, tab));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.stopPropagation();
        const next = tabs[(index + step + tabs.length) % tabs.length];
        this.#select(tabs, next);
        next.focus();
      });
    });
  }

  entries(entries) {
    for (const { seconds, kind, level, sender, text } of entries) {
      const list = $(kind === "log" ? "log-entries" : "desk-entries");
      const row = made("li", { class: kind === "refused" ? "refused" : level },
        made("span", { text: TIME.format(seconds * 1000) }), made("span", { class: "from", text: sender, title: sender }), made("span", { class: "text", text }));
      const end = list.parentElement, following = end.scrollTop + end.clientHeight > end.scrollHeight - 40;
      list.append(row);
      while (list.children.length > MOST_ROWS) list.firstChild.remove();
      if (following) end.scrollTop = end.scrollHeight;
    }
  }

  clear() { $("desk-entries").replaceChildren(); $("log-entries").replaceChildren(); }

  mistakes(mistakes, warnings) {
    const rows = [
      ...mistakes.map((one) => made("li", { class: "error" }, made("span", { text: `${one.file.split("/").pop()}:${one.line}` }),
        made("span", { class: "text", text: one.path ? `${one.path}: ${one.message}` : one.message }))),
      ...warnings.map((text) => made("li", { class: "warning" }, made("span", { text: "warning" }), made("span", { class: "text", text }))),
    ];
    $("mistakes").replaceChildren(...(rows.length ? rows : [made("li", { class: "none", text: "None. The score on disk is the one that plays." })]));
    const badge = $("mistake-count");
    badge.hidden = !rows.length;
    write(badge, String(rows.length));
  }

  counts(desk) {
    $("counts").replaceChildren(...Object.entries(desk).map(([name, count]) => made("div", {}, made("dt", { text: name }), made("dd", { text: count }))));
  }

  stages(stages) {
    const ms = (figure) => figure === null ? "" : figure.toFixed(figure < 10 ? 2 : 1);
    $("stages").hidden = !stages.length;
    $("stages").tBodies[0].replaceChildren(...stages.map(({ stage, p50_ms, p99_ms, worst_ms, skipped }) => made("tr", {},
      made("th", { text: stage, scope: "row" }), ...[ms(p50_ms), ms(p99_ms), ms(worst_ms), skipped].map((text) => made("td", { text })))));
  }

  machines(machines) {
    const known = (figure) => figure ?? "";
    $("machines").hidden = machines.length < 2;
    this.#giveBack(machines.filter((one) => one.stands_in_for));
    $("machines").tBodies[0].replaceChildren(...machines.map(({ name, plays, outputs, stands_in_for, frame, skipped, clock_ms, late_messages, version, edition }) => made("tr", {},
      made("th", { text: plays ? name : `${name}: not there`, scope: "row" }),
      ...[stands_in_for ? `${outputs.join(", ")} (for ${stands_in_for})` : outputs.join(", "), known(frame), known(skipped), known(clock_ms?.toFixed(2)), known(late_messages), version, edition].map((text) => made("td", { text })))));
  }

  // Buttons stay while the same machines stand in, so that a press is never lost between two updates.
  #giveBack(standing) {
    const now = standing.map((one) => `${one.name} for ${one.stands_in_for}`).join();
    if (now === this.#standing) return;
    this.#standing = now;
    $("give-back").replaceChildren(...standing.map(({ name, stands_in_for }) => made("button", {
      type: "button", text: `${name} gives back the outputs of ${stands_in_for}`, onclick: () => this.#link.ask(`/machines/${name}/give-back`) })));
  }

  #select(tabs, chosen) {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      $(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
    }
  }
}
