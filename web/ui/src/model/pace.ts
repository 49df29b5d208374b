/** How fast each party speaks, and how tense they are: the last minute, a value a second. */

export const WINDOW = 60;
/** Points older than this are of no picture any more. */
const KEEP = WINDOW + 10;
/** Longer than this without a point: nothing is known, and nothing is drawn as if it were. */
const STALE = 4;
/** A tone window is up to 4 s long and comes every 2 s of speech: held a little longer. */
const TONE_STALE = 8;
/** Seconds that count as "now" where a rise of tension is looked for, and those before. */
const RECENT = 15;
/** This much more than before, and this much at all, is a rise worth a supervisor's glance. */
const RISE = 0.25;
/** Of either stretch: one window alone may be a cough. */
const LEAST_WINDOWS = 2;

const WORDS: Record<string, string> = { too_fast: "fast", steady: "steady", slow: "slow" };

export interface Point {
  at: number;
  value: number;
}

/** One second of the picture; `rate` in syllables a second, null where unknown. */
export interface Moment {
  at: number;
  rate: number | null;
  tension: number;
}

export class Pace {
  private readonly points = new Map<string, Point[]>();
  private readonly tensions = new Map<string, Point[]>();
  private readonly labels = new Map<string, string>();

  /** `rate` in syllables a second at call second `at`. */
  add(party: string, at: number, rate: number, label?: string): void {
    push(this.points, party, { at, value: Number(rate) || 0 });
    if (label) this.labels.set(party, label);
  }

  /** A measured stretch, for those who came later than the seconds it is made of. */
  fill(party: string, [start, end]: [number, number], rate: number, label?: string): void {
    const known = this.points.get(party)?.at(-1)?.at ?? -Infinity;
    const first = Math.max(Math.ceil(start), end - WINDOW);
    for (let at = first; at <= end; at += 1) if (at > known) this.add(party, at, rate);
    if (label) this.labels.set(party, label);
  }

  /** `tension` in -1..1; null where it could not be measured. */
  tone(party: string, at: number, tension: number | null | undefined): void {
    if (typeof tension === "number") push(this.tensions, party, { at, value: tension });
  }

  words(party: string): string {
    return WORDS[this.labels.get(party) ?? ""] ?? "not heard yet";
  }

  /** Tenser in the last seconds up to `now` than in those before. */
  rising(party: string, now: number): boolean {
    const known = this.tensions.get(party) ?? [];
    const recent = known.filter((point) => point.at > now - RECENT && point.at <= now);
    const before = known.filter((point) => point.at <= now - RECENT);
    if (recent.length < LEAST_WINDOWS || before.length < LEAST_WINDOWS) return false;
    const level = mean(recent);
    return level >= RISE && level - mean(before) >= RISE;
  }

  /** A value a second up to `now`, oldest first. */
  series(party: string, now: number): Moment[] {
    const points = this.points.get(party) ?? [];
    const tensions = this.tensions.get(party) ?? [];
    const end = Math.ceil(now);
    const raw: Moment[] = [];
    for (let at = end - WINDOW - 1; at <= end; at += 1) {
      const tension = latest(tensions, at, TONE_STALE) ?? 0;
      raw.push({ at, rate: latest(points, at, STALE), tension });
    }
    return raw.map((here, i) => ({
      ...here,
      rate: here.rate === null ? null : smooth(raw[i - 1]?.rate, here.rate, raw[i + 1]?.rate),
      // Thickness grows and shrinks softly too.
      tension: smooth(raw[i - 1]?.tension, here.tension, raw[i + 1]?.tension),
    }));
  }
}

function push(map: Map<string, Point[]>, party: string, point: Point): void {
  const list = map.get(party) ?? [];
  if (!map.has(party)) map.set(party, list);
  list.push(point);
  while (list[0] && list[0].at < point.at - KEEP) list.shift();
}

/** The value at `at`: of the last point not after it, if that is not older than `limit`. */
function latest(points: Point[], at: number, limit: number): number | null {
  const point = points.findLast((candidate) => candidate.at <= at + 0.5);
  return point && at - point.at <= limit ? point.value : null;
}

function smooth(before: number | null | undefined, here: number, after?: number | null): number {
  return ((before ?? here) + 2 * here + (after ?? here)) / 4;
}

function mean(points: Point[]): number {
  return points.reduce((sum, { value }) => sum + value, 0) / points.length;
}
