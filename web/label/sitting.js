// One sitting: which replies are asked about, what was said of each, and what is still on its way to the disk. Knows the
// HTTP routes and no element of a page.

/** @typedef {"good" | "wrong" | "unsure"} Said */
/** @typedef {{ id: string, question: string, ours: string, theirs: string, language: string | null, judgement: Said | null }} Case */

const RETRY_MS = 2000;

export class Refused extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

export class Sitting {
  /** @type {Case[]} */
  cases = [];
  place = 0;
  /** Ids of the cases in the order in which they were judged, for undo. @type {string[]} */
  #done = [];
  /** What is not on the disk yet, oldest first. @type {{ case: string, judgement: Said | "undone" }[]} */
  #waiting = [];
  #sending = false;

  /**
   * @param {string} token
   * @param {(waiting: number, error: unknown) => void} onSaving told at each change of what waits
   * @param {typeof fetch} [send]
   */
  constructor(token, onSaving, send = fetch.bind(globalThis)) {
    this.token = token;
    this.onSaving = onSaving;
    this.send = send;
  }

  /** Loads the cases and goes to the first that nobody judged. */
  async load() {
    const found = await this.#ask("/v1/sitting");
    this.cases = found.cases;
    this.place = this.#open(0) ?? 0;
  }

  get current() {
    return this.cases[this.place];
  }

  get waiting() {
    return this.#waiting.length;
  }

  /** How many were judged how. */
  get counts() {
    const counts = { good: 0, wrong: 0, unsure: 0, judged: 0 };
    for (const { judgement } of this.cases) {
      if (!judgement) continue;
      counts[judgement] += 1;
      counts.judged += 1;
    }
    return counts;
  }

  get finished() {
    return this.cases.every((one) => one.judgement);
  }

  /** Judges the current case and goes to the next open one, if there is any. @param {Said} said */
  judge(said) {
    const one = this.current;
    if (!one) return;
    one.judgement = said;
    this.#done.push(one.id);
    this.#keep(one.id, said);
    this.place = this.#open(this.place + 1) ?? this.#open(0) ?? this.place;
  }

  /** Takes the last judgement of this sitting back, or that of the current case, and goes there. */
  undo() {
    const id = this.#done.pop() ?? (this.current?.judgement ? this.current.id : undefined);
    const place = this.cases.findIndex((one) => one.id === id);
    const one = this.cases[place];
    if (!one) return;
    one.judgement = null;
    this.place = place;
    this.#keep(one.id, "undone");
  }

  /** @param {number} step */
  move(step) {
    this.place = Math.min(Math.max(this.place + step, 0), Math.max(this.cases.length - 1, 0));
  }

  /** @param {number} start */
  #open(start) {
    const found = this.cases.findIndex((one, place) => place >= start && !one.judgement);
    return found < 0 ? undefined : found;
  }

  /** @param {string} id @param {Said | "undone"} judgement */
  #keep(id, judgement) {
    this.#waiting.push({ case: id, judgement });
    void this.#flush();
  }

  /** One after the other, so that the last word on a case is the last on the disk. */
  async #flush() {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#waiting.length) {
      this.onSaving(this.#waiting.length, null);
      try {
        await this.#ask("/v1/judgements", this.#waiting[0]);
        this.#waiting.shift();
      } catch (error) {
        this.onSaving(this.#waiting.length, error);
        if (error instanceof Refused && error.status < 500) break;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.#sending = false;
    if (!this.#waiting.length) this.onSaving(0, null);
  }

  /** @param {string} path @param {object} [body] @returns {Promise<any>} */
  async #ask(path, body) {
    const headers = { Authorization: `Bearer ${this.token}`, ...(body ? { "Content-Type": "application/json" } : {}) };
    const answer = await this.send(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), cache: "no-store" });
    if (!answer.ok) throw new Refused(answer.status);
    return answer.json();
  }
}
