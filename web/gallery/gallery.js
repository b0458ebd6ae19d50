// The gallery: every state of the widget beside each other, or (?state=NAME) one alone as on a page. ?theme=dark and ?lang=zh
// show them otherwise; ?lang=ar is a language that the widget does not bring. Each is a real widget with a scripted server.

import { el } from "../shared/dom.js";
import { LocalStore } from "../shared/local-store.js";
import { TYPING_FOR } from "../widget/slow-notice.js";
import { SceneServer } from "./scene-server.js";
import { SCENES } from "./scenes.js";

const wanted = new URLSearchParams(location.search);
const language = wanted.get("lang");
const address = (/** @type {string} */ name) => new URL(`server/${name}/`, document.baseURI);
/** @type {Map<string, SceneServer>} */
const servers = new Map(Object.entries(SCENES).map(([name, scene]) => [address(name).pathname, new SceneServer(scene)]));

const realFetch = globalThis.fetch;
globalThis.fetch = (/** @type {RequestInfo | URL} */ asked, request = {}) => {
  const { pathname } = new URL(String(asked instanceof Request ? asked.url : asked), document.baseURI);
  const [root = "", path = ""] = pathname.split("v1/conversations");
  const server = servers.get(root);
  return server ? server.answer(path, request) : realFetch(asked, request);
};

/** The widget of one scene. @param {string} name @returns {HTMLElement} */
function widget(name) {
  /** @type {import("./scenes.js").Scene} */
  const scene = SCENES[name] ?? { title: name };
  const server = address(name);
  const store = new LocalStore(`support-chat:${server.origin}${server.pathname}:`, localStorage);
  for (const what of ["outbox", "start", "draft", "open", "seen"]) store.set(what, null);
  store.set("visitor", servers.get(server.pathname)?.visitor ?? null);
  const chat = document.createElement("support-chat");
  const attributes = {
    desk: "Kettle & Otter", logo: "../demo/art/mark.svg", greeting: language ? "" : "Hello! What can we help you brew?", server: server.href, open: "",
    "reply-time": "Monday to Friday, 9:00 to 17:00", theme: wanted.get("theme") ?? "",
    questions: JSON.stringify(["How much is delivery to Germany?", "My Heron kettle shows E1. What now?", "How do I return something?", "How do I pause my Bean Post?"]),
  };
  if (language === "ar") chat.setAttribute("strings", "strings-ar.js");
  for (const [attribute, value] of Object.entries(attributes)) if (value || attribute === "open") chat.setAttribute(attribute, value);
  void drawn(chat).then((root) => {
    if (scene.say) for (const text of scene.say) void /** @type {any} */ (chat).send(text);
    if (scene.press) /** @type {HTMLElement | null} */ (root.querySelector(scene.press))?.click();
  });
  return chat;
}

/** Waits until the conversation is drawn. @param {HTMLElement} chat @returns {Promise<ShadowRoot>} */
async function drawn(chat) {
  for (;;) {
    const root = chat.shadowRoot;
    if (root?.querySelector(".log[aria-live=polite]")) return root;
    await new Promise((next) => setTimeout(next, 20));
  }
}

if (language) document.documentElement.lang = language;
document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
document.documentElement.dataset.theme = wanted.get("theme") ?? "";

/** Adds a scene's widget; where the scene is slow, the minute until an answer counts as slow is over at once. @param {Element} parent @param {string} name */
async function show(parent, name) {
  const realTimeout = globalThis.setTimeout;
  const hurried = (/** @type {() => void} */ work, /** @type {number} */ delay) => realTimeout(work, delay === TYPING_FOR ? 0 : delay);
  if (SCENES[name]?.slow) globalThis.setTimeout = /** @type {typeof setTimeout} */ (hurried);
  const chat = widget(name);
  parent.append(chat);
  if (SCENES[name]?.slow) await drawn(chat);
  globalThis.setTimeout = realTimeout;
}

const one = wanted.get("state");
if (one) {
  document.body.replaceChildren();
  await show(document.body, one);
} else {
  const sheet = /** @type {HTMLElement} */ (document.getElementById("sheet"));
  /** @type {[string, HTMLElement][]} */
  const boxes = Object.entries(SCENES).map(([name, { title }]) => {
    const alone = new URLSearchParams(wanted);
    alone.set("state", name);
    const box = el("div", { class: "box" });
    sheet.append(el("figure", {}, el("figcaption", {}, el("a", { href: `?${alone}` }, title)), box));
    return [name, box];
  });
  for (const choice of document.querySelectorAll("select")) {
    choice.value = wanted.get(choice.name) ?? "";
    choice.addEventListener("change", () => choice.form?.requestSubmit());
  }
  const slowFirst = boxes.sort(([a], [b]) => Number(SCENES[b]?.slow ?? false) - Number(SCENES[a]?.slow ?? false)); // alone with its timers
  for (const [name, box] of slowFirst) await show(box, name);
}
