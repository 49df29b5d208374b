/**
 * What screen readers say unasked. Live regions inside shadow roots are not heard everywhere, so
 * there is one pair in the page's own body, shared by all components.
 */

type Urgency = "polite" | "assertive";

const regions = new Map<Urgency, HTMLElement>();
/** Kept out of sight, not out of the accessibility tree. Set by script: a page's policy may
 * forbid inline styles. */
const UNSEEN = "position:fixed;top:0;left:0;width:1px;height:1px;overflow:hidden;"
  + "clip-path:inset(50%);white-space:nowrap";

/** Make the regions; done before there is something to say, since new ones are not heard. */
export function prepareToAnnounce(): void {
  for (const urgency of ["polite", "assertive"] as const) region(urgency);
}

/** Say `text` once. "" makes the region ready to say the same again. */
export function announce(text: string, urgency: Urgency): void {
  const node = region(urgency);
  if (node.textContent !== text) node.textContent = text;
}

function region(urgency: Urgency): HTMLElement {
  const known = regions.get(urgency);
  if (known?.isConnected) return known;
  const node = document.createElement("div");
  node.setAttribute("aria-live", urgency);
  node.dataset.coachLive = urgency;
  node.style.cssText = UNSEEN;
  document.body.append(node);
  regions.set(urgency, node);
  return node;
}
