import { css } from "lit";

/** One call opened from the board: the agent's view, the transcript, what to say and to note. */
export const panelStyle = css`
:host { position: fixed; inset: 0 0 0 auto; z-index: 1; width: min(1200px, 100%); background: var(--surface); border-left: 1px solid var(--line); box-shadow: var(--shadow); }
#panel { display: flex; flex-direction: column; height: 100%; }
#panel:focus { outline: none; }
.panel-head { display: flex; align-items: center; gap: 0 16px; padding: 12px 24px; border-bottom: 1px solid var(--line); }
.panel-head h2 { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.panel-head time { font-size: 18px; }
.panel-head .buttons { display: flex; gap: 8px; margin-left: auto; }
.panel-body { flex: 1; min-height: 0; display: grid; grid-template: minmax(0, 1fr) / 360px minmax(0, 1fr) 304px; }
.panel-body > * { min-height: 0; border-right: 1px solid var(--line); }
.panel-body > :last-child { border: 0; }
.panel-body .transcript h3 { padding: 12px 16px 0; }
.desk { display: flex; flex-direction: column; gap: 16px; overflow-y: auto; padding: 12px 16px; }
.desk form { display: grid; gap: 8px; }
.desk form button { justify-self: end; }
.desk textarea { width: 100%; min-height: 72px; resize: vertical; }
.desk label { font-size: 13px; color: var(--quiet); }
.desk form p { font-size: 13px; min-height: 18px; }
.desk .row { display: flex; align-items: center; justify-content: space-between; gap: 8px; }
.desk .noted { padding: 4px 0; border-bottom: 1px solid var(--line); }
.desk .noted small { font-size: 13px; color: var(--quiet); }

@media (max-width: 1000px) {
  .panel-head { display: grid; grid-template-columns: 1fr auto; padding-inline: 16px; gap: 8px 16px; }
  .panel-head .buttons { grid-column: 1 / -1; margin-left: 0; }
  .panel-body { display: flex; flex-direction: column; overflow-y: auto; }
  .panel-body > * { flex: none; }
  .panel-body > * { border-right: 0; border-bottom: 1px solid var(--line); }
  .desk { order: -1; overflow: visible; }
  .panel-body .transcript { height: 400px; }
  agent-coach { height: 640px; }
}
`;
