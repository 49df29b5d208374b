/** What has to be said in a call, and what of it was said. */

import type { ChecklistItem } from "./wire";

/** A tick is seen this long, then the line makes room. */
export const TICKED_SECONDS = 8;

export class Checklist {
  private items: ChecklistItem[] = [];
  private readonly ticked = new Map<string, number>();

  /** The whole list as it is at call second `at`. */
  take(items: ChecklistItem[], at: number): void {
    for (const item of items) {
      if (item.state === "done" && !this.ticked.has(item.id)) this.ticked.set(item.id, item.at ?? at);
      if (item.state !== "done") this.ticked.delete(item.id);
    }
    this.items = items;
  }

  /** What the agent sees at call second `now`: due ones, open ones, and what was just ticked. */
  visible(now: number): ChecklistItem[] {
    const rank = { due: 0, open: 1, done: 2, missed: 3 } as const;
    return this.items
      .filter((item) => item.state === "open" || item.state === "due" || this.fresh(item, now))
      .sort((a, b) => rank[a.state] - rank[b.state]);
  }

  /** What was never said: one thing to try next time. */
  get left(): ChecklistItem[] {
    return this.items.filter((item) => item.state !== "done");
  }

  private fresh(item: ChecklistItem, now: number): boolean {
    return item.state === "done" && now - (this.ticked.get(item.id) ?? -Infinity) <= TICKED_SECONDS;
  }
}
