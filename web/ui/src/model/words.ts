/** Every word the pages say about what happened in a call, in one place, plain and kind. */

import { roleOf } from "./desk";
import { time } from "./names";
import type { CallEvent, NudgeState, Sender, Spoken, Wire } from "./wire";

const KINDS: Record<string, string> = {
  adverse_event: "Possible adverse event",
  special_situation: "Possible special situation",
  product_complaint: "Possible product complaint",
  self_harm: "Possible thought of self-harm",
  emergency: "Possible emergency",
  tampering: "Possible tampering",
  falsified_product: "Possible falsified product",
  threat: "Possible threat",
  abuse: "Abusive words",
  legal: "A lawyer or journalist was mentioned",
  press_or_lawyer: "A lawyer or journalist was mentioned",
  empathy_opportunity: "Something hard was said",
  distress: "Distress was heard",
  acknowledgement: "Feelings were acknowledged",
  check_understanding: "Understanding was checked",
  unkind_phrase: "There is a kinder way to say it",
  boundary: "Close to what may not be said",
  hearing_trouble: "Trouble hearing",
  language_request: "Another language was asked for",
  third_party: "A third person takes part",
  jargon: "A word that may need explaining",
};

export const URGENT_KINDS: ReadonlySet<string> = new Set([
  "self_harm", "emergency", "tampering", "falsified_product", "threat", "abuse", "legal",
  "press_or_lawyer",
]);
export const SAFETY_KINDS: ReadonlySet<string> = new Set([
  ...URGENT_KINDS, "adverse_event", "special_situation", "product_complaint",
]);
/** Steps of any call: rules read them, nobody needs a list of them. */
export const QUIET_KINDS: ReadonlySet<string> = new Set([
  "statement", "hold", "closing", "announcement",
]);

const CASES: Record<string, string> = {
  adverse_event: "Adverse event", product_complaint: "Product complaint",
  special_situation: "Special situation",
};

const ATTRIBUTES: Record<string, string> = {
  serious: "may be serious",
  hypothetical: "asked as a question",
  other_person: "about someone else",
  history: "from earlier",
  negated: "said not to have happened",
  indication: "may be why they take it",
};

const NUDGE_STATES: Record<NudgeState | "open", string> = {
  open: "Sent", shown: "On screen", done: "Used", dismissed: "Put off",
  expired: "Moment passed", useful: "Useful", not_useful: "Not useful",
};

/** A signal's kind as a person would say it; unknown kinds lose their underscores. */
export function kindWords(kind: string): string {
  return KINDS[kind] ?? plain(kind);
}

export function caseWords(kind: string): string {
  return CASES[kind] ?? plain(kind);
}

function plain(kind: string): string {
  const words = (kind || "something").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What is known about a signal beyond its kind: "asked as a question", or "". */
export function attributeWords(attributes: Record<string, unknown>): string {
  return Object.entries(ATTRIBUTES).filter(([name]) => attributes[name] === true)
    .map(([, words]) => words).join(", ");
}

export function nudgeStateWords(state: NudgeState | "open"): string {
  return NUDGE_STATES[state];
}

function line(name: string): string {
  return name === "You" ? "Your line" : `${name}’s line`;
}

/** Where in the sentence it is said: "on your line", or "" where it is of everybody. */
function onLine(name: string): string {
  return name ? ` on ${line(name).replace(/^Your/, "your")}` : "";
}

const LANGUAGES = new Intl.DisplayNames(["en"], { type: "language" });

/** "Spanish" for "es"; what is no code stays as it is. */
export function languageWords(code: string): string {
  try {
    return LANGUAGES.of(code) ?? code;
  } catch {
    return code;
  }
}

type Worded = (name: string, reason: string) => string;

const QUALITY: Record<string, Worded> = {
  one_way_audio: (name) => `${line(name || "A")} is silent`,
  channels_swapped: () => "The two lines seem to be swapped",
  low_level: (name) => `${line(name || "A")} is very quiet`,
  no_speech: () => "Nobody has spoken for a while",
  language_unsupported: (_, language) =>
    `${language ? languageWords(language) : "This language"} is not supported`,
  safety_detection_off: (name) => `Safety detection off${onLine(name)}`,
  safety_detection_on: (name) => `Safety detection on again${onLine(name)}`,
};

/** One side is not heard: said in the transcript, and as the state of the call. */
export function silentWords(name: string): string {
  return `${line(name)} is silent`;
}

export const SAFETY_OFF: ReadonlySet<string> = new Set([
  "language_unsupported", "safety_detection_off",
]);

/** Which qualities an event names: under one of these keys, or as flags of their own. */
export function qualities(data: Record<string, unknown>): string[] {
  const named = [data.kind, data.quality, data.issue, data.reason]
    .find((kind): kind is string => typeof kind === "string" && kind in QUALITY);
  return named ? [named] : Object.keys(QUALITY).filter((key) => data[key] === true);
}

/** Seconds behind of a delay event. */
export function secondsBehind(data: Wire["delay"]): number {
  return Number(data.seconds ?? data.seconds_behind ?? 0);
}

/** A quiet line for the transcript, or "" where the event has nothing to say. */
export function remark(event: CallEvent, name: (party: string) => string): string {
  const { type, at, data } = event;
  const who = typeof data.party === "string" ? name(data.party) : "";
  switch (type) {
    case "gap": return gapWords(data as Wire["gap"], who);
    case "delay": {
      const seconds = Math.round(secondsBehind(data as Wire["delay"]));
      return seconds >= 1 ? `Transcript ${seconds} s behind` : "Transcript up to date again";
    }
    case "quality": return qualities(data)
      .map((key) => QUALITY[key]?.(who, String(data.reason ?? ""))).join(". ");
    case "language.changed":
      return `${languageWords(String(data.to))}${onLine(who)} from here on`;
    // Everybody's arrival at the start of the call is no news.
    case "party.joined": return at > 1 ? `${who} joined` : "";
    case "party.left": return `${who} left`;
    case "participant.changed": return `${who} took over`;
    case "call.paused": return "Paused";
    case "call.resumed": return "Listening again";
    case "call.ended": return "Call over";
    case "flag": return flagWords(data as Wire["flag"], at);
    case "message": return `Message from ${senderWords((data as unknown as Spoken).from)}: ${String(data.text)}`;
    default: return "";
  }
}

function flagWords(data: Wire["flag"], at: number): string {
  return data.kind === "adverse_event" ? `Adverse event noted by a person at ${time(data.at ?? at)}`
    : `${kindWords(data.kind)}, noted by a person`;
}

function gapWords(data: Wire["gap"], who: string): string {
  const seconds = Number(data.seconds ?? 0);
  if (data.reason === "paused") {
    return seconds ? `Paused for ${Math.round(seconds)} s` : "Paused";
  }
  return `${seconds.toFixed(1)} s of sound lost${onLine(who)}`;
}

export function senderWords(from: Sender | undefined): string {
  const role = roleOf(from);
  return role === "supervisor" || role === "agent" ? `the ${role}` : role;
}
