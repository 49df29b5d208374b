/** The state of a softphone in a word, and the look of its dot. */

import { callState } from "./call";
import type { Call, Link, Look } from "./call";

/** Whose voice. */
export type Side = "agent" | "customer";
/** "refused": the server said no, which trying again will not change. */
export type Sending = "connecting" | "sending" | "offline" | "refused" | "closed";

interface Voice {
  whip: { state: Sending } | null;
}

/** A voice that does not get through matters more than what becomes of those that do. */
export function phoneState(call: Call | null, link: Link, ...voices: (Voice | null)[]): { look: Look; word: string } {
  const states = voices.flatMap((voice) => voice?.whip ? [voice.whip.state] : []);
  if (call?.ended) return { look: "over", word: "call over" };
  if (states.includes("offline")) return { look: "off", word: "reconnecting" };
  if (states.includes("connecting")) return { look: "waiting", word: "connecting" };
  if (states.length === 0 && !call?.heard) return { look: "waiting", word: "not calling" };
  return call ? callState(call, link, true) : { look: "waiting", word: "connecting" };
}
