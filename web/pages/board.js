// The supervisor's calls, sorted by need. No DOM: the page reads it, tests drive it.

import { Call } from "./call.js";
import { SAFETY_KINDS, URGENT_KINDS, kindWords } from "./words.js";

/** Nobody speaking for this long is worth a glance. */
const LONG_SILENCE = 30;
/** Finished calls named below the board. */
const RECENT = 5;
/** Ids of finished calls kept, so that what people add later does not revive a card. */
const FINISHED = 500;
/** After a reconnect every live call is told again; one that is not has ended meanwhile. */
export const RETELL_MS = 5_000;

const SETTLED = new Set(["done", "dismissed", "useful", "not_useful"]);
export const URGENT = 0;
export const ATTENTION = 1;
export const GLANCE = 2;
export const CALM = 3;

export class Board {
  constructor() {
    this.calls = new Map();
    this.recent = [];
    this.finished = new Set();
    this.unconfirmed = new Set();
    this.order = [];
  }

  apply(event, now = performance.now()) {
    if (!event.call || this.finished.has(event.call)) return;
    this.unconfirmed.delete(event.call);
    const known = this.calls.get(event.call);
    const call = known ?? new Call(event.call);
    if (!known) this.calls.set(event.call, call);
    call.apply(event, now);
  }

  /** The link was lost and is back: wait for each call to be told again. */
  reconnected() {
    this.unconfirmed = new Set(this.calls.keys());
  }

  /** The wait is over: what was not told again is gone. */
  forgetUnconfirmed() {
    for (const id of this.unconfirmed) this.calls.delete(id);
    this.unconfirmed.clear();
  }

  get live() {
    return [...this.calls.values()].filter((call) => call.heard && !call.ended);
  }

  /** {live, needing, delayed}: the numbers of the top line. */
  counts() {
    const { live } = this;
    return {
      live: live.length,
      needing: live.filter((call) => need(call, call.at).rank <= ATTENTION).length,
      delayed: live.filter((call) => call.delay >= 1).length,
    };
  }

  /** Calls in the order of their cards. While `held` no card changes its place. */
  arrange(held, now = performance.now()) {
    if (held) {
      const fresh = this.live.filter((call) => !this.order.includes(call));
      this.order = [...this.order.filter((call) => this.calls.has(call.id)), ...fresh];
      return this.order;
    }
    for (const call of this.calls.values()) if (call.ended) this.#finish(call);
    const needs = new Map(this.live.map((call) => [call, need(call, call.clock(now))]));
    this.order = [...needs.keys()].sort((a, b) => compare(needs.get(a), needs.get(b))
      || compareStart(a, b));
    return this.order;
  }

  #finish(call) {
    this.calls.delete(call.id);
    this.finished.add(call.id);
    if (this.finished.size > FINISHED) this.finished.delete(this.finished.values().next().value);
    this.recent = [call, ...this.recent].slice(0, RECENT);
  }
}

/** Why a call needs a supervisor: {rank, reason, at, ts}; the lower the rank the sooner. */
export function need(call, clock) {
  const urgent = call.nudges.list()
    .find((item) => item.severity === "urgent" && !SETTLED.has(item.state));
  if (urgent) return { rank: URGENT, reason: urgent.title, at: urgent.at, ts: urgent.ts };
  const alarm = call.signals.find((signal) => URGENT_KINDS.has(signal.kind));
  if (alarm) return { rank: URGENT, reason: kindWords(alarm.kind), at: alarm.at, ts: alarm.ts };
  const safety = call.signals.find((signal) => SAFETY_KINDS.has(signal.kind));
  if (safety) {
    return { rank: ATTENTION, reason: kindWords(safety.kind), at: safety.at, ts: safety.ts };
  }
  const flag = call.flags.find((noted) => noted.kind === "adverse_event");
  if (flag) {
    return { rank: ATTENTION, reason: "Adverse event, noted", at: flag.at, ts: flag.ts };
  }
  const asked = call.nudges.due(clock)
    .find((item) => item.audience === "supervisor" || item.audience === "both");
  if (asked) return { rank: ATTENTION, reason: asked.title, at: asked.at, ts: asked.ts };
  const silence = clock - call.spokenAt;
  if (call.spokenAt > 0 && silence >= LONG_SILENCE && !call.paused) {
    return { rank: GLANCE, reason: `${Math.floor(silence)} s of silence`, at: call.spokenAt, ts: "" };
  }
  return { rank: CALM, reason: "", at: 0, ts: "" };
}

/** Of two calls that need somebody, the one that has waited longer comes first. */
function compare(a, b) {
  return a.rank - b.rank || String(a.ts ?? "").localeCompare(String(b.ts ?? ""));
}

/** Longest call first; ids settle ties, so that the order never wavers. */
function compareStart(a, b) {
  return String(a.started ?? "").localeCompare(String(b.started ?? "")) || a.id.localeCompare(b.id);
}
