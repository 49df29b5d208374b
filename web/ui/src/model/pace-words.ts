/** What the ribbons show, in words and as a table, for those who do not see them. No numbers. */

import type { Call } from "./call";
import { WINDOW } from "./pace";

/** Syllables a second, averaged over a row's seconds, that divide the words. */
const SILENT = 0.6;
const SLOW = 2.5;
const FAST = 5.5;
const TENSE = 0.25;
const ROW_SECONDS = 10;

export interface PaceRow {
  when: string;
  agent: string;
  customer: string;
}

/** The picture in a sentence. */
export function paceWords(call: Call, self: boolean): string {
  const say = (role: "agent" | "customer"): string => {
    const party = call.partyOf(role);
    const tense = call.pace.rising(party, call.at) ? ", more tense than before" : "";
    return `${call.nameOf(party, self)}: ${call.pace.words(party)}${tense}`;
  };
  return `Pace of the last minute. ${say("agent")}. ${say("customer")}.`;
}

/** The last minute in rows of ten seconds, newest first. */
export function paceTable(call: Call, clock: number): PaceRow[] {
  const rows: PaceRow[] = [];
  for (let ago = 0; ago < WINDOW; ago += ROW_SECONDS) {
    const stretch = (role: "agent" | "customer"): string => {
      const moments = call.pace.series(call.partyOf(role), clock)
        .filter(({ at }) => at <= clock - ago && at > clock - ago - ROW_SECONDS);
      const rates = moments.map(({ rate }) => rate).filter((rate) => rate !== null);
      return words(rates, moments.map(({ tension }) => tension));
    };
    const when = ago === 0 ? "Now" : `${ago} seconds ago`;
    rows.push({ when, agent: stretch("agent"), customer: stretch("customer") });
  }
  return rows;
}

function words(rates: number[], tensions: number[]): string {
  if (rates.length === 0) return "not heard";
  const rate = rates.reduce((sum, value) => sum + value, 0) / rates.length;
  if (rate < SILENT) return "silent";
  const pace = rate < SLOW ? "slow" : rate > FAST ? "fast" : "steady";
  return Math.max(...tensions) >= TENSE ? `${pace}, tense` : pace;
}
