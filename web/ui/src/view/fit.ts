/** Makes the sides fit where a long nudge leaves little room: whole rows go, never halves. */

/** What goes first: the least pressing, and of it the oldest. */
const ORDER = [
  "#remember li", "#remember", ".check.done", ".check.open", ".chip.told", ".check.due", ".checks",
  "#safety",
];

/** Hide rows of `sides` until the rest is seen whole; what has room after all comes back. */
export function fit(sides: HTMLElement | null): void {
  if (!sides) return;
  const fits = (): boolean => sides.scrollHeight <= sides.clientHeight;
  const rows = ORDER.flatMap((selector) => [...sides.querySelectorAll<HTMLElement>(selector)].reverse());
  for (const row of rows) row.hidden = false;
  const gone: HTMLElement[] = [];
  for (const row of rows) {
    if (fits()) break;
    row.hidden = true;
    gone.unshift(row);
  }
  // The last to go is what made room: those before it may have gone in vain.
  for (const row of gone.slice(1)) {
    row.hidden = false;
    row.hidden = !fits();
  }
}
