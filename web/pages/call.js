// One call as its events tell it. No DOM: pages read it, tests drive it.
//
// Durable events are numbered from 1 without holes and may come twice (after a reconnect);
// each is applied once. Ephemeral ones have no number, and the newest counts. The clock is
// the media's: the latest `at` heard, carried on by the local clock in between.

import { Nudges } from "./nudges.js";
import { Pace } from "./pace.js";
import { Transcript } from "./transcript.js";
import {
  SAFETY_KINDS, SAFETY_OFF, customerName, kindWords, partyName, qualities, remark, secondsBehind,
  senderWords, silentWords,
} from "./words.js";

const ROLES = new Set(["agent", "customer", "interpreter", "other", "unknown"]);
/** A partial this close to the clock shows that a delay is over. */
const CAUGHT_UP = 2;
/** Beyond this since the last event the clock is no longer carried on: nobody is speaking. */
const CARRY_MS = 60_000;

export class Call {
  /** `self`: the reader is this call's agent, who is called "You". */
  constructor(id, { self = false } = {}) {
    this.id = id;
    this.self = self;
    this.seen = new Seen();
    this.context = {};
    this.consent = {};
    this.parties = new Map();
    this.started = null;
    this.ended = null;
    this.heard = false;
    this.paused = false;
    this.delay = 0;
    this.safetyOff = false;
    this.silent = null;
    this.transcript = new Transcript();
    this.signals = [];
    this.flags = [];
    this.nudges = new Nudges();
    this.pace = new Pace();
    this.at = 0;
    this.atSeen = 0;
    this.spokenAt = 0;
  }

  /** Take in an event. False where it was known already. */
  apply(event, now = performance.now()) {
    if (typeof event.n === "number" && !this.seen.add(event.n)) return false;
    this.heard = true;
    if (event.at >= this.at && !this.ended) {
      this.at = event.at;
      this.atSeen = now;
    }
    const handler = HANDLERS[event.type];
    if (handler) handler(this, event);
    const words = remark(event, (id) => this.nameOf(id));
    if (words && typeof event.n === "number") {
      this.transcript.note(`n${event.n}`, event.data.start ?? event.at, words);
    }
    return true;
  }

  /** Seconds on the call's clock. */
  clock(now = performance.now()) {
    if (this.ended) return this.ended.duration ?? this.at;
    if (!this.heard || this.paused) return this.at;
    return this.at + Math.min(CARRY_MS, Math.max(0, now - this.atSeen)) / 1000;
  }

  /** The last number up to which nothing is missing: what to reconnect from. */
  get after() {
    return this.seen.contiguous;
  }

  party(id) {
    return this.parties.get(id) ?? { id, role: ROLES.has(id) ? id : "unknown" };
  }

  partyOf(role) {
    return [...this.parties.values()].find((party) => party.role === role)?.id ?? role;
  }

  nameOf(id) {
    return partyName(this.party(id), this.context, { self: this.self });
  }

  /** One channel with several voices on it: who speaks is unknown, so there is no coaching. */
  get mixed() {
    const roles = [...this.parties.values()].map((party) => party.role);
    return roles.length > 0 && roles.every((role) => role === "unknown");
  }

  get customer() {
    return customerName(this.context);
  }

  join(id, role) {
    const known = role && ROLES.has(role) ? role : this.party(id).role;
    this.parties.set(id, { id, role: known });
  }
}

const HANDLERS = {
  "call.started": (call, { data }) => {
    call.started = data.started ?? true;
    recontext(call, { data });
    for (const [id, role] of partyList(data.parties)) call.join(id, role);
  },
  "call.ended": (call, { at, data }) => {
    call.ended = { reason: data.reason, duration: data.duration ?? at };
  },
  context: recontext,
  "context.changed": recontext,
  "party.joined": (call, { data }) => call.join(data.party, data.role),
  "participant.changed": (call, { data }) => call.join(data.party, data.role),
  "call.paused": (call) => { call.paused = true; },
  "call.resumed": (call) => { call.paused = false; },
  "transcript.partial": (call, { data }) => {
    spoken(call, data);
    if (data.end >= call.at - CAUGHT_UP) call.delay = 0;
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
  signal: (call, event) => noticed(call, event),
  nudge: (call, event) => call.nudges.add(event),
  "nudge.update": (call, { data }) => call.nudges.update(data),
  message: (call, event) => {
    if (call.self && event.data.from !== "agent") {
      call.nudges.message(event, senderWords(event.data.from));
    }
  },
  flag: (call, { at, ts, data }) => call.flags.push({ kind: data.kind, at: data.at ?? at, ts }),
  gap: (call, { data }) => { call.paused = data.reason === "paused" && !data.seconds; },
  delay: (call, { data }) => { call.delay = secondsBehind(data); },
  quality: (call, { data }) => {
    const kinds = qualities(data);
    if (kinds.some((kind) => SAFETY_OFF.has(kind))) call.safetyOff = true;
    if (kinds.includes("one_way_audio")) call.silent = data.party;
  },
};

function recontext(call, { data }) {
  call.context = { ...call.context, ...(data.context ?? data) };
  call.consent = data.consent ?? call.context.consent ?? {};
}

function spoken(call, data) {
  call.paused = false;
  if (!call.parties.has(data.party)) call.join(data.party);
  if (call.silent === data.party) call.silent = null;
  if (data.text) call.spokenAt = Math.max(call.spokenAt, data.end);
}

/** The review tier is for after the call: nobody is interrupted for it. */
function noticed(call, { n, at, ts, data }) {
  if (data.tier === "review") return;
  const evidence = data.evidence ?? {};
  const quote = evidence.text ?? "";
  const again = call.signals.some((s) => s.kind === data.kind && s.quote === quote);
  if (again) return;
  call.signals.push({
    n, ts, kind: data.kind, party: data.party, quote, at: evidence.start ?? at,
    attributes: data.attributes ?? {},
  });
  if (SAFETY_KINDS.has(data.kind) && evidence.start !== undefined) {
    call.transcript.mark(data.party, evidence, kindWords(data.kind));
  }
}

/** Parties as the start tells them: ids, {id, role}, or a map of id to role. */
function partyList(parties) {
  if (Array.isArray(parties)) {
    return parties.map((p) => (typeof p === "string" ? [p] : [p.id ?? p.party, p.role]));
  }
  return Object.entries(parties ?? {});
}

/** Which numbers have come; remembers only those beyond the first hole. */
class Seen {
  constructor() {
    this.contiguous = 0;
    this.beyond = new Set();
  }

  /** False where `n` came before. */
  add(n) {
    if (n <= this.contiguous || this.beyond.has(n)) return false;
    this.beyond.add(n);
    while (this.beyond.delete(this.contiguous + 1)) this.contiguous += 1;
    return true;
  }
}

/** The state of the agent's line in a word, and the look of its dot. */
export function callState(call, link) {
  if (call.ended) return { look: "over", word: "call over" };
  if (link === "refused") return { look: "off", word: "no access" };
  if (link === "offline") return { look: "off", word: "reconnecting" };
  if (!call.heard) return { look: "waiting", word: "waiting" };
  if (call.consent.analyse === false) return { look: "paused", word: "no consent" };
  if (call.paused) return { look: "paused", word: "paused" };
  if (call.safetyOff) return { look: "attention", word: "safety detection off" };
  if (call.delay >= 1) return { look: "attention", word: `delayed ${Math.round(call.delay)} s` };
  if (call.silent !== null) {
    return { look: "attention", word: silentWords(call.nameOf(call.silent)) };
  }
  return { look: "listening", word: "listening" };
}
