// The gallery of the console: a list of its states, or (?state=NAME) one of them as on its own page: the real console with a
// scripted server. ?dir=rtl turns it round, as a language would that is written from right to left.

import { el } from "../shared/dom.js";
import { answers, SCENES } from "./console-scenes.js";

const STYLES = ["console", "thread", "composer", "suggestions", "work-list", "files", "settings", "knowledge", "settings-desk", "account-page", "numbers"];
const OPENED = 20; // milliseconds between two looks

const wanted = new URLSearchParams(location.search);
const name = wanted.get("state") ?? "";
const scene = SCENES[name];

/** Waits for an element of the console. @param {string} selector @returns {Promise<HTMLElement>} */
async function there(selector) {
  for (;;) {
    const found = document.querySelector(selector);
    if (found instanceof HTMLElement) return found;
    await new Promise((next) => setTimeout(next, OPENED));
  }
}

/** An upload that has come so far and gets no further. */
class Halfway {
  upload = new EventTarget();
  open() {}
  setRequestHeader() {}
  addEventListener() {}
  abort() {}
  send() {
    this.upload.dispatchEvent(new ProgressEvent("progress", { loaded: 6, total: 10 }));
  }
}

/** The console, in this state. @param {import("./console-scenes.js").Scene} scene */
async function show(scene) {
  const linked = document.querySelector('link[rel="stylesheet"]');
  for (const style of STYLES) linked?.before(el("link", { rel: "stylesheet", href: `../console/${style}.css` }));
  linked?.remove();
  for (const key of Object.keys(localStorage)) if (key.startsWith("understudy-console:")) localStorage.removeItem(key);
  globalThis.fetch = async (asked, request = {}) => {
    const url = new URL(String(asked instanceof Request ? asked.url : asked), location.href);
    return answers(scene, `${request.method ?? "GET"} ${url.pathname}`, /** @type {AbortSignal | undefined} */ (request.signal ?? undefined));
  };
  globalThis.XMLHttpRequest = /** @type {any} */ (Halfway);
  history.replaceState(null, "", `${location.search}${scene.at ? `#${scene.at}` : ""}`);
  await import("../console/console.js");
  if (wanted.get("dir")) document.documentElement.dir = wanted.get("dir") ?? "";
  for (const [selector, typed] of scene.does ?? []) {
    const found = await there(selector);
    if (typed && found instanceof HTMLTextAreaElement) {
      found.value = typed;
      found.dispatchEvent(new Event("input", { bubbles: true }));
    } else found.click();
  }
  if (scene.drops) {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["-"], scene.drops));
    (await there(".composer")).dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
  }
  await there(scene.ready);
  document.documentElement.dataset.ready = name;
}

if (scene) await show(scene);
else {
  document.getElementById("page")?.replaceWith(el("main", { class: "states" }, el("h1", {}, document.title),
    el("ul", {}, ...Object.entries(SCENES).map(([each, { title }]) => el("li", {}, el("a", { href: `?state=${each}` }, title), " \u00b7 ", el("a", { href: `?state=${each}&dir=rtl`, "aria-label": `${title}, right to left` }, "right to left"))))));
}
