/** What the server says, as docs/api.md tells it; only what the pages read. */

export type Role = "agent" | "customer" | "interpreter" | "other" | "unknown";
export type Severity = "info" | "advice" | "urgent";
export type NudgeState = "shown" | "done" | "dismissed" | "expired" | "useful" | "not_useful";
export type ItemState = "open" | "done" | "due" | "missed";

/** `at`: seconds on the call's media clock; `n`: durable events alone have one. */
export interface CallEvent<Data = Record<string, unknown>> {
  call: string;
  type: string;
  at: number;
  data: Data;
  n?: number;
  ts?: string;
}

export interface Consent {
  record?: boolean;
  analyse?: boolean;
  tone?: boolean;
}

export interface Context {
  agent?: { id?: string; name?: string; team?: string };
  customer?: { name?: string; role?: string };
  product?: string;
  consent?: Consent;
}

export interface Span {
  text: string;
  label?: string;
}

export interface Evidence {
  text?: string;
  party?: string;
  start?: number;
  end?: number;
  spans?: Span[];
}

export interface Said {
  party: string;
  utterance: number;
  text: string;
  start: number;
  end: number;
}

export type PartyEntry = string | { id?: string; party?: string; role?: string };

export interface Started {
  context?: Context;
  consent?: Consent;
  parties?: PartyEntry[] | Record<string, string>;
  started?: string | null;
}

export interface NudgeData {
  id: string;
  rule?: string;
  title: string;
  text?: string;
  phrases?: string[];
  severity?: Severity;
  audience?: "agent" | "supervisor" | "both";
  reason?: string;
  evidence?: Evidence;
  party?: string;
  expires?: number | null;
}

export interface SignalData {
  kind: string;
  tier?: "live" | "review";
  party: string;
  evidence?: Evidence;
  attributes?: Record<string, unknown>;
}

export interface CaseElement {
  state: string;
  at?: number | null;
  text?: string;
}

export interface CaseData {
  id: string;
  kind: string;
  state?: string;
  elements?: Record<string, CaseElement>;
  missing?: string[];
}

export interface ChecklistItem {
  id: string;
  text: string;
  state: ItemState;
  at?: number | null;
}

export type Sender = string | { role?: string };

export interface Spoken {
  text: string;
  from?: Sender;
  to?: string;
  by?: string;
}

/** Data of each type of event that the pages know; others are passed over. */
export interface Wire {
  "call.started": Started;
  "call.ended": { reason?: string; duration?: number };
  context: Started & Context;
  "context.changed": Started & Context;
  "party.joined": { party: string; role?: string };
  "party.left": { party: string; role?: string };
  "participant.changed": { party: string; role?: string };
  "call.paused": { party?: string };
  "call.resumed": { party?: string };
  "transcript.partial": Said;
  "transcript.final": Said;
  "pacing.live": { party: string; syllables_per_s: number; label?: string };
  pacing: { party: string; window?: [number, number]; syllables_per_s: number; label?: string };
  tone: {
    party: string;
    window?: [number, number];
    activation?: number | null;
    tension?: number | null;
    label?: string;
  };
  signal: SignalData;
  nudge: NudgeData;
  "nudge.update": { id: string; state: NudgeState; by?: string };
  checklist: { items: ChecklistItem[] };
  case: CaseData;
  message: Spoken;
  note: Spoken;
  flag: { kind: string; at?: number };
  gap: { party?: string; seconds?: number; reason?: string };
  delay: { seconds?: number; seconds_behind?: number };
  "language.changed": { party: string; from?: string; to: string; p?: number };
  quality: { party?: string; kind?: string; quality?: string; reason?: string };
}

export type WireType = keyof Wire;

/** A command to the server; the feed adds the `ref`. */
export type Command =
  | { type: "nudge.update"; id: string; state: NudgeState }
  | { type: "message"; text: string }
  | { type: "note"; text: string }
  | { type: "flag"; kind: string; at: number };
