/**
 * One call as its events tell it. No DOM: pages read it, tests drive it.
 *
 * Durable events are numbered from 1 without holes and may come twice (after a reconnect);
 * each is applied once. Ephemeral ones have no number, and the newest counts. The clock is
 * the media's: the latest `at` heard, carried on by the local clock in between.
 */

import { Cases } from "./cases";
import { Checklist } from "./checklist";
import { Desk } from "./desk";
import { HANDLERS } from "./handlers";
import { Memory } from "./memory";
import { customerName, partyName } from "./names";
import { Nudges } from "./nudges";
import { Pace } from "./pace";
import { Seen } from "./seen";
import { Transcript } from "./transcript";
import type { CallEvent, Consent, Context, Role, WireType } from "./wire";
import { remark, silentWords } from "./words";

const ROLES: ReadonlySet<string> = new Set(["agent", "customer", "interpreter", "other", "unknown"]);
/** Beyond this since the last event the clock is no longer carried on: nobody is speaking. */
const CARRY_MS = 60_000;

export interface Party {
  id: string;
  role: Role;
}

export interface Noticed {
  kind: string;
  party: string;
  quote: string;
  /** The very words that count, where they were marked; else the quote. */
  words: string;
  at: number;
  ts: string;
  attributes: Record<string, unknown>;
}

export interface Flag {
  kind: string;
  at: number;
  ts: string;
}

export class Call {
  private readonly seen = new Seen();
  readonly parties = new Map<string, Party>();
  readonly transcript = new Transcript();
  readonly nudges = new Nudges();
  readonly pace = new Pace();
  readonly memory = new Memory();
  readonly checklist = new Checklist();
  readonly cases = new Cases();
  readonly desk = new Desk();
  readonly signals: Noticed[] = [];
  /** What the agent said after which the customer grew calmer. */
  readonly moments: Noticed[] = [];
  readonly flags: Flag[] = [];
  context: Context = {};
  consent: Consent = {};
  /** Wall time of the call's second 0, "" where it is not told. */
  started = "";
  ended: { duration: number } | null = null;
  heard = false;
  paused = false;
  /** Seconds that the transcript is behind. */
  delay = 0;
  /** Parties whose language safety detection does not know; "" stands for everybody. */
  readonly unwatched = new Set<string>();
  /** A party of which nothing is heard. */
  silent: string | null = null;
  at = 0;
  spokenAt = 0;
  private atSeen = 0;

  constructor(readonly id: string) {}

  /** Take in an event. False where it was known already. */
  apply(event: CallEvent, now = performance.now()): boolean {
    if (event.n !== undefined && !this.seen.add(event.n)) return false;
    this.heard = true;
    if (event.at >= this.at && !this.ended) {
      this.at = event.at;
      this.atSeen = now;
    }
    // Each handler gets the data of its own type, which is what the server sends under it.
    const handler = HANDLERS[event.type as WireType] as Handler | undefined;
    handler?.(this, event);
    if (event.n !== undefined && remark(event, String)) {
      const at = typeof event.data.start === "number" ? event.data.start : event.at;
      this.transcript.note(`n${event.n}`, at, event);
    }
    return true;
  }

  /** Seconds on the call's clock. */
  clock(now = performance.now()): number {
    if (this.ended) return this.ended.duration;
    if (!this.heard || this.paused) return this.at;
    return this.at + Math.min(CARRY_MS, Math.max(0, now - this.atSeen)) / 1000;
  }

  /** The last number up to which nothing is missing: what to reconnect from. */
  get after(): number {
    return this.seen.contiguous;
  }

  party(id: string): Party {
    return this.parties.get(id) ?? { id, role: roleNamed(id) ?? "unknown" };
  }

  partyOf(role: Role): string {
    return [...this.parties.values()].find((party) => party.role === role)?.id ?? role;
  }

  /** `self`: the reader is this call's agent, who is called "You". */
  nameOf(id: string, self = false): string {
    return partyName(this.party(id).role, this.context, self);
  }

  /** One channel with several voices on it: who speaks is unknown, so there is no coaching. */
  get mixed(): boolean {
    return this.parties.size > 0
      && [...this.parties.values()].every((party) => party.role === "unknown");
  }

  get customer(): string {
    return customerName(this.context);
  }

  join(id: string, role?: string): void {
    this.parties.set(id, { id, role: roleNamed(role ?? "") ?? this.party(id).role });
  }
}

type Handler = (call: Call, event: CallEvent) => void;

function roleNamed(name: string): Role | null {
  return ROLES.has(name) ? (name as Role) : null;
}

export type Link = "connecting" | "open" | "offline" | "refused" | "closed";
export type Look = "over" | "off" | "waiting" | "paused" | "attention" | "listening";

/** The state of a call's line in a word, and the look of its dot. */
export function callState(call: Call, link: Link, self = false): { look: Look; word: string } {
  if (call.ended) return { look: "over", word: "call over" };
  if (link === "refused") return { look: "off", word: "no access" };
  if (link === "offline") return { look: "off", word: "reconnecting" };
  if (!call.heard) return { look: "waiting", word: "waiting" };
  if (call.consent.analyse === false) return { look: "paused", word: "no consent" };
  if (call.paused) return { look: "paused", word: "paused" };
  if (call.unwatched.size) return { look: "attention", word: "safety detection off" };
  if (call.delay >= 1) return { look: "attention", word: `delayed ${Math.round(call.delay)} s` };
  if (call.silent !== null) {
    return { look: "attention", word: silentWords(call.nameOf(call.silent, self)) };
  }
  return { look: "listening", word: "listening" };
}
