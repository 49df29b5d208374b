import { css } from "lit";

/** What is in the softphone: plain controls. */
export const phoneStyle = css`
.head { border-bottom: 1px solid var(--line); }
.head h1 { font-size: 18px; }
h2 { font-size: 15px; }

.side { flex: none; display: grid; gap: 8px; padding: 16px; border-bottom: 1px solid var(--line); }
.side h2 { display: flex; align-items: center; gap: 8px; }
.side h2 label { font-weight: 400; }
.side select { min-height: 32px; padding: 3px 8px; }
.side.agent { --own: var(--agent); }
.side.customer { --own: var(--customer); }
.controls { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
.controls select { min-width: 0; max-width: 208px; min-height: 40px; text-overflow: ellipsis; }
.begin { border-color: var(--own); color: var(--own); font-weight: 600; }
.begin:disabled { border-color: var(--line); }
.loss { font-size: 13px; margin-left: auto; }
.level { height: 8px; border-radius: 4px; background: var(--ground); overflow: hidden; }
.level::before {
  content: "";
  display: block;
  height: 100%;
  background: var(--own);
  transform: scaleX(var(--level, 0));
  transform-origin: left;
}
.level.muted { background: repeating-linear-gradient(135deg, var(--ground) 0 6px, var(--line) 6px 8px); }
.trouble { display: flex; align-items: center; color: var(--amber); font-size: 13px; }
.trouble:empty { display: none; }
.invite { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; font-size: 13px; }
.invite button { min-height: 32px; padding: 3px 12px; }

.after button { flex: none; }
.after { flex: none; display: flex; align-items: center; justify-content: space-between; gap: 16px; padding: 16px; border-bottom: 1px solid var(--line); }
.quiet-line { padding: 8px 16px; border-bottom: 1px solid var(--line); color: var(--quiet); }
.transcript { flex: 1 1 0; }
.transcript h2 { padding: 12px 16px 0; }
.waiting-line { padding: 8px 16px; }

footer { flex: none; display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 16px; padding: 12px 16px; border-top: 1px solid var(--line); }
.hang-up:enabled { border-color: var(--red); color: var(--red); font-weight: 600; }
.mode { flex-basis: 100%; padding: 0; }
`;
