// The open conversation as it is read: the brief of a hand-over, the thread, who else is there, and the customer beside it.

import { el } from "../shared/dom.js";
import { handoverBrief } from "./handover.js";
import { Side } from "./side.js";
import { Thread } from "./thread.js";
import { Threads } from "./threads.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Snapshot} Snapshot */

/** Reads and shows one conversation at a time. */
export class Reading {
  #desk;
  #threads;
  #thread;
  #id = "";
  #told = "";

  /** @param {Desk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.#threads = new Threads(desk.api);
    this.#thread = new Thread(desk, (limit) => this.#threads.older(this.#id, limit));
    this.side = new Side(desk);
    this.top = el("div", { class: "taken" });
    this.element = el("div", { class: "reading-thread" }, this.top, this.#thread.element, desk.here.whisper);
  }

  /** A conversation as it is now. @param {string} id @param {boolean} changed  here, by its reader @returns {Promise<Snapshot>} */
  read(id, changed) {
    return changed ? this.#threads.refresh(id) : this.#threads.read(id);
  }

  /** @param {Snapshot} snapshot */
  show(snapshot) {
    if (snapshot.id !== this.#id) this.leave();
    this.#id = snapshot.id;
    this.#desk.here.look(snapshot.id);
    this.side.show(snapshot.id);
    const told = JSON.stringify([snapshot.id, snapshot.brief, snapshot.status, snapshot.waiting_since]);
    if (told !== this.#told) this.top.replaceChildren(...[handoverBrief(this.#desk, snapshot, (seq) => void this.#thread.goTo(seq))].filter((each) => each !== null));
    this.#told = told;
    this.#thread.show(snapshot);
  }

  /** From here on one reads: each key is an act, as `1` to put a suggestion into the reply and `r` to write one. */
  focus() {
    this.#thread.log.focus({ preventScroll: true });
  }

  /** No conversation is open any more. */
  leave() {
    this.#threads.leave(this.#id);
    this.#id = "";
    this.#desk.here.look("");
  }

  /** What the feed tells. @param {import("./types.js").Told} told */
  follow({ events, here, looking }) {
    this.#threads.follow(events);
    this.#desk.here.take(here);
    if (looking) this.#desk.here.takeOne(looking);
  }

  /** The feed begins anew: what happened in between is not known here. */
  doubt() {
    this.#threads.doubt();
  }

  /** @param {readonly string[]} ids */
  prefetch(ids) {
    this.#threads.prefetch(ids);
  }
}
