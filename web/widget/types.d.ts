// Shapes that the widget's modules share. Read by the type checker only; no browser loads this file.

import type { Delay, FileShown, LogEvent, OutboxAction, Pending } from "../shared/types.js";

/** "system" is the desk itself: it acknowledges what is written to whoever waits for a person. */
export type Role = "customer" | "bot" | "agent" | "system";
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
  readonly files?: readonly FileShown[];
  readonly at: string;
  readonly decision?: string | null;
  /** The visitor's feedback: 1 where it helped, -1 where it did not. */
  readonly feedback?: 1 | -1 | null;
  readonly evidence?: readonly Evidence[];
  /** Whether an answer rests on replies of the team too, which are not shown. */
  readonly from_past_replies?: boolean;
}

export interface Handover {
  /** "customer_asked", "not_sure", "failure" or what a newer server may say. */
  readonly reason?: string | null;
  /** The sentence that the customer was told, in the conversation's language. */
  readonly text?: string | null;
  /** When a person will take over, in words; null where the server does not say. */
  readonly expected?: string | null;
  /** Whether the visitor may go on with the bot while they wait. */
  readonly meanwhile?: boolean;
}

export interface Snapshot {
  readonly id: string;
  readonly seq: number;
  readonly status: Status;
  readonly messages: readonly Message[];
  readonly handover?: Handover | null;
  readonly rating?: number | null;
  /** The name of the person who answers. */
  readonly agent?: string | null;
  /** The address to which answers are also sent; missing where the server sends no e-mail. */
  readonly contact?: string | null;
}

/** An answer while it is being written. A broken draft missed its start and is not shown. */
export interface Draft {
  readonly id: string;
  readonly text: string;
  readonly broken: boolean;
}

/** What the banner says. */
export type Notice = Delay | { readonly kind: "new_conversation" | "trouble" | "slow" };

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
  /** The person's token has expired: until the page's server signs another, nothing is sent or received. */
  readonly signedOut: boolean;
  readonly notice: Notice | null;
}

/** What a visitor can do with a conversation, as the last part of its address. */
export type Verb = "writing" | "handover" | "meanwhile" | "stop" | "closure" | "reopening" | "rating" | "contact";

export type Action =
  | { type: "snapshot"; snapshot: Snapshot; anew?: boolean }
  | { type: "event"; event: LogEvent }
  | OutboxAction
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
  /** Whether the page's server vouches for the person; their token cannot be renewed from here. */
  readonly verified?: boolean;
}

/** Proof of who is writing, made by the page's server: a signed token, or an id with its HMAC. */
export interface IdentityProof {
  readonly token?: string;
  readonly user_id?: string;
  readonly user_hash?: string;
}

/** What the page says in the element's attributes, and its strings. */
export interface Settings {
  readonly desk: string;
  readonly logo: string | null;
  readonly greeting: string | null;
  readonly questions: readonly string[];
  readonly replyTime: string | null;
  readonly strings: Strings;
}

/** The files that are going with the next message. */
export interface Tray {
  readonly element: HTMLElement;
  /** Whether one is on its way or could not be uploaded. */
  readonly busy: boolean;
  readonly count: number;
  /** Uploads files; null lets the visitor choose some. */
  add(files: File[] | null): void;
  /** Those that are uploaded, which are the message's now. */
  take(): FileShown[];
}

export type Strings = Readonly<typeof import("./strings.js").english>;
