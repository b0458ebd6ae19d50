// The demo shop's own behaviour: opens help articles on the page and connects the page's buttons with the chat.

import { el } from "../shared/dom.js";
import { article } from "./markdown.js";

/** @typedef {import("../widget/loader.js").SupportChat} SupportChat */

const chat = /** @type {SupportChat} */ (document.querySelector("support-chat"));
const reader = /** @type {HTMLElement} */ (document.getElementById("article"));
const topics = /** @type {HTMLElement} */ (document.getElementById("topics"));

for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", () => {
    chat.open();
    const question = button.getAttribute("data-ask");
    if (question) void chat.send(question);
  });
}

// The shop does not exist, so its addresses lead nowhere: its help articles are shown on this page.
chat.addEventListener("chat-link", (event) => {
  const { url } = /** @type {CustomEvent} */ (event).detail;
  const slug = /\/\/kettleandotter\.example\/help\/([\w-]+)$/.exec(url)?.[1];
  if (!slug) return;
  event.preventDefault();
  if (matchMedia("(max-width: 30rem)").matches) chat.close();
  location.hash = `#help/${slug}`;
});

async function route() {
  const slug = /^#help\/([\w-]+)$/.exec(location.hash)?.[1];
  for (const link of topics.querySelectorAll("a")) {
    link.toggleAttribute("aria-current", link.hash === location.hash);
  }
  if (!slug) return;
  const response = await fetch(`articles/${slug}.md`).catch(() => null);
  if (!response?.ok) return;
  const { title, blocks } = article((await response.text()).replaceAll("https://kettleandotter.example/help/", "#help/"));
  reader.replaceChildren(el("h3", {}, title), ...blocks);
  reader.hidden = false;
  reader.focus({ preventScroll: true });
  reader.scrollIntoView({ block: "start" });
}

addEventListener("hashchange", () => void route());
void route();
