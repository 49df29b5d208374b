// How fast each party speaks, and how tense they are: the last minute, a value a second.

export const WINDOW = 60;
/** Points older than this are of no picture any more. */
const KEEP = WINDOW + 10;
/** Longer than this without a point: nothing is known, and nothing is drawn as if it were. */
const STALE = 4;

const WORDS = { too_fast: "fast", steady: "steady", slow: "slow" };

export class Pace {
  constructor() {
    this.points = new Map();
    this.tensions = new Map();
    this.labels = new Map();
  }

  /** `rate` in syllables a second at call second `at`. */
  add(party, at, rate, label) {
    push(this.points, party, { at, value: Number(rate) || 0 });
    if (label) this.labels.set(party, label);
  }

  /** A measured stretch, for those who came later than the seconds it is made of. */
  fill(party, [start, end], rate, label) {
    const known = this.points.get(party)?.at(-1)?.at ?? -Infinity;
    const first = Math.max(Math.ceil(start), end - WINDOW);
    for (let at = first; at <= end; at += 1) if (at > known) this.add(party, at, rate, label);
  }

  /** `tension` in -1..1; null where it could not be measured. */
  tone(party, at, tension) {
    if (typeof tension === "number") push(this.tensions, party, { at, value: tension });
  }

  words(party) {
    return WORDS[this.labels.get(party)] ?? "not heard yet";
  }

  /** [{at, rate, tension}] a second apart up to `now`, oldest first; rate null where unknown. */
  series(party, now) {
    const points = this.points.get(party) ?? [];
    const tensions = this.tensions.get(party) ?? [];
    const end = Math.ceil(now);
    const raw = [];
    for (let at = end - WINDOW - 1; at <= end; at += 1) {
      raw.push({ at, rate: latest(points, at, STALE), tension: latest(tensions, at, 8) ?? 0 });
    }
    return raw.map((here, i) => (here.rate === null ? here
      : { ...here, rate: smooth(raw[i - 1]?.rate, here.rate, raw[i + 1]?.rate) }));
  }
}

function push(map, party, point) {
  const list = map.get(party) ?? [];
  if (!map.has(party)) map.set(party, list);
  list.push(point);
  while (list.length && list[0].at < point.at - KEEP) list.shift();
}

/** The value at `at`: of the last point not after it, if that is not older than `limit`. */
function latest(points, at, limit) {
  const point = points.findLast((candidate) => candidate.at <= at + 0.5);
  return point && at - point.at <= limit ? point.value : null;
}

function smooth(before, here, after) {
  return ((before ?? here) + 2 * here + (after ?? here)) / 4;
}
