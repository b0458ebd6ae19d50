// Shapes of the console. Read by the type checker only; no browser loads this file.

export interface Me {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: "agent" | "lead" | "admin";
  readonly permissions: readonly string[];
  readonly second_factor: boolean;
}

export interface LinkGiven {
  readonly kind: "first" | "invitation" | "reset" | "demo";
  readonly name: string | null;
  readonly email: string | null;
  readonly made_by: string | null;
}

/** Whether the bot may answer by itself at all; who switched that last. */
export interface Alone {
  readonly on: boolean;
  readonly by: string | null;
  readonly at: string | null;
  readonly why: string;
}

export interface View {
  readonly id: string;
  readonly name: string;
  readonly q: string;
  readonly order: string;
  readonly saved_by: string | null;
  readonly count: number | null;
}

export interface Message {
  readonly id: string;
  /** The event that brought it; not told in lists. */
  readonly seq: number;
  readonly client_id: string | null;
  readonly role: "customer" | "bot" | "agent" | "system" | "note";
  readonly feedback?: 1 | -1 | null;
  readonly author: string | null;
  readonly text: string;
  readonly files?: readonly import("../shared/types.js").FileShown[];
  readonly at: string;
  readonly decision: string | null;
  readonly evidence: readonly { id: string; title: string; url: string | null }[];
  readonly mentions?: readonly string[];
  /** The customer does not have it yet. */
  readonly held_until?: string | null;
  readonly acts?: ActsWithReply;
}

/** What is done when a reply goes: tags, to whom it is given, words for a time (and the time, once it is sent), closed. */
export interface ActsWithReply {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly to?: string | null;
  readonly team?: string | null;
  readonly snooze?: string | null;
  readonly until?: string | null;
  readonly done?: boolean;
}

/** What a person writes. */
export type Kind = "reply" | "note";

export interface Draft {
  readonly kind: Kind;
  readonly client_id: string;
  readonly text: string;
  readonly files: readonly import("../shared/types.js").FileShown[];
  readonly acts?: ActsWithReply;
  readonly rev: number;
}

export interface Doubt {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
  readonly stated: readonly string[];
}

export type Status = "open" | "waiting" | "agent" | "closed";

export interface WorkItem {
  readonly id: string;
  readonly seq: number;
  readonly status: Status;
  readonly agent: string | null;
  readonly team: string | null;
  readonly customer: string | null;
  readonly subject?: string | null;
  readonly tags: readonly string[];
  readonly topic: string | null;
  readonly waiting_since: string | null;
  readonly snoozed_until: string | null;
  readonly updated_at: string;
  readonly last: Message | null;
}

export interface Snapshot {
  readonly id: string;
  readonly seq: number;
  readonly status: Status;
  readonly messages: readonly Message[];
  readonly handover: { reason: string; text: string | null; meanwhile: boolean } | null;
  readonly agent: string | null;
  readonly contact: string | null;
  readonly customer?: string | null;
  readonly subject?: string | null;
  readonly rating: number | null;
  readonly rating_comment: string | null;
  readonly lines: readonly Line[];
  /** Asks for the page before what is here; null where there is none. */
  readonly before: number | null;
  readonly total: number;
  readonly tags: readonly string[];
  readonly topic: string | null;
  readonly language: string | null;
  readonly waiting_since: string | null;
  readonly snoozed_until: string | null;
  readonly brief: Brief | null;
}

export interface SuggestionSet {
  readonly set_id: string | null;
  readonly blind: boolean;
  readonly suggestions: readonly Suggestion[];
}

/** What happened beside the messages. */
export interface Line {
  readonly seq: number;
  readonly kind: string;
  readonly at: string;
  readonly payload: Record<string, any>;
}

export interface BriefLine {
  readonly message_id: string;
  readonly seq: number;
  readonly text: string;
  readonly decision: string | null;
  readonly at: string;
}

export interface Brief {
  readonly seq: number;
  readonly asked: readonly BriefLine[];
  readonly tried: readonly BriefLine[];
  readonly details: readonly { kind: string; value: string | null; message_id: string; seq: number }[];
  readonly reason: string;
  readonly detail: string | null;
  readonly message_id: string | null;
  readonly language: string | null;
}

export interface CustomerShown {
  readonly name: string | null;
  readonly email: string | null;
  readonly verified: boolean;
  readonly subject: string | null;
  readonly inbox: string | null;
  readonly contact: string | null;
  readonly since: string;
  readonly earlier: readonly { id: string; created_at: string; status: Status; agent: string | null; topic: string | null; decided: string | null; rating: number | null; first: string | null }[];
  readonly next: string | null;
}

export interface Here {
  readonly viewers: readonly { name: string; typing: boolean }[];
  readonly customer_types: boolean;
}

export interface WhoIsWhere {
  readonly at: string;
  readonly conversations: Readonly<Record<string, Here>>;
}

/** What the bot weighed; all of it may be missing, for traces of older versions stay as they were. */
export interface Trace {
  readonly question?: string;
  readonly evidence?: readonly { id: string; kind: string; score: number; text: string; title: string | null; url: string | null }[];
  readonly candidates?: readonly { origin: string; text: string; probability?: number; evidence?: readonly string[]; failed?: readonly { name: string; detail: string }[] }[];
  readonly decision?: { decision: string; reason: string; detail: string; confidence?: number };
}

export interface Suggestion {
  readonly id: string | null;
  readonly text: string;
  readonly confidence: number;
  readonly mode: string;
  readonly evidence: readonly { id: string; kind: string; text: string; title: string | null; url: string | null }[];
  readonly warnings: readonly string[];
}

export interface Change {
  readonly seq: number;
  readonly conversation_id: string;
  readonly conversation_seq: number;
  readonly kind: string;
  readonly at: string;
  readonly payload: Record<string, any>;
}

/** What the feed tells: events, the number that it has reached, and who is where, in all conversations or in one. */
export interface Told {
  readonly events: Change[];
  readonly seq: number;
  readonly here?: WhoIsWhere;
  readonly looking?: Here & { conversation_id: string };
}

/** What every part of the page is given. */
export interface Desk {
  readonly api: import("./api.js").ConsoleApi;
  readonly strings: import("./strings.js").Strings;
  readonly language: string;
  readonly me: Me;
  readonly store: import("../shared/local-store.js").LocalStore;
  readonly clock: import("../shared/types.js").Clock;
  readonly here: import("./here.js").WhoIsHere;
  /** Shows a sentence for a while; with something to undo, a button for it. */
  tell(sentence: string, undo?: () => void): void;
  /** The session is over: asks to sign in, and leaves what was typed where it is. */
  signedOut(): void;
}

/** A macro, filled in for one conversation. */
export interface Macro {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly acts: ActsWithReply;
  readonly personal: boolean;
  readonly missing: readonly string[];
}
