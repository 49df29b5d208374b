/** Why a call needs a supervisor, and how soon. */

import type { Call } from "./call";
import { isOpen } from "./nudges";
import type { Nudge } from "./nudges";
import { SAFETY_KINDS, URGENT_KINDS, caseWords, kindWords } from "./words";

/** Nobody speaking for this long is worth a glance. */
const LONG_SILENCE_SECONDS = 30;

/** The lower the sooner. */
export const URGENT = 0;
export const ATTENTION = 1;
export const TENSE = 2;
export const GLANCE = 3;
export const CALM = 4;

/** `at`, `ts`: since when, in call seconds and by the wall clock; `plain`: the reason without any
 * words of the call, for a wall that everybody in the room can read. */
export interface Need {
  rank: number;
  reason: string;
  plain: string;
  at: number;
  ts: string;
}

/** The first of these that holds: danger, safety, rising tension, silence. */
export function need(call: Call, clock: number): Need {
  return danger(call) ?? safety(call, clock) ?? mood(call, clock)
    ?? { rank: CALM, reason: "", plain: "", at: 0, ts: "" };
}

function danger(call: Call): Need | null {
  const nudge = call.nudges.list()
    .find((item) => item.severity === "urgent" && (isOpen(item) || item.state === "expired"));
  if (nudge) return asked(nudge, URGENT, "Needs you now");
  const alarm = call.signals.find((signal) => URGENT_KINDS.has(signal.kind));
  return alarm ? because(URGENT, kindWords(alarm.kind), alarm) : null;
}

function because(rank: number, reason: string, { at, ts }: { at: number; ts: string }): Need {
  return { rank, reason, plain: reason, at, ts };
}

/** A nudge's title may quote the caller. */
function asked(nudge: Nudge, rank: number, plain: string): Need {
  return { ...because(rank, nudge.title, nudge), plain };
}

function safety(call: Call, clock: number): Need | null {
  const signal = call.signals.find(({ kind }) => SAFETY_KINDS.has(kind));
  const flag = call.flags.find((noted) => noted.kind === "adverse_event");
  const open = call.cases.list().find((known) => known.missing > 0);
  const since = signal ?? flag ?? { at: call.at, ts: "" };
  if (open) {
    return because(ATTENTION, `${caseWords(open.kind)}: ${open.missing} missing`, since);
  }
  if (signal) return because(ATTENTION, kindWords(signal.kind), signal);
  if (flag) return because(ATTENTION, "Adverse event, noted", flag);
  const nudge = call.nudges.due(clock).find(({ audience }) => audience !== "agent");
  return nudge ? asked(nudge, ATTENTION, "Needs you") : null;
}

function mood(call: Call, clock: number): Need | null {
  if (call.pace.rising(call.partyOf("customer"), clock)) {
    return because(TENSE, "More tense than before", { at: clock, ts: "" });
  }
  const silence = clock - call.spokenAt;
  if (call.spokenAt > 0 && silence >= LONG_SILENCE_SECONDS && !call.paused) {
    return because(GLANCE, `${Math.floor(silence)} s of silence`, { at: call.spokenAt, ts: "" });
  }
  return null;
}

/** Of two calls that need somebody, the one that nobody took, then the one that waited longer. */
export function compareNeed(a: [Call, Need], b: [Call, Need]): number {
  const [one, needOne] = a;
  const [other, needOther] = b;
  return needOne.rank - needOther.rank
    || (needOne.rank <= TENSE ? Number(one.desk.takenBy !== "") - Number(other.desk.takenBy !== "") : 0)
    || needOne.ts.localeCompare(needOther.ts)
    // The longest call first; ids settle ties, so that the order never wavers.
    || one.started.localeCompare(other.started) || one.id.localeCompare(other.id);
}
