/** What is worth remembering of a call: facts, promises and open questions, newest first. */

import type { SignalData } from "./wire";

/** Lines that are shown: more would be read by nobody. */
export const REMEMBERED = 5;
/** A question that nobody called unanswered by then was answered. */
const QUESTION_SECONDS = 45;

export interface Remembered {
  key: string;
  kind: "fact" | "promise" | "question";
  /** What it is, and what was said: "Lot", "B47". */
  label: string;
  text: string;
  doubtful: boolean;
  at: number;
}

const FACTS: Record<string, string> = {
  date: "Date", dose: "Dose", lot: "Lot", phone: "Phone", symptom: "Symptom",
  product: "Product", duration: "For how long",
};

export class Memory {
  private readonly items = new Map<string, Remembered>();

  /** Take in a signal; false where its kind is none to remember. */
  take({ kind, attributes = {} }: SignalData, at: number): boolean {
    const word = (name: string): string => String(attributes[name] ?? "").trim();
    switch (kind) {
      case "key_fact":
        this.fact(word("type"), word("value"), attributes.doubtful === true, at);
        return true;
      case "read_back":
        this.readBack(word("type"), word("value"), at);
        return true;
      case "promise":
        this.put("promise", "Promised", [word("what"), word("when")].filter(Boolean).join(", "), at);
        return true;
      case "question":
        this.put("question", "Asked", word("topic"), at);
        return true;
      case "unanswered_question":
        this.put("question", "Not answered yet", word("topic"), at);
        return true;
      default:
        return false;
    }
  }

  /** What to show at call second `now`. */
  list(now: number): Remembered[] {
    return [...this.items.values()]
      .filter((item) => item.label !== "Asked" || now - item.at <= QUESTION_SECONDS)
      .sort((a, b) => b.at - a.at)
      .slice(0, REMEMBERED);
  }

  private fact(type: string, value: string, doubtful: boolean, at: number): void {
    if (!value) return;
    const key = factKey(type, value);
    this.items.set(key, { key, kind: "fact", label: labelOf(type), text: value, doubtful, at });
  }

  /** The agent said it back: that fact is now sure, or replaces the newest doubtful one. */
  private readBack(type: string, value: string, at: number): void {
    const same = this.items.get(factKey(type, value));
    const doubted = same ?? [...this.items.values()].findLast(
      (item) => item.doubtful && item.label === labelOf(type),
    );
    if (doubted) this.items.delete(doubted.key);
    this.fact(type, value || doubted?.text || "", false, doubted?.at ?? at);
  }

  private put(kind: "promise" | "question", label: string, text: string, at: number): void {
    if (!text) return;
    const key = `${kind} ${text.toLowerCase()}`;
    this.items.set(key, { key, kind, label, text, doubtful: false, at });
  }
}

function factKey(type: string, value: string): string {
  return `fact ${type} ${value.toLowerCase()}`;
}

function labelOf(type: string): string {
  return FACTS[type] ?? "Said";
}
