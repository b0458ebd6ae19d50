// An article as customers get to read it: the parts that the bot sends, in the bubbles of the chat, made by the server's own
// reading of Markdown. No mark of Markdown is read here.

import { el, linked } from "../../shared/dom.js";
import { reason } from "../account.js";

const PAUSE = 400; // milliseconds without a key

/** @param {import("./frame.js").Frame} frame @returns {{ element: HTMLElement, show: (text: string, at?: number) => void }} */
export function previewing({ ask, desk: { strings } }) {
  const parts = el("div", { class: "parts" });
  const element = el("section", { class: "preview", "aria-label": strings.knPreview }, el("h3", {}, strings.knPreview), el("p", { class: "quiet" }, strings.knPreviewWhy), parts);
  let number = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  const load = async (/** @type {string} */ text) => {
    const mine = ++number;
    try {
      /** @type {{ parts: { heading: string, text: string }[] }} */
      const shown = await ask("POST", "/v1/articles/preview", { text });
      if (mine === number) draw(shown.parts);
    } catch (error) {
      if (mine === number) parts.replaceChildren(el("p", { class: "trouble" }, reason(error)));
    }
  };
  const draw = (/** @type {{ heading: string, text: string }[]} */ all) => {
    let under = "";
    const drawn = all.flatMap(({ heading, text }) => {
      const headed = heading !== under;
      under = heading;
      return [headed && heading ? el("h4", { dir: "auto" }, heading) : "", el("div", { class: "bubble", dir: "auto" }, ...linked(text))];
    });
    parts.replaceChildren(...(drawn.length ? drawn : [el("p", { class: "quiet" }, strings.knNothingYet)]));
  };
  return {
    element,
    show: (text, pause = PAUSE) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => void load(text), pause);
    },
  };
}
