/** Nudges of a call, and which one is on screen: at most one, urgent ones first. */

import type { CallEvent, Evidence, NudgeData, NudgeState, Severity } from "./wire";

/** A key pressed within this of a change was meant for the nudge before. */
export const CHANGED_MS = 400;

export interface Nudge {
  id: string;
  rule: string;
  title: string;
  text: string;
  phrases: string[];
  severity: Severity;
  audience: string;
  reason: string;
  evidence: Evidence;
  party: string;
  at: number;
  ts: string;
  expires: number;
  state: NudgeState | "open";
}

export class Nudges {
  private readonly items = new Map<string, Nudge>();

  add({ at, ts, data }: CallEvent<NudgeData>): void {
    this.items.set(data.id, {
      id: data.id,
      rule: data.rule ?? "",
      title: data.title,
      text: data.text ?? "",
      phrases: data.phrases ?? [],
      severity: data.severity ?? "info",
      audience: data.audience ?? "agent",
      reason: data.reason ?? "",
      evidence: data.evidence ?? {},
      party: data.party ?? "",
      at,
      ts: ts ?? "",
      expires: data.expires ?? Infinity,
      state: "open",
    });
  }

  update({ id, state }: { id: string; state: NudgeState }): void {
    const item = this.items.get(id);
    // Of several screens, one that only says "shown" does not reopen what another settled.
    if (item && !(state === "shown" && !isOpen(item))) item.state = state;
  }

  /** Those still to be acted on at this call second, oldest first. */
  due(clock: number): Nudge[] {
    return [...this.items.values()].filter((item) => isOpen(item) && clock < item.expires);
  }

  list(): Nudge[] {
    return [...this.items.values()];
  }
}

export function isOpen(item: Nudge): boolean {
  return item.state === "open" || item.state === "shown";
}

/**
 * What the agent's screen holds. The server decides how many nudges there are, so a new one is
 * shown at once and the one before comes back only if its moment is not over; an urgent one
 * keeps the screen until it is answered or over. `choose` is called at every tick.
 */
export class Screen {
  current: Nudge | null = null;
  private replacedAt = -Infinity;

  choose(nudges: Nudges, clock: number, now: number): Nudge | null {
    const due = nudges.due(clock).filter((item) => item.audience !== "supervisor");
    const urgent = due.find((item) => item.severity === "urgent");
    const next = urgent ?? due.at(-1) ?? null;
    if (next && this.current && next !== this.current) this.replacedAt = now;
    this.current = next;
    return next;
  }

  takesKeys(now: number): boolean {
    return this.current !== null && now - this.replacedAt > CHANGED_MS;
  }
}
