/** What each type of event does to a call; one entry a type, and no other place knows them. */

import type { Call, Noticed } from "./call";
import { excerpt } from "./excerpt";
import type { CallEvent, PartyEntry, Said, SignalData, Started, Wire } from "./wire";
import {
  QUIET_KINDS, SAFETY_KINDS, SAFETY_OFF, kindWords, qualities, secondsBehind,
} from "./words";

/** A partial this close to the clock shows that a delay is over. */
const CAUGHT_UP_SECONDS = 2;

type Handlers = { [K in keyof Wire]?: (call: Call, event: CallEvent<Wire[K]>) => void };

export const HANDLERS: Handlers = {
  "call.started": (call, { data }) => {
    call.started = data.started ?? "";
    recontext(call, data);
    for (const [id, role] of partyList(data.parties)) call.join(id, role);
  },
  "call.ended": (call, { at, data }) => {
    call.ended = { duration: data.duration ?? at };
  },
  context: (call, { data }) => recontext(call, data),
  "context.changed": (call, { data }) => recontext(call, data),
  "party.joined": (call, { data }) => call.join(data.party, data.role),
  "participant.changed": (call, { data }) => call.join(data.party, data.role),
  "call.paused": (call) => { call.paused = true; },
  "call.resumed": (call) => { call.paused = false; },
  "transcript.partial": (call, { data }) => {
    spoken(call, data);
    if (data.end >= call.at - CAUGHT_UP_SECONDS) call.delay = 0;
    call.transcript.partial(data);
  },
  "transcript.final": (call, { data }) => {
    spoken(call, data);
    call.transcript.final(data);
  },
  "pacing.live": (call, { at, data }) => {
    call.paused = false;
    call.pace.add(data.party, at, data.syllables_per_s, data.label);
  },
  pacing: (call, { data }) => {
    if (data.window) call.pace.fill(data.party, data.window, data.syllables_per_s, data.label);
  },
  tone: (call, { at, data }) => call.pace.tone(data.party, data.window?.[1] ?? at, data.tension),
  signal: (call, { at, ts, data }) => {
    const signal = noticedOf(data, at, ts ?? "");
    if (data.kind === "moment") call.moments.push(signal);
    else if (!call.memory.take(data, signal.at)) noticed(call, signal, data);
  },
  nudge: (call, event) => call.nudges.add(event),
  "nudge.update": (call, { data }) => call.nudges.update(data),
  checklist: (call, { at, data }) => call.checklist.take(data.items, at),
  case: (call, { data }) => call.cases.take(data),
  message: (call, event) => call.desk.message(event),
  note: (call, event) => call.desk.note(event),
  flag: (call, { at, ts, data }) => {
    call.flags.push({ kind: data.kind, at: data.at ?? at, ts: ts ?? "" });
  },
  gap: (call, { data }) => { call.paused = data.reason === "paused" && !data.seconds; },
  delay: (call, { data }) => { call.delay = secondsBehind(data); },
  quality: (call, { data }) => {
    const kinds = qualities({ ...data });
    if (kinds.some((kind) => SAFETY_OFF.has(kind))) call.unwatched.add(data.party ?? "");
    if (kinds.includes("safety_detection_on")) call.unwatched.delete(data.party ?? "");
    if (kinds.includes("one_way_audio")) call.silent = data.party ?? null;
  },
};

function recontext(call: Call, data: Started & Call["context"]): void {
  call.context = { ...call.context, ...(data.context ?? data) };
  call.consent = data.consent ?? call.context.consent ?? {};
}

function spoken(call: Call, data: Said): void {
  call.paused = false;
  if (!call.parties.has(data.party)) call.join(data.party);
  if (call.silent === data.party) call.silent = null;
  if (data.text) call.spokenAt = Math.max(call.spokenAt, data.end);
}

/** The review tier is for after the call: nobody is interrupted for it. */
function noticed(call: Call, signal: Noticed, { tier, evidence = {} }: SignalData): void {
  const { kind, party, quote } = signal;
  if (tier === "review" || QUIET_KINDS.has(kind)) return;
  if (call.signals.some((known) => known.kind === kind && known.quote === quote)) return;
  call.signals.push(signal);
  if (SAFETY_KINDS.has(kind)) call.transcript.mark(party, evidence, kindWords(kind));
}

function noticedOf(data: SignalData, at: number, ts: string): Noticed {
  const { kind, party, evidence = {}, attributes = {} } = data;
  const quote = excerpt(evidence);
  const words = evidence.spans?.[0]?.text ?? quote;
  return { kind, party, quote, words, at: evidence.start ?? at, ts, attributes };
}

/** Parties as the start tells them: ids, {id, role}, or a map of id to role. */
function partyList(parties: Started["parties"]): [string, string | undefined][] {
  if (!Array.isArray(parties)) return Object.entries(parties ?? {});
  return parties.map((entry: PartyEntry) => (typeof entry === "string" ? [entry, undefined]
    : [entry.id ?? entry.party ?? "", entry.role]));
}
