// The cards below the conversation: a person will take over, or the chat has ended and may be rated.

import { el, icon } from "./dom.js";
import { fill } from "./strings.js";

/** @typedef {import("./types.js").ChatState} ChatState */
/** @typedef {import("./types.js").Settings} Settings */

/** @param {ChatState} state @param {Settings} settings */
export function handoverCard(state, { strings, replyTime }) {
  const when = state.handover?.expected ?? replyTime;
  return el("section", { class: "card", part: "handover", role: "status" }, icon("person"),
    el("div", {},
      el("h3", {}, strings.handover),
      el("p", {}, `${when ? fill(strings.handoverWhen, { when }) : strings.handoverSoon} ${strings.handoverStay}`)));
}

/** @param {ChatState} state @param {Settings} settings @param {(score: number) => void} onRate @param {() => void} onAgain */
export function endCard(state, { strings }, onRate, onAgain) {
  const given = state.rating ?? 0;
  const stars = el("div", { class: "stars", role: "group", "aria-label": strings.rate });
  const show = (/** @type {number} */ upTo) => [...stars.children].forEach((star, at) => star.classList.toggle("full", at < upTo));
  for (const score of [1, 2, 3, 4, 5]) {
    stars.append(el("button", {
      type: "button", "aria-label": fill(strings.score, { score }), "aria-pressed": String(given === score),
      onclick: () => onRate(score), onpointerenter: () => show(score), onpointerleave: () => show(given),
    }, icon("star")));
  }
  show(given);
  return el("section", { class: "card end", part: "ended" },
    el("h3", { tabindex: -1 }, strings.ended),
    el("p", { role: "status" }, given ? strings.rated : strings.rate),
    stars,
    el("button", { class: "primary", type: "button", onclick: onAgain }, strings.again));
}
