// The page of past answers: found as the bot finds them, each with what stands behind it, and a way out of use and back.

import { el } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";
import { answerOf } from "./answer.js";
import { backTo, found } from "./found.js";
import { day } from "./stored.js";

/** @typedef {{ id: string, question: string, answer: string, at: string | null, language: string | null, customers: number, state: "in_use" | "waits" | "retired", done: import("./stored.js").Done | null }} Line */

/** @param {import("./frame.js").Frame} frame */
export async function draw(frame) {
  const { ask } = frame;
  const { strings, language } = frame.desk;
  const section = el("section", { "aria-label": strings.knAnswers });
  let q = "";
  let retired = false;
  /** @type {string | null} */
  let left = null;

  const open = (/** @type {string} */ id) => frame.quietly(async () => {
    const shown = await answerOf(frame, id, back, open);
    section.replaceChildren(shown);
    shown.querySelector("button")?.focus();
  });
  const list = () => {
    const which = el("select", { "aria-label": strings.knState }, el("option", { value: "", selected: !retired }, strings.knInUse), el("option", { value: "out", selected: retired }, strings.knOut));
    which.addEventListener("change", () => ((retired = which.value === "out"), void shown.again()));
    const shown = found(frame, {
      label: strings.knSearchAnswers,
      hint: strings.knSearchHint,
      q,
      asked: (words) => (q = words),
      none: (words) => (words ? strings.nothingFound : retired ? strings.knNoneOut : strings.knNoAnswers),
      beside: [el("label", { class: "small" }, strings.knState, which)],
      page: async (words, cursor) => {
        /** @type {{ answers: Line[], next: number | null }} */
        const { answers, next } = await ask("GET", `/v1/answers?${new URLSearchParams({ q: words, retired: String(retired), cursor: String(cursor) })}`);
        return { lines: answers.map(row), next, told: words ? strings.knBestFirst : strings.knNewestFirst };
      },
    });
    return shown;
  };
  const row = (/** @type {Line} */ { id, question, answer, at, customers, state }) =>
    el("button", { type: "button", "data-id": id, onclick: () => ((left = id), void open(id)) }, el("span", { class: "question", dir: "auto" }, question), el("strong", { class: "told-them", dir: "auto" }, answer),
      el("small", {}, [at && day(at, language), customers > 1 && fill(strings.knCustomers, { count: customers })].filter(Boolean).join(" \u00b7 ")),
      state !== "in_use" && el("span", { class: "state" }, state === "retired" ? strings.knOut : strings.knWaits));
  const back = () => backTo(section, list(), ({ dataset }) => dataset.id === left);
  const first = list();
  section.append(first.element);
  void first.again();
  return section;
}
