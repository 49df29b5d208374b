import { css } from "lit";

/** The transcript, and what was noticed, wherever they are shown. */
export const transcriptStyle = css`
.transcript { position: relative; display: flex; flex-direction: column; min-height: 0; }
.lines { flex: 1 1 auto; min-height: 0; overflow-y: auto; padding: 0 16px 8px; }
.lines:focus-visible { outline-offset: -2px; }
/* A line has its width from the start: words that are added never move those before them. */
.said { margin: 12px max(40px, 12.5%) 0 0; padding-left: 12px; border-left: 3px solid var(--line); }
.said.said.goes-on { margin-top: 4px; }
.said.goes-on .who { display: none; }
.said.agent { margin: 12px 0 0 max(40px, 12.5%); border-color: var(--agent); }
.said.customer { border-color: var(--customer); }
.said .who { display: flex; gap: 8px; font-size: 13px; }
.said .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.said.agent .name { color: var(--agent); }
.said.customer .name { color: var(--customer); }
.said time { color: var(--quiet); }
.said.partial .words { color: var(--quiet); }
.said mark { background: none; color: inherit; text-decoration: underline 2px var(--amber-fill); text-underline-offset: 4px; }
.said mark.sought { background: color-mix(in srgb, var(--amber-fill) 40%, transparent); text-decoration: none; }
.said .marks { font-size: 13px; color: var(--amber); }
.said .marks::before { content: "◆ " / ""; }
.said.found { animation: found 2s ease-out; }
@keyframes found { from { background: color-mix(in srgb, var(--amber-fill) 40%, transparent); } }
.note { padding: 12px 0 0; font-size: 13px; color: var(--quiet); text-align: center; }
.newest { position: absolute; right: 16px; bottom: 8px; min-height: 32px; padding: 3px 12px; background: var(--surface); font-size: 13px; }
.search { display: flex; gap: 8px; align-items: center; padding: 4px 16px; }
.search input { flex: 1; min-width: 0; min-height: 32px; padding: 3px 8px; }
.search span { font-size: 13px; color: var(--quiet); }

.noticed { margin: 0 -8px; }
.notice {
  display: grid;
  grid-template-columns: auto 1fr auto;
  align-items: center;
  width: 100%;
  min-height: 40px;
  padding: 4px 8px;
  border: 0;
  text-align: left;
  line-height: 1.3;
}
.notice:hover { background: var(--ground); }
.notice small { font-size: 13px; color: var(--quiet); }
.notice time { font-size: 13px; color: var(--quiet); }
.notice .quote { grid-column: 2; font-size: 13px; color: var(--quiet); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

.nudge-row { padding: 8px 0; border-bottom: 1px solid var(--line); }
.nudge-row:last-child { border: 0; }
.nudge-row .title { display: flex; align-items: center; font-weight: 600; }
.nudge-row .state { display: block; }
`;
