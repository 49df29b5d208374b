/** Who is who on a call, in words. */

import type { Context, Role } from "./wire";

const CUSTOMER_ROLES: Record<string, string> = {
  patient: "Patient", caregiver: "Caregiver", hcp: "Health professional",
};
/** A name longer than this is called by its first word where there is little room. */
const LONG_NAME = 16;

export function customerRole(context: Context): string {
  return CUSTOMER_ROLES[context.customer?.role ?? ""] ?? "";
}

/** The customer's name, else their role, else "Customer". */
export function customerName(context: Context): string {
  return context.customer?.name?.trim() || customerRole(context) || "Customer";
}

export function agentName(context: Context): string {
  return context.agent?.name?.trim() || context.agent?.id?.trim() || "Agent";
}

/** Who a party is, to a reader who is the agent (`self`) or somebody else. */
export function partyName(role: Role, context: Context, self: boolean): string {
  switch (role) {
    case "agent": return self ? "You" : agentName(context);
    case "customer": return customerName(context);
    case "interpreter": return "Interpreter";
    case "other": return "Third person";
    case "unknown": return "Caller";
  }
}

export function shortName(name: string): string {
  return name.length > LONG_NAME ? name.split(/\s/)[0] ?? name : name;
}

/** Call seconds as mm:ss, from an hour on as h:mm:ss. */
export function time(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return "";
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** The words to say, in quotation marks, whether or not they came in some. */
export function quoted(text: string): string {
  return `“${text.replace(/^["“”']+|["“”']+$/g, "")}”`;
}
