// Where the team writes: a reply to the customer or a note for the team, which look unlike each other and are never mixed.
// Each has its draft. What is sent twice is one message, by the draft's client_id.

import { el } from "../shared/dom.js";
import { ApiError } from "../shared/http.js";
import { fill } from "../shared/language.js";
import { reason } from "./account.js";
import { Completion } from "./completion.js";
import { Doubts } from "./doubts.js";
import { Drafts } from "./drafts.js";
import { Attachments } from "./files.js";
import { Held } from "./held.js";
import { keyOf } from "./keys.js";
import { Macros } from "./macros.js";
import { Mentions } from "./mentions.js";
import { Suggestions } from "./suggestions.js";
import { asCustomerSees, heldBack, lastAsked } from "./thread-state.js";
import { mergedActs, timedActs, WithReply } from "./with-reply.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Kind} Kind */
/** @typedef {import("./types.js").Snapshot} Snapshot */

const TYPING_AGAIN = 3_000; // milliseconds between two words to the server that somebody writes

/** The box of one conversation at a time. */
export class Composer {
  #desk;
  #onSent;
  #drafts;
  #held;
  /** @type {Kind} */
  #kind = "reply";
  /** @type {Snapshot | null} */
  #open = null;
  #mine = false;
  #sending = false;
  #typedAt = 0;

  /** @param {Desk} desk @param {() => void} onSent  something was sent, or is to be read before */
  constructor(desk, onSent) {
    const { strings } = desk;
    this.#desk = desk;
    this.#onSent = onSent;
    this.#drafts = new Drafts(desk, (id, kind) => id === this.#id && kind === this.#kind && this.#fill());
    this.#held = new Held(desk, (id) => this.#backAsDraft(id));
    this.suggestions = new Suggestions(desk, (text) => this.#insert(text));
    this.box = el("textarea", { rows: "4", maxlength: "32000", oninput: () => this.#typed() });
    this.completion = new Completion(desk, this.box, (counted) => this.suggestions.tell(counted));
    this.names = new Mentions(desk, this.box, () => this.#typed()); // before the keys below: an open list has them first
    this.macros = new Macros(desk, this.box, () => this.#id, (acts) => (this.#typed(), this.#does(mergedActs(this.#acts, acts))));
    this.withReply = new WithReply(desk, (acts) => this.#does(acts));
    this.doubts = new Doubts(desk, this.box);
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) void this.#send();
      else if (event.key === "Escape") this.box.blur();
    });
    this.modes = el("div", { class: "modes", role: "group", "aria-label": strings.mode }, ...["reply", "note"].map((kind) => this.#mode(/** @type {Kind} */ (kind))));
    this.button = el("button", { class: "main", "aria-keyshortcuts": "Control+Enter" });
    this.trouble = el("p", { class: "trouble", role: "alert" });
    this.wrote = el("p", { class: "wrote", "data-tell": "" });
    this.form = el("form", { class: "composer", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), void this.#send()) },
      this.#held.line, this.wrote, this.trouble,
      el("div", { class: "head" }, this.modes, this.#held.setting),
      el("div", { class: "paper" }, this.doubts.marks, this.box, this.completion.ghost, this.completion.told, this.names.list), this.doubts.told, this.withReply.element);
    this.files = new Attachments(desk, this.form, (id, kind, files) => this.#attached(id, kind, files));
    this.form.append(this.files.element, el("div", { class: "foot" }, this.files.button, this.button));
    addEventListener("focus", () => this.#id && void this.#drafts.load(this.#id)); // another device may have gone on
    this.#draw();
  }

  get #id() {
    return this.#open?.id ?? "";
  }

  /** @param {Snapshot} snapshot @param {boolean} mine */
  show(snapshot, mine) {
    const before = this.#open?.id === snapshot.id ? this.#open : null;
    this.#open = snapshot;
    this.#mine = mine;
    if (!before) {
      this.#kind = "reply";
      this.trouble.textContent = this.wrote.textContent = "";
      this.#fill();
    } else if ((this.box.value.trim() || heldBack(before)) && lastAsked(before) !== lastAsked(snapshot)) this.wrote.textContent = fill(this.#desk.strings.wroteNow, { name: this.#customer });
    this.#draw();
    this.#held.show(snapshot);
    if (!before || heldBack(before) !== heldBack(snapshot)) void this.#drafts.load(snapshot.id); // what could not be sent is a draft again
    else void this.#drafts.save(snapshot.id, this.#kind); // where that failed before
    this.suggestions.show(asCustomerSees(snapshot));
  }

  /** Writes a reply or a note from here on. Text in the box stays what it was begun as; only a button changes that. @param {Kind} kind @param {boolean} [byButton] */
  write(kind, byButton = false) {
    const { strings, tell } = this.#desk;
    if (kind !== this.#kind && this.box.value.trim() && !byButton) tell(this.#kind === "note" ? strings.inNote : strings.inReply);
    else if (kind !== this.#kind) {
      this.#kind = kind;
      this.trouble.textContent = "";
      this.#draw();
      this.#fill();
    }
    this.box.focus();
  }

  /** What can be done here by key or palette. @param {import("./acts.js").Acts} acts @param {() => boolean} isOpen */
  add(acts, isOpen) {
    for (const kind of /** @type {const} */ (["reply", "note"])) acts.add(kind, () => this.write(kind), isOpen);
    for (const at of /** @type {const} */ ([1, 2, 3])) acts.add(`use${at}`, () => this.suggestions.use(at - 1), isOpen);
    acts.add("macros", () => this.macros.choose(), () => isOpen() && this.#may);
    acts.add("saveMacro", () => this.macros.save(this.#acts), () => isOpen() && this.box.value.trim() !== "");
    acts.add("noneFits", () => this.suggestions.reject(), isOpen);
    acts.add("evidence", () => this.suggestions.evidence(), isOpen);
  }

  get #customer() {
    return this.#open?.customer ?? this.#desk.strings.theCustomer;
  }

  get #may() {
    return this.#id !== "" && !this.#sending && (this.#mine || this.#kind === "note");
  }

  #draw() {
    const { strings } = this.#desk;
    const note = this.#kind === "note";
    this.form.dataset.kind = this.#kind;
    this.box.setAttribute("aria-label", note ? strings.note : strings.reply);
    this.box.placeholder = note ? strings.noteHint : this.#mine ? strings.reply : strings.claimFirst;
    this.box.disabled = this.button.disabled = !this.#may;
    this.button.textContent = this.#sending ? strings.sending : note ? strings.addNote : fill(strings.sendTo, { name: this.#customer });
    this.#showFiles();
    this.completion.show(this.#open && this.#mine && !note ? asCustomerSees(this.#open) : null);
    for (const each of this.modes.children) each.setAttribute("aria-pressed", String(each.getAttribute("value") === this.#kind));
  }

  /** @param {Kind} kind */
  #mode(kind) {
    const words = this.#desk.strings[kind === "note" ? "noteMode" : "replyMode"];
    return el("button", { type: "button", value: kind, title: `${words} (${keyOf(kind)})`, "aria-keyshortcuts": keyOf(kind), onclick: () => this.write(kind, true) }, words);
  }

  /** Puts the draft into the box, as it is kept. */
  #fill() {
    const text = this.#drafts.get(this.#id, this.#kind)?.text ?? "";
    if (this.box.value !== text) this.box.value = text;
    this.#showFiles();
    this.#looked();
  }

  #showFiles() {
    this.files.show(this.#id, this.#kind, this.#drafts.get(this.#id, this.#kind)?.files ?? [], this.#may);
  }

  /** A file has come, or was removed. @param {string} id @param {Kind} kind @param {import("../shared/types.js").FileShown[]} files */
  #attached(id, kind, files) {
    this.#drafts.typed(id, kind, { files });
    if (!this.files.busy && this.trouble.textContent === this.#desk.strings.filesComing) this.trouble.textContent = "";
  }

  /** Puts words into the box, at the end of what was written; whether it could. @param {string} text */
  #insert(text) {
    if (!this.#mine || this.#sending) return false;
    this.write("reply");
    if (this.#kind !== "reply") return false;
    this.box.value = this.box.value.trim() ? `${this.box.value.trimEnd()}\n\n${text}` : text;
    this.#typed();
    return true;
  }

  #typed() {
    const { api, clock } = this.#desk;
    this.completion.typed();
    this.#drafts.typed(this.#id, this.#kind, { text: this.box.value });
    this.#looked();
    if (!this.box.value) this.wrote.textContent = "";
    const now = clock.now().getTime();
    if (!this.box.value || this.#kind === "note" || now - this.#typedAt < TYPING_AGAIN) return;
    this.#typedAt = now;
    api.typing(this.#id, true).catch(() => {}); // nobody misses it
  }

  /** What is to be done when this reply goes; a note does nothing. */
  get #acts() {
    return (this.#kind === "reply" && this.#drafts.get(this.#id, "reply")?.acts) || {};
  }

  /** @param {import("./types.js").ActsWithReply} acts */
  #does(acts) {
    if (this.#kind === "reply") this.#drafts.does(this.#id, "reply", acts);
    this.withReply.show(this.#acts);
  }

  #looked() {
    this.withReply.show(this.#acts);
    this.doubts.look(this.#kind === "reply" ? this.#id : "");
    void this.names.look(this.#kind === "note");
  }

  /** What was taken back is a draft, together with what was begun since. @param {string} id */
  async #backAsDraft(id) {
    await this.#drafts.load(id);
    if (id !== this.#id) return;
    if (this.#kind !== "reply" && !this.box.value.trim()) this.write("reply");
    this.#onSent();
    this.box.focus();
  }

  async #send() {
    const { api, clock, signedOut, strings } = this.#desk;
    const [id, kind, seen] = [this.#id, this.#kind, this.#open?.seq];
    if (!this.#may || !(this.box.value.trim() || this.files.busy || this.#drafts.get(id, kind)?.files.length)) return;
    this.trouble.textContent = this.files.busy ? strings.filesComing : "";
    if (this.files.busy) return;
    this.#sending = true;
    this.#draw();
    let trouble = "";
    try {
      await this.#drafts.save(id, kind); // nothing that was typed lands after what is sent
      const draft = this.#drafts.get(id, kind);
      if (!draft) return this.#onSent(); // sent on another device
      const more = kind === "note" ? { visible_to: "team" } : { visible_to: "customer", seen_seq: seen, hold: this.#held.seconds, acts: timedActs(draft.acts ?? {}, clock.now()) };
      await api.reply(id, { client_id: draft.client_id, text: draft.text, files: draft.files.map((file) => file.id), ...more });
      this.#drafts.sent(id, kind);
      if (kind === "reply") this.completion.sent(draft.text, draft.client_id);
      if (this.#id === id) this.wrote.textContent = "";
      if (this.#id === id && this.#kind === kind) this.#fill();
    } catch (error) {
      if (error instanceof ApiError && error.code === "unauthorised") signedOut();
      trouble = error instanceof ApiError && error.code === "unseen_message" ? strings.unseen : fill(strings.notSent, { why: reason(error) });
      if (error instanceof ApiError && error.code === "unseen_message") this.#onSent();
    } finally {
      this.#sending = false;
      this.#draw();
    }
    if (this.#id === id) this.trouble.textContent = trouble;
    if (!trouble) this.#onSent();
    this.box.focus();
  }
}
