/** The part of what somebody said that matters, short enough for one line. */

import type { Evidence, Span } from "./wire";

/** A line of small print; a narrower column cuts it further. */
const LINE = 64;
/** What stands before the words that matter, so that they can be understood. */
const BEFORE = 20;
const MORE = "…";

/** The span that matters most: what happened, rather than to which product. */
function heart(spans: Span[]): string {
  return (spans.find(({ label }) => label === "event") ?? spans[0])?.text ?? "";
}

/** The words around what matters, cut between words; the whole text where that is short. */
export function excerpt({ text = "", spans = [] }: Evidence, longest = LINE): string {
  if (text.length <= longest) return text;
  const place = Math.max(0, text.indexOf(heart(spans)));
  // Never so far on that room is left at the end.
  const from = Math.min(place - BEFORE, text.length - longest);
  const start = from <= 0 ? 0 : text.lastIndexOf(" ", from) + 1;
  const limit = start + longest;
  if (limit >= text.length) return MORE + text.slice(start);
  const gap = text.lastIndexOf(" ", limit);
  return (start > 0 ? MORE : "") + text.slice(start, gap > start ? gap : limit) + MORE;
}
