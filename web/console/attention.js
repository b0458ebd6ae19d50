// For how long somebody really has a conversation before them: the page in view, and something done within the last minute.
// That is all that is kept: no keys, no places of the pointer.

/** @typedef {{ conversation_id: string, seconds: number }} Focus */

const BEAT = 5_000; // milliseconds
const IDLE = 60_000;
const TOLD_EVERY = 60_000;

/** Counts seconds and tells of them now and then. */
export class Attention {
  #tell;
  #now;
  #open = "";
  #activeAt = 0;
  #beatAt = 0;
  #toldAt = 0;
  /** @type {Map<string, number>} */
  #given = new Map();

  /** @param {(focus: Focus[]) => Promise<unknown>} tell @param {() => number} now  in milliseconds */
  constructor(tell, now) {
    this.#tell = tell;
    this.#now = now;
    this.#toldAt = this.#beatAt = now();
  }

  /** Counts while the page is there. */
  start() {
    for (const kind of ["pointermove", "pointerdown", "keydown", "wheel"]) document.addEventListener(kind, () => this.active(), { passive: true, capture: true });
    // Until now it was the other way round.
    document.addEventListener("visibilitychange", () => (this.beat(document.hidden), document.hidden && this.send()));
    setInterval(() => this.beat(!document.hidden), BEAT);
  }

  active() {
    this.#activeAt = this.#now();
  }

  /** Another conversation is open; "" for none. @param {string} id */
  look(id) {
    this.beat(true);
    this.#open = id;
    this.active();
  }

  /** Counts what went by since the last beat; a computer that slept gives no more than one. @param {boolean} seen */
  beat(seen) {
    const now = this.#now();
    const gone = Math.min(now - this.#beatAt, BEAT);
    this.#beatAt = now;
    if (this.#open && seen && now - this.#activeAt < IDLE) this.#given.set(this.#open, (this.#given.get(this.#open) ?? 0) + gone);
    if (now - this.#toldAt >= TOLD_EVERY) this.send();
  }

  /** Tells the whole seconds; what cannot be told is left out, for twice would be worse. */
  send() {
    this.#toldAt = this.#now();
    const focus = [...this.#given].map(([conversation_id, gone]) => ({ conversation_id, seconds: Math.round(gone / 1000) })).filter(({ seconds }) => seconds > 0);
    this.#given.clear();
    if (focus.length) this.#tell(focus.slice(0, 50)).catch(() => {});
  }
}
