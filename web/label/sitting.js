// One labelling sitting: the cases, the judgement of each, and what the server has not stored yet. Knows the HTTP routes and
// no element of a page.

/** @typedef {"good" | "wrong" | "unsure"} Judgement */
/** @typedef {{ id: string, question: string, ours: string, theirs: string, language: string | null, judgement: Judgement | null }} Case */

const RETRY_MS = 2000;

/** A response of 4xx or 5xx. */
export class HttpError extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

/** The cases of one sitting, and their judgements. */
export class Sitting {
  /** @type {Case[]} */
  cases = [];
  place = 0;
  /** Ids of the cases in the order in which they were judged, for undo. @type {string[]} */
  #order = [];
  /** What the server has not stored yet, oldest first. @type {{ case: string, judgement: Judgement | "undone" }[]} */
  #waiting = [];
  #sending = false;

  /**
   * @param {string} token
   * @param {(waiting: number, error: unknown) => void} onSaving called with the number of unsaved judgements
   * @param {typeof fetch} [send]
   */
  constructor(token, onSaving, send = fetch.bind(globalThis)) {
    this.token = token;
    this.onSaving = onSaving;
    this.send = send;
  }

  /** Loads the cases and goes to the first one without a judgement. */
  async load() {
    const found = await this.#ask("/v1/sitting");
    this.cases = found.cases;
    this.place = this.#unjudged(0) ?? 0;
  }

  get current() {
    return this.cases[this.place];
  }

  get waiting() {
    return this.#waiting.length;
  }

  /** The number of each judgement. */
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

  /** Judges the current case and goes to the next one without a judgement. @param {Judgement} judgement */
  judge(judgement) {
    const one = this.current;
    if (!one) return;
    one.judgement = judgement;
    this.#order.push(one.id);
    this.#keep(one.id, judgement);
    this.place = this.#unjudged(this.place + 1) ?? this.#unjudged(0) ?? this.place;
  }

  /** Takes back the last judgement of this sitting, or that of the current case, and goes to it. */
  undo() {
    const id = this.#order.pop() ?? (this.current?.judgement ? this.current.id : undefined);
    const place = this.cases.findIndex((one) => one.id === id);
    const one = this.cases[place];
    if (!one) return;
    one.judgement = null;
    this.place = place;
    this.#keep(one.id, "undone");
  }

  /** Goes so many cases on, or back. @param {number} step */
  move(step) {
    this.place = Math.min(Math.max(this.place + step, 0), Math.max(this.cases.length - 1, 0));
  }

  /** The first case from `start` on without a judgement. @param {number} start */
  #unjudged(start) {
    const found = this.cases.findIndex((one, place) => place >= start && !one.judgement);
    return found < 0 ? undefined : found;
  }

  /** @param {string} id @param {Judgement | "undone"} judgement */
  #keep(id, judgement) {
    this.#waiting.push({ case: id, judgement });
    void this.#flush();
  }

  /** Sends one after the other, so that the last judgement of a case is the last one stored. */
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
        if (error instanceof HttpError && error.status < 500) break;
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
    if (!answer.ok) throw new HttpError(answer.status);
    return answer.json();
  }
}
