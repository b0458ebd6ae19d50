// A scripted server inside the page, for the gallery: plays one scene, answers what the visitor does, and stores nothing.

/** @typedef {import("./scenes.js").Scene} Scene */
/** @typedef {import("../shared/types.js").LogEvent} LogEvent */

const VISITOR = { id: "c1", token: "gallery" };
const SILENT = () => new Promise(() => {});

/** The server of one scene. */
export class SceneServer {
  #scene;
  #conversation;
  #ids = 0;
  /** @type {ReadableStreamDefaultController<Uint8Array> | null} */
  #stream = null;

  /** @param {Scene} scene */
  constructor(scene) {
    this.#scene = scene;
    /** @type {any} */
    this.#conversation = { id: VISITOR.id, seq: 1, status: "open", messages: [], handover: null, rating: null, ...scene.talk };
  }

  /** The visitor who is here already; null where nothing was said. */
  get visitor() {
    return this.#scene.talk ? { ...VISITOR, verified: this.#scene.verified === true } : null;
  }

  /**
   * What `fetch` does in this scene.
   * @param {string} path  after ".../v1/conversations" @param {RequestInit} request @returns {Promise<Response>}
   */
  async answer(path, request) {
    const { network, refuse } = this.#scene;
    if (path.endsWith("/events")) {
      if (network === "away") throw new TypeError("away");
      return network === "forgotten" ? Response.json({ code: "not_found" }, { status: 404 }) : this.#events();
    }
    if (request.method === "GET") return Response.json(this.#conversation);
    if (path === "") return Response.json(VISITOR, { status: 201 });
    if (network === "silent") return /** @type {Promise<Response>} */ (SILENT());
    const refused = refuse?.[0];
    if (refused) return Response.json({ code: refused[1] }, { status: refused[0], headers: { "Retry-After": String(refused[2]) } });
    return Response.json(this.#act(path.split("/").slice(2), JSON.parse(String(request.body ?? "{}"))));
  }

  #events() {
    const body = new ReadableStream({
      start: (stream) => {
        this.#stream = stream;
        stream.enqueue(new TextEncoder().encode(": open\n\n"));
        for (const event of this.#scene.passing ?? []) this.#send(event);
      },
    });
    return Promise.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } }));
  }

  /** @param {string[]} verb @param {any} body */
  #act([verb, messageId], body) {
    if (messageId) return this.#append("feedback.given", { message_id: messageId, value: body.value });
    switch (verb) {
      case "messages":
        return this.#message({ client_id: body.client_id, role: "customer", text: body.text });
      case "stop":
        return this.#message({ role: "bot", text: "E1 means that the kettle boiled dry.", decision: "stopped" });
      case "handover":
        return this.#append("handover.requested", { reason: "customer_asked", meanwhile: true }, { status: "waiting" });
      case "meanwhile":
        return this.#append("bot.resumed", {}, { status: "open" });
      case "closure":
        return this.#append("conversation.closed", {}, { status: "closed" });
      case "reopening":
        return this.#append("conversation.reopened", {}, { status: "open" });
      case "rating":
        return this.#append("rating.given", { score: body.score }, { rating: body.score });
      default:
        return this.#append("contact.given", { email: body.email }, { contact: body.email });
    }
  }

  /** @param {Partial<import("../widget/types.js").Message> & { role: import("../widget/types.js").Role, text: string }} message */
  #message(message) {
    const stored = { id: `n${(this.#ids += 1)}`, at: new Date().toISOString(), evidence: [], ...message };
    this.#conversation.messages = [...this.#conversation.messages, stored];
    return this.#append("message.done", stored);
  }

  /** @param {string} kind @param {any} payload @param {object} [change] */
  #append(kind, payload, change = {}) {
    Object.assign(this.#conversation, change, { seq: this.#conversation.seq + 1 });
    if (kind === "feedback.given") {
      const judged = (/** @type {any} */ m) => (m.id === payload.message_id ? { ...m, feedback: payload.value || null } : m);
      this.#conversation.messages = this.#conversation.messages.map(judged);
    }
    this.#send({ seq: this.#conversation.seq, kind, payload });
    return payload;
  }

  /** @param {LogEvent} event */
  #send(event) {
    this.#stream?.enqueue(new TextEncoder().encode(`event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`));
  }
}
