// What comes while somebody works, for ears and other windows: who has joined the queue, told together in one polite line; and what
// is mine (a customer who writes in a conversation that I have, one that is given to me, a note that names me), by a sound or
// a notification of the system, each of which is off until it is asked for by a click.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";

/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").Desk} Desk */

const TOGETHER = 2_000; // milliseconds: what comes within them is one sentence
const BEEP = { hertz: 660, seconds: 0.12, loud: 0.08 };

/** Listens to the feed. */
export class Arrivals {
  #desk;
  #open;
  /** @type {Set<string>} */
  #mine = new Set();
  /** @type {Set<string>} */
  #came = new Set();
  #timer = 0;

  /** @param {Desk} desk @param {(id: string) => void} open  shows a conversation */
  constructor(desk, open) {
    this.#desk = desk;
    this.#open = open;
    this.element = el("p", { class: "unseen", "aria-hidden": "true", "data-tell": "" });
  }

  /** Learns what I have. */
  async begin() {
    const { conversations } = await this.#desk.api.list("owner:me -status:done", "activity", null);
    this.#mine = new Set(conversations.map(({ id }) => id));
  }

  /** @param {readonly Change[]} events */
  hear(events) {
    const { me, strings } = this.#desk;
    for (const { conversation_id: id, kind, payload } of events) {
      if (kind === "handover.requested") this.#joined(id);
      if (kind === "agent.joined" && payload.name === me.name) this.#mine.add(id);
      if (kind === "agent.left" || kind === "conversation.closed") this.#mine.delete(id);
      if (kind === "message.created" && payload.role === "customer" && this.#mine.has(id)) this.#tell(id, strings.mineWrote, payload.text);
      if (kind === "conversation.assigned" && payload.agent === me.name && payload.by !== me.name) this.#tell(id, strings.mineGiven, "");
      if (kind === "note.created" && payload.author !== me.name && payload.mentions?.includes(me.name)) this.#tell(id, strings.mineNamed, payload.text);
    }
  }

  /** @param {string} id */
  #joined(id) {
    this.#came.add(id);
    this.#timer ||= setTimeout(() => {
      const { strings } = this.#desk;
      this.element.textContent = fill(this.#came.size === 1 ? strings.oneNew : strings.manyNew, { count: this.#came.size });
      this.#came.clear();
      this.#timer = 0;
    }, TOGETHER);
  }

  /** What is looked at needs no telling. @param {string} id @param {string} title @param {string} body */
  #tell(id, title, body) {
    if (document.hasFocus()) return;
    const { store } = this.#desk;
    if (store.get("sound")) beep();
    if (!store.get("notices") || notices() !== "granted") return;
    const notice = new Notification(title, { body: body ?? "", tag: id }); // one a conversation
    notice.onclick = () => {
      window.focus();
      notice.close();
      this.#open(id);
    };
  }
}

/** The two switches, for the page of one's own account. @param {Desk} desk */
export function alertSwitches({ store, strings }) {
  const trouble = el("p", { class: "trouble", role: "alert" });
  const one = (/** @type {string} */ key, /** @type {string} */ words, /** @type {() => Promise<boolean>} */ allowed) => {
    const box = el("input", { type: "checkbox", checked: !!store.get(key), onchange: async () => {
      const on = box.checked && (await allowed());
      trouble.textContent = box.checked && !on ? strings.noticesRefused : "";
      box.checked = on;
      store.set(key, on || null);
    } });
    return el("p", {}, el("label", {}, box, ` ${words}`));
  };
  return el("div", { class: "alerts" }, one("sound", strings.soundOn, async () => (beep(), true)),
    notices() !== "none" && one("notices", strings.noticesOn, async () => (await Notification.requestPermission()) === "granted"), trouble);
}

/** Whether this browser shows notifications: "none" where it knows none, as outside a secure context. */
function notices() {
  return "Notification" in globalThis ? Notification.permission : "none";
}

/** A short, quiet tone, made here: no file is loaded. */
function beep() {
  const audio = new AudioContext();
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = BEEP.hertz;
  volume.gain.value = BEEP.loud;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + BEEP.seconds);
  tone.onended = () => void audio.close();
}
