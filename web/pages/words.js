// Every word the pages say about a call, in one place, plain and kind.

const KINDS = {
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
  empathy_opportunity: "Something hard was said",
  acknowledgement: "Feelings were acknowledged",
  jargon: "A word that may need explaining",
};

export const URGENT_KINDS = new Set([
  "self_harm", "emergency", "tampering", "falsified_product", "threat", "abuse", "legal",
]);
export const SAFETY_KINDS = new Set([
  ...URGENT_KINDS, "adverse_event", "special_situation", "product_complaint",
]);

const ATTRIBUTES = {
  serious: "may be serious",
  hypothetical: "asked as a question",
  other_person: "about someone else",
  history: "from earlier",
  negated: "said not to have happened",
  indication: "may be why they take it",
};

const CUSTOMER_ROLES = { patient: "Patient", caregiver: "Caregiver", hcp: "Health professional" };

const NUDGE_STATES = {
  open: "Waiting its turn", shown: "On screen", done: "Used", dismissed: "Put off",
  expired: "Moment passed", useful: "Useful", not_useful: "Not useful",
};

/** A signal's kind as a person would say it; unknown kinds lose their underscores. */
export function kindWords(kind) {
  if (Object.hasOwn(KINDS, kind)) return KINDS[kind];
  const plain = String(kind ?? "something").replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** What is known about a signal beyond its kind: "asked as a question", or "". */
export function attributeWords(attributes) {
  return Object.keys(ATTRIBUTES).filter((name) => attributes?.[name] === true)
    .map((name) => ATTRIBUTES[name]).join(", ");
}

export function nudgeStateWords(state) {
  return NUDGE_STATES[state] ?? kindWords(state);
}

/** Call seconds as mm:ss, from an hour on as h:mm:ss. */
export function time(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

export function customerRole(context) {
  return CUSTOMER_ROLES[context?.customer?.role] ?? "";
}

/** The customer's name, else their role, else "Customer". */
export function customerName(context) {
  return context?.customer?.name?.trim() || customerRole(context) || "Customer";
}

export function agentName(context) {
  return context?.agent?.name?.trim() || context?.agent?.id?.trim() || "Agent";
}

/** Who a party is, to a reader who is the agent (`self`) or somebody else. */
export function partyName(party, context, { self = false } = {}) {
  switch (party.role) {
    case "agent": return self ? "You" : agentName(context);
    case "customer": return customerName(context);
    case "interpreter": return "Interpreter";
    case "other": return "Third person";
    default: return "Caller";
  }
}

/** A long name by its first word, where there is little room. */
export function shortName(name) {
  return name.length > 16 ? name.split(/\s/)[0] : name;
}

function line(name) {
  return name === "You" ? "Your line" : `${name}’s line`;
}

const QUALITY = {
  one_way_audio: (name) => `${line(name)} is silent`,
  channels_swapped: () => "The two lines seem to be swapped",
  low_level: (name) => `${line(name)} is very quiet`,
  no_speech: () => "Nobody has spoken for a while",
  language_unsupported: () => "This language is not supported: safety detection off",
  safety_detection_off: () => "Safety detection off",
};

/** One side is not heard: said in the transcript, and as the state of the call. */
export function silentWords(name) {
  return QUALITY.one_way_audio(name);
}

export const SAFETY_OFF = new Set(["language_unsupported", "safety_detection_off"]);

/** Which qualities an event names: under one of these keys, or as flags of their own. */
export function qualities(data) {
  const named = [data.kind, data.quality, data.issue, data.reason].filter((k) => k in QUALITY);
  return named.length ? [named[0]] : Object.keys(QUALITY).filter((key) => data[key] === true);
}

/** Seconds behind of a delay event. */
export function secondsBehind(data) {
  return Number(data.seconds ?? data.seconds_behind ?? data.behind ?? 0);
}

/** A quiet line for the transcript, or "" where the event has nothing to say. */
export function remark(event, name) {
  const { type, data } = event;
  const who = data.party === undefined ? "" : name(data.party);
  switch (type) {
    case "gap": return gapWords(data, who);
    case "delay": {
      const seconds = Math.round(secondsBehind(data));
      return seconds >= 1 ? `Transcript ${seconds} s behind` : "Transcript up to date again";
    }
    case "quality": return qualities(data).map((key) => QUALITY[key](who || "A")).join(". ");
    // Everybody's arrival at the start of the call is no news.
    case "party.joined": return event.at > 1 ? `${who} joined` : "";
    case "party.left": return `${who} left`;
    case "call.paused": return "Paused";
    case "call.resumed": return "Listening again";
    case "call.ended": return "Call over";
    case "flag": return data.kind === "adverse_event"
      ? `Adverse event noted by a person at ${time(data.at ?? event.at)}`
      : `${kindWords(data.kind)}, noted by a person`;
    case "message": return `Message from ${senderWords(data.from)}: ${data.text}`;
    default: return "";
  }
}

function gapWords(data, who) {
  const seconds = Number(data.seconds ?? 0);
  if (data.reason === "paused") {
    return seconds ? `Paused for ${Math.round(seconds)} s` : "Paused";
  }
  const where = who ? ` on ${line(who).replace(/^Your/, "your")}` : "";
  return `${seconds.toFixed(1)} s of sound lost${where}`;
}

export function senderWords(from) {
  const role = typeof from === "object" ? from?.role : from;
  return !role || role === "supervisor" ? "the supervisor" : String(role);
}
