// A parser for server-sent events, because EventSource cannot send an Authorization header.
// Follows the event stream format of the HTML standard; knows nothing of fetch, time or reconnection.

/**
 * @typedef {object} SseEvent
 * @property {string | null} id     the id in force when the event was dispatched
 * @property {string} event         "message" where the stream names none
 * @property {string} data          data lines joined by "\n"
 */

/** Turns the bytes of a stream into events; the bytes may be cut anywhere, even inside a character. */
export class SseParser {
  #decoder = new TextDecoder("utf-8"); // also removes one byte order mark at the start
  #rest = "";
  #skipLineFeed = false;
  /** @type {string[]} */
  #data = [];
  #event = "";
  /** @type {string | null} */
  #id = null;
  /** @type {number | null} Milliseconds the server asks us to wait before reconnecting. */
  retry = null;

  /**
   * @param {Uint8Array} bytes  the next piece of the stream
   * @returns {SseEvent[]}      the events that this piece completed
   */
  feed(bytes) {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text === "") return [];
    // A carriage return ended the last piece: a line feed right after it belongs to the same line end.
    if (this.#skipLineFeed && text.startsWith("\n")) text = text.slice(1);
    this.#skipLineFeed = text === "" ? false : text.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? "";
    /** @type {SseEvent[]} */
    const events = [];
    for (const line of lines) {
      const event = this.#take(line);
      if (event) events.push(event);
    }
    return events;
  }

  /** @param {string} line  without its line end @returns {SseEvent | null} */
  #take(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null; // a comment: the server's heartbeat
    const field = colon === -1 ? line : line.slice(0, colon);
    let value = colon === -1 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value === "" ? null : value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    return null;
  }

  /** @returns {SseEvent | null} */
  #dispatch() {
    const event = { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") };
    const empty = this.#data.length === 0;
    this.#data = [];
    this.#event = "";
    return empty ? null : event;
  }
}
