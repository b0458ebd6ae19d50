// One past answer: the conversation in which it was given, who else was told the same, and what the articles say of it.

import { el, linked } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";
import { changing, retiring } from "./retiring.js";
import { day } from "./stored.js";

/** @typedef {import("./answers.js").Line & { turns: { role: string, author: string | null, text: string }[], alike: { id: string, question: string, answer: string }[], articles: { slug: string, title: string, text: string }[], known: boolean, seen: string }} Answer */

/** @param {import("./frame.js").Frame} frame @param {string} id @param {() => Promise<void>} back @param {(id: string) => unknown} open @returns {Promise<HTMLElement>} */
export async function answerOf(frame, id, back, open) {
  const { strings, language } = frame.desk;
  /** @returns {Promise<Answer>} */
  const read = () => frame.ask("GET", `/v1/answers/${encodeURIComponent(id)}`);
  const known = async () => (await read()).known;
  const element = el("div", { class: "answer" });

  const draw = (/** @type {Answer} */ { seen, turns, alike, articles, state, done, at, customers }) => {
    const told = [at && day(at, language), fill(strings.knCustomers, { count: customers }), id].filter(Boolean).join(" \u00b7 ");
    element.replaceChildren(
      el("div", { class: "tools" }, el("button", { type: "button", onclick: () => void back() }, strings.knAllAnswers)),
      el("div", { class: "standing" }, el("p", { class: "quiet" }, told), ...retiring(frame, { name: id, out: state === "retired", last: done, words: strings.knRetireAnswer, beside: stateOf(state), done: again, known })),
      state === "waits" ? el("div", { class: "tools" }, el("p", { class: "quiet" }, strings.knWaitsWhy), el("button", { type: "button", class: "main", onclick: () => void approve(seen) }, strings.knApprove)) : "",
      el("h3", {}, strings.knSaid), el("ol", { class: "turns" }, ...turns.map((turn, place) => el("li", { class: place === turns.length - 1 ? "row agent answer" : `row ${turn.role}` },
        el("small", {}, turn.role === "customer" ? strings.customer : turn.author || strings.setAgent), el("div", { class: "bubble", dir: "auto" }, ...linked(turn.text))))),
      el("h3", {}, strings.knAlike), alike.length ? el("ul", { class: "found" }, ...alike.map((one) => el("li", {}, el("button", { type: "button", onclick: () => open(one.id) }, el("span", { class: "question", dir: "auto" }, one.question), el("strong", { class: "told-them", dir: "auto" }, one.answer))))) : el("p", { class: "quiet" }, strings.knNoneAlike),
      el("h3", {}, strings.knOnArticles), articles.length ? el("ul", { class: "found" }, ...articles.map((one) => el("li", {}, el("button", { type: "button", onclick: () => void frame.show("articles", one.slug) }, el("strong", { dir: "auto" }, one.title), el("span", { class: "told-them", dir: "auto" }, one.text))))) : el("p", { class: "quiet" }, strings.knNoArticles));
  };
  const stateOf = (/** @type {string} */ state) => state !== "in_use" && el("span", { class: "state" }, state === "retired" ? strings.knOut : strings.knWaits);
  const approve = (/** @type {string} */ seen) => changing(frame, strings.knDidApprove, () => frame.ask("POST", `/v1/review/${encodeURIComponent(id)}`, { decision: "approve", seen }), again, known);
  const again = async () => draw(await read());
  await again();
  return element;
}
