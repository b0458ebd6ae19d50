// The shapes that the modules share. Read by the type checker only; no browser loads this file.

export type Role = "customer" | "bot" | "agent";
export type Status = "open" | "waiting" | "agent" | "closed";

export interface Evidence {
  readonly id: string;
  readonly kind?: string;
  readonly title: string;
  readonly text?: string | null;
  readonly url?: string | null;
}

/** A message the server has stored. */
export interface Message {
  readonly id: string;
  readonly client_id?: string | null;
  readonly role: Role;
  readonly author?: string | null;
  readonly text: string;
  readonly at: string;
  readonly decision?: string | null;
  /** Whether the visitor says that it helped. */
  readonly feedback?: 1 | -1 | null;
  readonly evidence?: readonly Evidence[];
}

export interface Handover {
  /** "customer_asked", "not_sure", "failure" or what a newer server may say. */
  readonly reason?: string | null;
  /** The sentence that the customer was told, in the desk's language. */
  readonly text?: string | null;
  /** When a person will take over, in words; null where the desk does not say. */
  readonly expected?: string | null;
}

export interface Snapshot {
  readonly id: string;
  readonly seq: number;
  readonly status: Status;
  readonly messages: readonly Message[];
  readonly handover?: Handover | null;
  readonly rating?: number | null;
  /** The name of the person who has it. */
  readonly agent?: string | null;
  /** Where the answer is sent as well; not there at all where the desk sends no e-mail. */
  readonly contact?: string | null;
}

/** One line of the event log, or (with seq null) something that is not stored. */
export interface LogEvent {
  readonly seq: number | null;
  readonly kind: string;
  readonly at?: string;
  readonly payload: Record<string, any>;
}

/** A customer message on its way: the server may or may not have it. */
export interface Pending {
  readonly client_id: string;
  readonly text: string;
  readonly at: string;
  readonly status: "sending" | "accepted" | "failed";
  readonly why: string | null;
}

/** An answer while it is being written. A broken draft missed its start and is not shown. */
export interface Draft {
  readonly id: string;
  readonly text: string;
  readonly broken: boolean;
}

export interface Notice {
  readonly kind: "rate_limited" | "not_ready" | "new_conversation" | "trouble" | "slow";
  readonly seconds?: number;
}

export interface ChatState {
  readonly seq: number;
  readonly status: Status;
  readonly messages: readonly Message[];
  readonly pending: readonly Pending[];
  readonly draft: Draft | null;
  readonly typing: "bot" | "agent" | null;
  readonly handover: Handover | null;
  readonly rating: number | null;
  readonly agent: string | null;
  readonly contact?: string | null | undefined;
  readonly offline: boolean;
  /** The token of a person has ended: until the page's server signs another, nothing comes and goes. */
  readonly signedOut: boolean;
  readonly notice: Notice | null;
}

/** What a visitor can do with a conversation, as the last part of its address. */
export type Verb = "handover" | "stop" | "closure" | "reopening" | "rating" | "contact";

export type Action =
  | { type: "snapshot"; snapshot: Snapshot }
  | { type: "event"; event: LogEvent }
  | { type: "queued"; message: { client_id: string; text: string; at: string } }
  | { type: "accepted"; client_id: string }
  | { type: "failed"; client_id: string; why: string }
  | { type: "retrying"; client_id: string }
  | { type: "discarded"; client_id: string }
  | { type: "judged"; id: string; value: 1 | -1 | 0 }
  | { type: "disconnected" }
  | { type: "offline"; offline: boolean }
  | { type: "signed out"; signedOut: boolean }
  | { type: "quiet" }
  | { type: "notice"; notice: Notice | null }
  | { type: "forgotten"; ask?: boolean }
  | { type: "reset" };

export interface Visitor {
  readonly id: string;
  token: string;
  /** Whether the page's server has said who it is; such a token cannot be renewed from here. */
  readonly verified?: boolean;
}

/** Proof of who is writing, made by the page's server: a signed token, or an id with its HMAC. */
export interface IdentityProof {
  readonly token?: string;
  readonly user_id?: string;
  readonly user_hash?: string;
}

/** What the session needs from the world around it, so that tests can hold the clock. */
export interface World {
  now(): Date;
  random(): number;
  newId(): string;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Milliseconds that a stream may stay silent at first; 10 s where the page does not say. */
  readonly patience?: number | undefined;
}

export interface Settings {
  readonly desk: string;
  readonly logo: string | null;
  readonly greeting: string | null;
  readonly questions: readonly string[];
  readonly replyTime: string | null;
  readonly strings: Strings;
}

export type Strings = Readonly<typeof import("./strings.js").english>;
