/** How much of what was sent did not arrive, lately: from counts that only ever grow. */

/** The share is of this much: long enough that one packet of 20 ms is little, short enough that
 * a line that has recovered says so. */
const WINDOW_MS = 10_000;

interface Count {
  at: number;
  sent: number;
  lost: number;
}

export class Loss {
  private counts: Count[] = [];

  /** `at` in ms; `sent` and `lost` packets since the session began. */
  add(at: number, sent: number, lost: number): void {
    const before = this.counts.at(-1);
    if (before && sent < before.sent) this.counts = []; // another session counts anew
    this.counts.push({ at, sent, lost });
    while ((this.counts[1]?.at ?? at) <= at - WINDOW_MS) this.counts.shift();
  }

  /** 0 to 1; null while nothing was sent. Packets that came late after all make it no less than 0. */
  get share(): number | null {
    const [first, last] = [this.counts[0], this.counts.at(-1)];
    if (!first || !last || last.sent <= first.sent) return null;
    return Math.min(1, Math.max(0, (last.lost - first.lost) / (last.sent - first.sent)));
  }
}

/** The share in words, for a person. */
export function lossWords(share: number | null): string {
  if (share === null) return "";
  if (share === 0) return "nothing lost on the way";
  const percent = share * 100;
  return `${percent < 1 ? "under 1" : Math.round(percent)} % lost on the way`;
}
