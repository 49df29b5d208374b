import { css } from "lit";

/** A page of one column, full height, never scrolled as a whole: the agent's, and the softphone. */
export const columnStyle = css`
:host { height: 100%; }
:host([page]) { height: 100dvh; overflow: hidden; }
.column {
  position: relative;
  display: flex;
  flex-direction: column;
  width: 100%;
  max-width: 480px;
  height: 100%;
  margin: 0 auto;
  background: var(--surface);
}
@media (min-width: 481px) { :host([page]) .column { border: solid var(--line); border-width: 0 1px; } }

.head { flex: none; display: grid; grid-template-columns: 1fr auto; gap: 0 16px; padding: 12px 16px 8px; }
.head .state { grid-column: 1 / -1; }
#clock { font-size: 18px; }
`;
