// Shapes that several pages share. Read by the type checker only; no browser loads this file.

/** One line of a conversation's event log, or (with seq null) something that is not stored. */
export interface LogEvent {
  readonly seq: number | null;
  readonly kind: string;
  readonly at?: string;
  readonly payload: Record<string, any>;
}

/** A file that the server has. */
export interface FileShown {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly size: number;
  readonly width?: number | null;
  readonly height?: number | null;
}

/** A message as the outbox keeps it. */
export interface Unsent {
  readonly client_id: string;
  readonly text: string;
  readonly at: string;
  readonly files?: readonly FileShown[];
}

/** A message on its way: the server may or may not have it. */
export interface Pending extends Unsent {
  readonly status: "sending" | "accepted" | "failed";
  readonly why: string | null;
}

/** Why the server lets a message wait. */
export interface Delay {
  readonly kind: "rate_limited" | "not_ready";
  readonly seconds?: number;
}

/** What the outbox says of the messages in it. */
export type OutboxAction =
  | { type: "queued"; message: Unsent }
  | { type: "accepted"; client_id: string }
  | { type: "failed"; client_id: string; why: string }
  | { type: "notice"; notice: Delay | null };

/** Time, ids and chance, handed in so that tests can hold them. */
export interface Clock {
  now(): Date;
  /** From 0 to 1. */
  random(): number;
  newId(): string;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
