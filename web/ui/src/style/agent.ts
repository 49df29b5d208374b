import { css } from "lit";

/** What is in the agent's column, 320 to 480 px wide. */
export const agentStyle = css`
.column { container: column / size; }

.person { display: flex; min-width: 0; gap: 8px; align-items: baseline; font-size: 18px; }
#name { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
#role { flex: none; font-size: 15px; }

.pace { flex: none; position: relative; padding: 0 16px 8px; border-bottom: 1px solid var(--line); }
/* The oldest seconds fade, so that the names stay readable on them. */
.pace coach-ribbons { height: 72px; mask-image: linear-gradient(to right, transparent 32px, black 128px); }
.pace .who { position: absolute; left: 16px; font-size: 13px; max-width: 40%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding-right: 8px; }
.pace .who.agent { top: 0; color: var(--agent); }
.pace .who.customer { top: 54px; color: var(--customer); }
.pace .ask-table { position: absolute; right: 16px; top: 0; background: var(--surface); }
.pace table { width: 100%; margin-top: 8px; font-size: 13px; border-collapse: collapse; }
.pace th { text-align: left; font-weight: 400; color: var(--quiet); }
.quiet-line { padding: 8px 16px 12px; border-bottom: 1px solid var(--line); color: var(--quiet); }

.after { flex: none; display: grid; gap: 8px; padding: 16px; }

#now, #urgent { flex: none; max-height: 60cqh; overflow-y: auto; }
.nudge { position: relative; animation: come 200ms ease-out; }
#now .nudge { padding: 16px 16px 18px; border-bottom: 1px solid var(--line); }
.nudge h2 { font-size: 20px; line-height: 1.4; }
.nudge .phrase { margin-top: 8px; padding-left: 12px; border-left: 3px solid var(--agent); font-size: 18px; }
.why { display: flex; gap: 8px; margin-top: 8px; font-size: 13px; color: var(--quiet); }
.why span { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.answers { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px; }
.answers button { padding: 7px 10px; white-space: nowrap; }
.answers button:first-child { border-color: var(--agent); color: var(--agent); font-weight: 600; }
.answers button:last-child:not(:first-child) { margin-left: auto; }
.life { position: absolute; left: 0; right: 0; bottom: -1px; height: 2px; }
.bar { height: 100%; background: var(--quiet); transform-origin: left; }
.nudge.urgent { border: solid var(--red); border-width: 0 0 2px; }
.nudge.urgent > :not(.band, .life) { margin-inline: 16px; }
.nudge.urgent h2 { margin-top: 12px; }
.nudge.urgent .phrase { border-left-color: var(--red); }
.nudge.urgent .answers { margin-bottom: 16px; }
@keyframes come { from { opacity: 0; } }

.message { flex: none; display: grid; grid-template-columns: 1fr auto; gap: 0 12px; align-items: center; padding: 8px 16px; border-bottom: 1px solid var(--line); animation: come 200ms ease-out; }
.message .from { font-size: 13px; color: var(--quiet); }
.message .text { grid-column: 1; max-height: 25cqh; overflow-y: auto; }
.message button { grid-area: 1 / 2 / span 2; min-height: 32px; padding: 3px 10px; font-size: 13px; }

/* Everything below is anchored to the foot of the column: a nudge that comes takes its room
   from the emptiness above, and nothing that is being read moves. */
.rest { flex: 1 1 0; min-height: 0; overflow: hidden; display: flex; flex-direction: column; container: rest / size; }
.rest.unheard { visibility: hidden; }
.sides { flex: 0 1 auto; min-height: 0; margin-top: auto; overflow: hidden; }
.sides section { display: grid; grid-template-columns: 80px 1fr; gap: 0 8px; padding: 8px 16px; }
.sides section + section { padding-top: 0; }
/* A title goes with the last of its rows. */
:is(#remember, .checks):not(:has(li:not([hidden]))) { display: none; }
.sides h3 { padding-top: 3px; }
.sides section > :not(h3) { grid-column: 2; min-width: 0; }
.sides .case { display: flex; flex-wrap: wrap; gap: 4px 8px; margin-bottom: 4px; }
.sides .case-name { width: 100%; display: flex; align-items: center; }
.chip { font-size: 13px; padding: 2px 8px; border: 1px solid var(--line); border-radius: 8px; background: var(--ground); }
.chip.lacking { border-style: dashed; border-color: var(--quiet); background: none; color: var(--quiet); }
.check { display: flex; gap: 8px; line-height: 24px; }
.check.due { font-weight: 600; }
.check.done { color: var(--quiet); }
.check .box { flex: none; width: 13px; text-align: center; color: var(--agent); }
.check.due .box { color: var(--amber); }
.sides button { display: block; width: 100%; min-height: 24px; padding: 0; border: 0; border-radius: 4px; text-align: left; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.sides button:hover { text-decoration: underline; }
.sides button:focus-visible { outline-offset: -2px; }
.sides button .sign { margin-right: 8px; }

.transcript { flex: none; border-top: 1px solid var(--line); }
.transcript.open { flex: 1 0 60cqh; }
.folded .lines { height: 96px; overflow: hidden; mask-image: linear-gradient(transparent, black 24px); }
.open .lines { mask-image: linear-gradient(transparent, black 16px); }
@container rest (max-height: 200px) { .folded .lines { height: 56px; } }
.fold { display: flex; align-items: center; width: 100%; min-height: 32px; padding: 4px 16px; border: 0; border-radius: 0; font-size: 13px; color: var(--quiet); text-align: left; }
.fold::after { content: "▾" / ""; margin-left: 8px; order: 1; }
.folded .fold::after { content: "▸" / ""; }
.fold kbd { order: 2; margin-left: auto; }
.fold:focus-visible { outline-offset: -2px; }

footer { flex: none; padding: 8px 16px; border-top: 1px solid var(--line); }
.flag { display: flex; align-items: center; justify-content: space-between; width: 100%; border-color: var(--amber); text-align: left; }
.flag:disabled { border-color: var(--line); }
.trouble { font-size: 13px; color: var(--amber); }
`;
