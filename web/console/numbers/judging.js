// Judging: one answer after the other that the bot gave by itself, drawn at random, to be called good or wrong.

import { el } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";
import { reason } from "../account.js";

/** @param {import("./page.js").Page} page @param {() => void} done  something was judged */
export function judging(page, done) {
  const { strings } = page.desk;
  const count = el("p", { "data-tell": "" });
  const trouble = el("p", { class: "trouble", role: "alert" });
  const body = el("div", { tabindex: "-1" });
  const words = [["good", strings.numGood], ["wrong", strings.numWrong], ["unsure", strings.numUnsure]];
  let judged = false;

  /** @param {() => Promise<unknown>} something */
  const attempt = async (something) => {
    trouble.textContent = "";
    try {
      await something();
    } catch (error) {
      trouble.textContent = reason(error);
    }
  };
  const next = async () => {
    const { judged: many, answer } = await page.ask("GET", `/v1/numbers/judging?${page.query()}`);
    count.textContent = fill(strings.numJudged, { n: many });
    if (!answer) return body.replaceChildren(el("p", {}, strings.numAllJudged));
    const say = (/** @type {string | undefined} */ said) => () => attempt(async () => {
      await page.ask("POST", `/v1/numbers/judging/${answer.message_id}`, { said });
      judged = true;
      await next();
    });
    body.replaceChildren(el("h3", {}, strings.customer), el("blockquote", { dir: "auto" }, answer.question ?? ""), el("h3", {}, strings.theBot), el("blockquote", { dir: "auto" }, answer.answer),
      el("p", { class: "acts" }, ...words.map(([said, word]) => el("button", { type: "button", onclick: say(said) }, word)),
        el("button", { type: "button", onclick: () => (dialog.close(), page.show(answer.conversation_id)) }, strings.numOpenIt)));
    body.focus(); // none of the words is the nearest one
  };
  const dialog = el("dialog", { class: "judging", "aria-label": strings.numJudge, onclose: () => (dialog.remove(), judged && done()) },
    el("header", {}, el("h2", {}, strings.numJudge), el("button", { type: "button", onclick: () => dialog.close() }, strings.numClose)), el("p", {}, strings.numJudgeWhy), count, trouble, body);
  document.body.append(dialog);
  dialog.showModal();
  void attempt(next);
}
