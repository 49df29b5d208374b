/** What people say about a call while it goes on: messages, notes, and who is on it. */

import type { CallEvent, Sender, Spoken } from "./wire";

/** A message leaves by itself after this, unless it was put away before. */
const MESSAGE_SECONDS = 180;

/** A supervisor takes a call, or gives it back, by a note with these very words. */
export const TAKE = "On this call.";
export const GIVE_BACK = "No longer on this call.";

export interface Remark {
  id: string;
  from: string;
  by: string;
  text: string;
  at: number;
}

export class Desk {
  readonly messages: Remark[] = [];
  readonly notes: Remark[] = [];
  /** Who took the call; "" while nobody has. */
  takenBy = "";
  private readonly away = new Set<string>();

  message(event: CallEvent<Spoken>): void {
    this.messages.push(remarkOf(event));
  }

  note(event: CallEvent<Spoken>): void {
    const note = remarkOf(event);
    if (note.text === TAKE) this.takenBy = note.by || "Someone";
    else if (note.text === GIVE_BACK) this.takenBy = "";
    else this.notes.push(note);
  }

  /** Messages to the agent that are neither put away nor old at call second `now`. */
  unread(now: number): Remark[] {
    return this.messages.filter((message) => message.from !== "agent"
      && !this.away.has(message.id) && now - message.at <= MESSAGE_SECONDS);
  }

  putAway(id: string): void {
    this.away.add(id);
  }
}

function remarkOf({ n, at, data }: CallEvent<Spoken>): Remark {
  return { id: `n${n ?? at}`, from: roleOf(data.from), by: data.by ?? "", text: data.text, at };
}

export function roleOf(from: Sender | undefined): string {
  return (typeof from === "object" ? from.role : from) ?? "supervisor";
}
