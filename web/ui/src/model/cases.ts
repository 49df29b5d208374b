/** Safety cases of a call: which of their elements were told, and which are missing. */

import type { CaseData } from "./wire";

export interface Chip {
  name: string;
  told: boolean;
  /** What was said, where something was. */
  text: string;
}

export interface Case {
  id: string;
  kind: string;
  chips: Chip[];
  missing: number;
}

/** The four of a valid report first, in the order in which people tell them. */
const ORDER = ["product", "event", "patient", "reporter"];
const CLOSED = new Set(["dismissed", "merged"]);

export class Cases {
  private readonly known = new Map<string, CaseData>();

  take(data: CaseData): void {
    this.known.set(data.id, { ...this.known.get(data.id), ...data });
  }

  has(kind: string): boolean {
    return this.list().some((known) => known.kind === kind);
  }

  list(): Case[] {
    return [...this.known.values()]
      .filter((data) => !CLOSED.has(data.state ?? ""))
      .map((data) => {
        const chips = chipsOf(data);
        return { id: data.id, kind: data.kind, chips, missing: chips.filter((c) => !c.told).length };
      });
  }
}

function chipsOf({ elements = {}, missing = [] }: CaseData): Chip[] {
  const lacking = new Set(missing);
  const names = [...new Set([...ORDER.filter((name) => name in elements || lacking.has(name)),
    ...Object.keys(elements), ...missing])];
  const chips = names.map((name) => {
    const element = elements[name];
    const told = element !== undefined && element.state !== "not_asked" && !lacking.has(name);
    return { name: name.replaceAll("_", " "), told, text: element?.text ?? "" };
  });
  return [...chips.filter((chip) => chip.told), ...chips.filter((chip) => !chip.told)];
}
