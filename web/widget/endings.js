// The cards below the conversation: a person will take over, or the chat has ended and may be rated.

import { el, icon } from "./dom.js";
import { fill } from "./strings.js";

/** @typedef {import("./types.js").ChatState} ChatState */
/** @typedef {import("./types.js").Settings} Settings */

/**
 * @param {ChatState} state
 * @param {Settings} settings
 * @returns {HTMLElement}
 */
export function handoverCard(state, { strings, replyTime }) {
  const when = state.handover?.expected ?? replyTime;
  return el("section", { class: "card", part: "handover", role: "status" }, icon("person"),
    el("div", {},
      el("h3", {}, strings.handover),
      el("p", {}, `${when ? fill(strings.handoverWhen, { when }) : strings.handoverSoon} ${strings.handoverStay}`)));
}

/**
 * @param {ChatState} state
 * @param {Settings} settings
 * @param {(score: number) => void} onRate
 * @param {() => void} onAgain
 * @returns {HTMLElement}
 */
export function endCard(state, { strings }, onRate, onAgain) {
  const names = [strings.score1, strings.score2, strings.score3, strings.score4, strings.score5];
  const given = state.rating;
  const stars = el("div", { class: "stars", role: "group", "aria-label": strings.rate });
  const show = (/** @type {number} */ upTo) => [...stars.children].forEach((star, at) => star.classList.toggle("full", at < upTo));
  names.forEach((name, at) => {
    const star = el("button", { type: "button", "aria-label": name, "aria-pressed": String(given === at + 1) }, icon("star"));
    star.addEventListener("click", () => onRate(at + 1));
    star.addEventListener("pointerenter", () => show(at + 1));
    star.addEventListener("pointerleave", () => show(given ?? 0));
    stars.append(star);
  });
  show(given ?? 0);
  return el("section", { class: "card end", part: "ended" },
    el("h3", { tabindex: -1 }, strings.ended),
    el("p", { role: "status" }, given ? strings.rated : strings.rate),
    stars,
    el("button", { class: "primary", type: "button", onclick: onAgain }, strings.again));
}
