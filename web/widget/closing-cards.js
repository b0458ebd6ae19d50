// The cards below the conversation: a person will take over, or the chat has ended and can be rated or continued.

import { el } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { fill } from "../shared/language.js";

/** @typedef {import("./types.js").ChatState} ChatState */
/** @typedef {import("./types.js").Settings} Settings */

/** Says that a person will take over, and asks for an address where the server sends e-mail. @param {ChatState} state @param {Settings} settings @param {import("./panel.js").Actions} actions */
export function handoverCard(state, { strings, replyTime }, { onContact, onMeanwhile }) {
  const when = state.handover?.expected ?? replyTime;
  return el("section", { class: "card", part: "handover" }, icon("person"),
    el("div", { role: "status" },
      el("h3", { tabindex: -1 }, strings.handover),
      el("p", {}, `${when ? fill(strings.handoverWhen, { when }) : strings.handoverSoon} ${strings.handoverStay}`),
      state.contact && el("p", {}, fill(strings.mailSaved, { email: state.contact }))),
    state.handover?.meanwhile && el("button", { class: "ask", part: "suggestion", type: "button", onclick: onMeanwhile }, strings.meanwhile, icon("arrow")),
    state.contact === null && mailForm(strings, onContact));
}

/** @param {import("./types.js").Strings} strings @param {(email: string) => void} onContact */
function mailForm(strings, onContact) {
  const address = el("input", { type: "email", required: true, maxlength: 254, autocomplete: "email", dir: "ltr", placeholder: strings.mailAddress, "aria-label": strings.mailAddress });
  const form = el("form", { class: "mail" }, el("p", {}, strings.mail),
    el("div", { class: "field" }, address, el("button", { class: "primary" }, strings.mailSave)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onContact(address.value.trim());
  });
  return form;
}

/** Says that the chat has ended, and asks for a rating. @param {ChatState} state @param {Settings} settings @param {import("./panel.js").Actions} actions */
export function endCard(state, { strings }, { onRate, onRestart, onReopen }) {
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
    el("div", { class: "onward" },
      el("button", { class: "primary", type: "button", onclick: onReopen }, strings.reopen),
      el("button", { class: "secondary", type: "button", onclick: onRestart }, strings.again)));
}
