// Pins the pages' packages anew, without addresses of any machine in the lock: npm leaves out
// where it found them (omit-lockfile-registry-resolved), this leaves out who takes donations.
import { readFileSync, writeFileSync } from "node:fs";

const FILE = new URL("package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(FILE, "utf8"));
for (const entry of Object.values(lock.packages)) {
  delete entry.funding;
  delete entry.resolved;
}
const text = `${JSON.stringify(lock, null, 2)}\n`;
if (text.includes("://")) throw new Error("package-lock.json still names an address");
writeFileSync(FILE, text);
