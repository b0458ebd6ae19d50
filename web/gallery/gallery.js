// Every state of the widget, beside each other or (?state=NAME) one alone as on a page. ?theme=dark and ?lang=zh
// show them otherwise; ?lang=ar is a language that the widget does not bring. Each is a real widget with a desk of its own inside this page.

import { LocalStore } from "../widget/storage.js";
import { SceneServer } from "./scene-server.js";
import { SCENES } from "./scenes.js";

const wanted = new URLSearchParams(location.search);
const language = wanted.get("lang");
const server = (/** @type {string} */ name) => new URL(`desk/${name}/`, document.baseURI);
/** @type {Map<string, SceneServer>} */
const desks = new Map(Object.entries(SCENES).map(([name, scene]) => [server(name).pathname, new SceneServer(scene)]));

const real = globalThis.fetch;
globalThis.fetch = (/** @type {RequestInfo | URL} */ asked, request = {}) => {
  const { pathname } = new URL(String(asked instanceof Request ? asked.url : asked), document.baseURI);
  const [root = "", path = ""] = pathname.split("v1/conversations");
  const desk = desks.get(root);
  return desk ? desk.answer(path, request) : real(asked, request);
};

/** @param {string} name @returns {HTMLElement} */
function widget(name) {
  /** @type {import("./scenes.js").Scene} */
  const scene = SCENES[name] ?? { title: name };
  const address = server(name);
  const store = new LocalStore(`support-chat:${address.origin}${address.pathname}:`, localStorage);
  for (const what of ["outbox", "start", "draft", "open", "seen"]) store.set(what, null);
  store.set("visitor", desks.get(address.pathname)?.visitor ?? null);
  const chat = document.createElement("support-chat");
  const attributes = {
    desk: "Kettle & Otter", logo: "../demo/art/mark.svg", greeting: language ? "" : "Hello! What can we help you brew?", server: address.href, open: "",
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

/** Once the conversation stands there. @param {HTMLElement} chat @returns {Promise<ShadowRoot>} */
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

const one = wanted.get("state");
if (one) {
  document.body.replaceChildren(widget(one));
} else {
  const sheet = /** @type {HTMLElement} */ (document.getElementById("sheet"));
  for (const [name, { title }] of Object.entries(SCENES)) {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const link = document.createElement("a");
    const alone = new URLSearchParams(wanted);
    alone.set("state", name);
    link.href = `?${alone}`;
    link.textContent = title;
    const box = document.createElement("div");
    box.className = "box";
    box.append(widget(name));
    caption.append(link);
    figure.append(caption, box);
    sheet.append(figure);
  }
  for (const choice of document.querySelectorAll("select")) {
    choice.value = wanted.get(choice.name) ?? "";
    choice.addEventListener("change", () => choice.form?.requestSubmit());
  }
}
