// The settings: one dialog over the desk, a tab for each page that its reader may change. Each page draws itself.

import { el } from "../../shared/dom.js";
import { reason } from "../account.js";
import { asking } from "./requests.js";
import { sure } from "./sure.js";

/** @typedef {import("../types.js").Desk} Desk */
/**
 * What a page has of the frame. `attempt` does something and draws the page anew, `quietly` does not; both say what went wrong.
 * While `unsaved` says so, nothing is left without a question. `show` opens another page at something of its own (`wanted`).
 * @typedef {{ desk: Desk, ask: import("./requests.js").Ask, attempt: (something: () => Promise<unknown>) => Promise<boolean>,
 *   quietly: (something: () => Promise<unknown>) => Promise<boolean>, once: (words: string, secret?: string) => void, say: (line: Node) => void,
 *   unsaved: () => boolean, wanted: string | null, show: (page: string, wanted?: string) => Promise<unknown> }} Frame
 */

/** @type {Record<string, () => Promise<{ draw: (frame: Frame) => Promise<HTMLElement> }>>} */
const PAGES = {
  articles: () => import("./articles.js"), answers: () => import("./answers.js"), topics: () => import("./topics.js"),
  macros: () => import("./macros.js"), teams: () => import("./teams.js"),
  hours: () => import("./hours.js"), inboxes: () => import("./inboxes.js"), webhooks: () => import("./webhooks.js"), connectors: () => import("./connectors.js"), contract: () => import("./contract.js"),
  models: () => import("./models.js"), reports: () => import("./reports.js"), people: () => import("./people.js"), keys: () => import("./keys.js"),
};
const nothing = () => false;

/** What closes them, where nothing stands against it; whether it did. @param {Desk} desk @param {string[]} pages @param {() => void} left  they were closed */
export function openSettings(desk, pages, left) {
  const { strings } = desk;
  if (document.querySelector("dialog.settings")) return null;
  /** @type {Record<string, string>} */
  const words = {
    people: strings.setPeople, keys: strings.setKeys, articles: strings.knArticles, answers: strings.knAnswers, topics: strings.knTopics, hours: strings.setHours,
    inboxes: strings.setInboxes, webhooks: strings.setHooks, connectors: strings.setDesks, contract: strings.setContract, models: strings.setModels, macros: strings.macros, teams: strings.setTeams, reports: strings.setReports,
  };
  const trouble = el("p", { class: "trouble", role: "alert" });
  const told = el("div", { class: "once", "data-tell": "" });
  const body = el("div", { class: "page" });
  let current = "";

  /** @type {Frame} */
  const frame = {
    desk,
    ask: asking(desk),
    attempt: (something) => frame.quietly(async () => {
      await something();
      await draw();
    }),
    quietly: async (something) => {
      trouble.textContent = "";
      told.replaceChildren();
      try {
        await something();
        return true;
      } catch (error) {
        trouble.textContent = reason(error);
        return false;
      }
    },
    once: (sentence, secret) => told.replaceChildren(el("p", {}, sentence), secret === undefined ? "" : el("input", { readonly: true, value: secret, "aria-label": sentence })),
    say: (line) => told.replaceChildren(line),
    unsaved: nothing,
    wanted: null,
    show: async (page, wanted) => {
      if (!(await leave())) return;
      current = page;
      frame.unsaved = nothing;
      frame.wanted = wanted ?? null;
      tabs.forEach((tab, at) => (pages[at] === page ? tab.setAttribute("aria-current", "page") : tab.removeAttribute("aria-current")));
      await frame.attempt(async () => {});
    },
  };
  const draw = async () => {
    const wanted = current;
    const [page] = await desk.api.fetched([PAGES[wanted]?.()]);
    const drawn = await page?.draw(frame);
    if (drawn && wanted === current) body.replaceChildren(drawn); // another tab may have been chosen meanwhile
  };
  const leave = async () => !frame.unsaved() || (await sure(strings, { words: strings.setUnsaved, yes: strings.setDiscard })) !== null;
  const close = async () => {
    if (dialog.open && !(await leave())) return false;
    dialog.close();
    return true;
  };
  const unload = (/** @type {BeforeUnloadEvent} */ event) => frame.unsaved() && event.preventDefault();
  const tabs = pages.map((page) => el("button", { type: "button", onclick: () => void frame.show(page) }, words[page] ?? page));
  const dialog = el("dialog", { class: "settings", "aria-label": strings.settings, oncancel: (/** @type {Event} */ event) => (event.preventDefault(), void close()),
    onclose: () => (dialog.remove(), removeEventListener("beforeunload", unload), left()) },
    el("header", { role: "presentation" }, el("h2", {}, strings.settings), el("nav", { "aria-label": strings.settings }, ...tabs), el("button", { type: "button", onclick: () => void close() }, strings.setClose)),
    trouble, told, body);
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault(); // browsers let a page keep a dialog open once, not twice
    void close();
  });
  addEventListener("beforeunload", unload);
  document.body.append(dialog);
  dialog.showModal();
  void frame.show(pages[0] ?? "");
  return close;
}
