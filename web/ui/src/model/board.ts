/** The supervisor's calls, sorted by need. No DOM: the page reads it, tests drive it. */

import { Call } from "./call";
import { ATTENTION, compareNeed, need } from "./need";
import type { CallEvent } from "./wire";

/** Finished calls named below the board. */
const RECENT = 5;
/** Ids of finished calls kept, so that what people add later does not revive a card. */
const FINISHED = 500;
/** After a reconnect every live call is told again; one that is not has ended meanwhile. */
export const RETELL_MS = 5_000;

export class Board {
  private readonly calls = new Map<string, Call>();
  private readonly finished = new Set<string>();
  private unconfirmed = new Set<string>();
  recent: Call[] = [];
  order: Call[] = [];

  apply(event: CallEvent, now = performance.now()): void {
    if (!event.call || this.finished.has(event.call)) return;
    this.unconfirmed.delete(event.call);
    const known = this.calls.get(event.call);
    const call = known ?? new Call(event.call);
    if (!known) this.calls.set(event.call, call);
    call.apply(event, now);
  }

  /** The link was lost and is back: wait for each call to be told again. */
  reconnected(): void {
    this.unconfirmed = new Set(this.calls.keys());
  }

  /** The wait is over: what was not told again is gone. */
  forgetUnconfirmed(): void {
    for (const id of this.unconfirmed) this.calls.delete(id);
    this.unconfirmed.clear();
  }

  get live(): Call[] {
    return [...this.calls.values()].filter((call) => call.heard && !call.ended);
  }

  /** The teams of the live calls, in order of their names. */
  get teams(): string[] {
    const teams = this.live.map((call) => call.context.agent?.team ?? "").filter(Boolean);
    return [...new Set(teams)].sort();
  }

  /** The numbers of the top line, of one team or ("") of all. A call that was taken needs nobody. */
  counts(team = ""): { live: number; needing: number; delayed: number } {
    const live = this.live.filter((call) => ofTeam(call, team));
    return {
      live: live.length,
      needing: live.filter((call) => !call.desk.takenBy
        && need(call, call.at).rank <= ATTENTION).length,
      delayed: live.filter((call) => call.delay >= 1).length,
    };
  }

  /** Calls in the order of their cards. While `held` no card changes its place. */
  arrange(held: boolean, now = performance.now()): Call[] {
    if (held) {
      const fresh = this.live.filter((call) => !this.order.includes(call));
      this.order = [...this.order.filter((call) => this.calls.has(call.id)), ...fresh];
      return this.order;
    }
    for (const call of this.calls.values()) if (call.ended) this.finish(call);
    this.order = this.live.map((call) => [call, need(call, call.clock(now))] as const)
      .sort(([a, x], [b, y]) => compareNeed([a, x], [b, y])).map(([call]) => call);
    return this.order;
  }

  private finish(call: Call): void {
    this.calls.delete(call.id);
    this.finished.add(call.id);
    const [oldest] = this.finished;
    if (this.finished.size > FINISHED && oldest) this.finished.delete(oldest);
    this.recent = [call, ...this.recent].slice(0, RECENT);
  }
}

export function ofTeam(call: Call, team: string): boolean {
  return team === "" || call.context.agent?.team === team;
}
