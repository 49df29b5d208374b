import { css } from "lit";

/** The supervisor's board: cards, table and wall. */
export const boardStyle = css`
:host { min-height: 100%; padding: 16px 24px; }
:host([page]) { min-height: 100dvh; }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; min-height: 40px; margin-bottom: 16px; }
.top .tools { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-left: auto; }
.views { display: flex; }
.views button { min-height: 32px; padding: 3px 12px; font-size: 13px; border-radius: 0; margin-left: -1px; }
.views button:first-child { border-radius: 8px 0 0 8px; }
.views button:last-child { border-radius: 0 8px 8px 0; }
.views button[aria-pressed="true"] { background: var(--surface); font-weight: 600; border-color: var(--quiet); position: relative; }
.tools select { min-height: 32px; padding: 3px 8px; font-size: 13px; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 264px), 1fr)); gap: 16px; }
.card { position: relative; display: flex; flex-direction: column; min-height: 184px; overflow: hidden; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
.card:hover, .card.open { border-color: var(--quiet); }
.card.urgent { border-color: var(--red); }
.card header { display: flex; align-items: baseline; justify-content: space-between; gap: 16px; padding: 12px 16px 0; color: var(--quiet); }
.card .name, .calls .name { min-width: 0; min-height: 0; padding: 0; border: 0; color: var(--ink); font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: left; }
.card .name::after { content: ""; position: absolute; inset: 0; border-radius: 8px; }
.card .name:focus-visible { outline: none; }
.card:has(.name:focus-visible) { outline: 2px solid var(--agent); outline-offset: 2px; }
.card .reason { display: flex; align-items: baseline; padding: 4px 16px 0; font-size: 20px; font-weight: 600; }
.card coach-ribbons { height: 40px; margin: 12px 16px 8px; }
.last { overflow: hidden; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; }
.card .last { flex: 1; margin: 0 16px 12px; max-height: 63px; }
.last b { font-weight: 400; color: var(--quiet); }
.last.agent b { color: var(--agent); }
.last.customer b { color: var(--customer); }
.last.partial span { color: var(--quiet); }
.card .state { padding: 0 16px 12px; }
.taken { font-size: 13px; color: var(--quiet); padding: 0 16px 12px; }
.taken::before { content: "✓ " / ""; }

/* Wider than a telephone: it is scrolled there, rather than broken into letters. */
.calls { width: 100%; min-width: 720px; overflow-wrap: normal; border-collapse: collapse; background: var(--surface); }
.calls th { text-align: left; font-weight: 400; font-size: 13px; color: var(--quiet); }
.calls th, .calls td { padding: 8px 16px; border-bottom: 1px solid var(--line); vertical-align: baseline; }
.calls .sign { vertical-align: -1px; }
.calls .reason { font-weight: 600; }
.calls .last { -webkit-line-clamp: 1; }
.table-frame { overflow-x: auto; }

/* From four metres: sixteen cards, a few large words, nothing personal. */
:host([view="wall"]) .cards { grid-template-columns: repeat(4, minmax(0, 1fr)); grid-auto-rows: calc((100dvh - 152px) / 4); }
:host([view="wall"]) .card { min-height: 0; }
:host([view="wall"]) .card .reason { font-size: clamp(18px, 1.9vw, 40px); line-height: 1.2; }
:host([view="wall"]) .card .name { font-size: clamp(15px, 1.3vw, 28px); }
:host([view="wall"]) .card coach-ribbons { flex: 1; min-height: 24px; }
@media (max-width: 720px) { :host([view="wall"]) .cards { grid-template-columns: repeat(2, minmax(0, 1fr)); grid-auto-rows: 144px; } }

.recent { padding-top: 32px; }
.recent h2 { font-size: 13px; font-weight: 400; color: var(--quiet); }
.recent li { padding-top: 4px; }
:host .mode { padding-top: 32px; }
:host .waiting-line { padding: 64px 0; text-align: center; font-size: 18px; }
@media (max-width: 720px) { :host { padding: 16px; } .top .tools { margin-left: 0; } }
`;
