/** Defines the components for any page that loads this script; see docs/architecture.md. */

import { AgentCoach } from "./agent-coach";
import { CallPanel } from "./call-panel";
import { CallRecord } from "./call-record";
import { SoftPhone } from "./soft-phone";
import { SupervisorBoard } from "./supervisor-board";
import { define } from "./view/define";

define("agent-coach", AgentCoach);
define("supervisor-board", SupervisorBoard);
define("call-record", CallRecord);
define("call-panel", CallPanel);
define("soft-phone", SoftPhone);

declare global {
  interface HTMLElementTagNameMap {
    "agent-coach": AgentCoach;
    "supervisor-board": SupervisorBoard;
    "call-record": CallRecord;
    "call-panel": CallPanel;
    "soft-phone": SoftPhone;
  }
}
