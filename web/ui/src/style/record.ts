import { css } from "lit";

/** The record of a call. */
export const recordStyle = css`
:host { min-height: 100%; }
:host([page]) { min-height: 100dvh; }
.frame { max-width: 1040px; margin: 0 auto; padding: 24px; }
.record-head { padding-bottom: 16px; }
.record-body { display: grid; grid-template-columns: minmax(0, 384px) minmax(0, 1fr); gap: 24px; align-items: start; }
.record-body aside { display: grid; gap: 16px; }
.record-body section { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; }
.record-body .transcript { padding-inline: 0; }
.record-body .transcript h2 { padding-inline: 16px; }
.record-body h2 { font-size: 15px; padding-bottom: 4px; }
.record-body .notice .quote { white-space: normal; }
.record-body li.plain { padding: 4px 0; }
.waiting-line { padding-inline: 0; }
@media (max-width: 800px) {
  .frame { padding: 16px; }
  .record-body { grid-template-columns: minmax(0, 1fr); }
}
`;
