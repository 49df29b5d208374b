// Nudges of a call, and which one is on screen: at most one, urgent ones first.

const OPEN = new Set(["open", "shown"]);
/** A breath between two nudges, so that the second is not taken for the first. */
export const BREATH_MS = 800;
/** A supervisor's message stays this long in the agent's view unless it is read. */
const MESSAGE_SECONDS = 60;

export class Nudges {
  constructor() {
    this.items = new Map();
  }

  add(event) {
    const { id } = event.data;
    const item = {
      phrases: [], severity: "info", expires: Infinity, ...event.data, at: event.at, ts: event.ts, state: "open",
    };
    if (typeof item.expires !== "number") item.expires = Infinity;
    this.items.set(id, item);
  }

  /** A message to the agent is shown as a nudge is, but answered only with "Read". */
  message(event, from) {
    const id = `message:${event.n}`;
    this.items.set(id, {
      id, message: true, audience: "agent", severity: "advice", title: `From ${from}`,
      text: "", phrases: [event.data.text], reason: "", at: event.at, state: "open",
      expires: event.at + MESSAGE_SECONDS,
    });
  }

  update({ id, state }) {
    const item = this.items.get(id);
    // Of several screens, one that only says "shown" does not reopen what another settled.
    if (item && !(state === "shown" && !OPEN.has(item.state))) item.state = state;
  }

  /** Those still to be acted on at this call second, oldest first. */
  due(clock) {
    return [...this.items.values()].filter((item) => OPEN.has(item.state) && clock < item.expires);
  }

  list() {
    return [...this.items.values()].filter((item) => !item.message);
  }
}

/** What the agent's screen holds. `choose` is called at every tick. */
export class Screen {
  constructor() {
    this.current = null;
    this.freeAt = -Infinity;
    this.replacedAt = -Infinity;
  }

  choose(nudges, clock, now) {
    const due = nudges.due(clock).filter((item) => item.audience !== "supervisor");
    const urgent = due.find((item) => item.severity === "urgent");
    const stays = due.includes(this.current);
    if (this.current && !stays) this.freeAt = now + BREATH_MS;
    let next = stays ? this.current : null;
    if (!next && now >= this.freeAt) next = due[0] ?? null;
    if (urgent && next?.severity !== "urgent") next = urgent;
    if (next && this.current && next !== this.current) this.replacedAt = now;
    this.current = next;
    return next;
  }

  /** A key pressed just as an urgent nudge took the place was meant for the one before. */
  takesKeys(now) {
    return this.current !== null && now - this.replacedAt > BREATH_MS / 2;
  }
}
