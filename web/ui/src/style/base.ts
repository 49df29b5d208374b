import { css } from "lit";

/** What every component's inside shares: plain text, buttons, signs that differ by shape. */
export const base = css`
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }

:host {
  display: block;
  background: var(--ground);
  color: var(--ink);
  font: 15px/1.4 var(--font);
  overflow-wrap: anywhere;
}

h1, h2, h3, p, ol, ul { margin: 0; padding: 0; font: inherit; }
ol, ul { list-style: none; }
h1 { font-size: 20px; font-weight: 600; }
h2 { font-size: 18px; font-weight: 600; }
h3 { font-size: 13px; color: var(--quiet); }
a { color: var(--agent); }
time { flex: none; white-space: nowrap; font-variant-numeric: tabular-nums; }
.quiet, .waiting-line, .mode { color: var(--quiet); }

button, input, textarea, select {
  font: inherit;
  color: inherit;
  background: transparent;
  border: 1px solid var(--line);
  border-radius: 8px;
  padding: 7px 12px;
  min-height: 40px;
}
select { background: var(--surface); }
input::placeholder, textarea::placeholder { color: var(--quiet); opacity: 1; }
button { cursor: pointer; }
button:disabled { cursor: default; color: var(--quiet); }
button:enabled:hover { border-color: var(--quiet); }
:focus-visible { outline: 2px solid var(--agent); outline-offset: 2px; }

kbd {
  margin-left: 8px;
  font: 13px/1.4 var(--font);
  color: var(--quiet);
}

.heard-only:not(:focus, :active) {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

.sign {
  display: inline-grid;
  place-items: center;
  flex: none;
  width: 12px;
  height: 12px;
  margin-right: 8px;
  font-size: 13px;
  font-weight: 700;
  line-height: 1;
}
.sign.attention { background: var(--amber-fill); clip-path: polygon(50% 0, 100% 50%, 50% 100%, 0 50%); }
.sign.plain { border: 2px solid var(--line); border-radius: 50%; }
.sign.urgent {
  width: 16px;
  height: 16px;
  background: var(--red);
  color: var(--on-red);
  clip-path: polygon(30% 0, 70% 0, 100% 30%, 100% 70%, 70% 100%, 30% 100%, 0 70%, 0 30%);
}
.band .sign.urgent { width: 20px; height: 20px; background: var(--on-red); color: var(--red); }

.state { display: flex; align-items: center; font-size: 13px; color: var(--quiet); }
.dot {
  flex: none;
  width: 8px;
  height: 8px;
  margin-right: 8px;
  border: 2px solid var(--quiet);
  border-radius: 50%;
}
.dot.listening { background: var(--agent); border-color: var(--agent); }
.dot.paused { border-width: 0 2px; border-color: var(--quiet); border-radius: 0; }
.dot.attention { background: var(--amber-fill); border: 0; width: 10px; height: 10px; border-radius: 0; clip-path: polygon(50% 0, 100% 50%, 50% 100%, 0 50%); }
.dot.off { border-color: var(--amber); }
.dot.over { background: var(--quiet); border-radius: 0; }
.dot.attention + span, .dot.off + span { color: var(--amber); }

.band {
  display: flex;
  align-items: center;
  padding: 6px 16px;
  background: var(--red);
  color: var(--on-red);
  font-weight: 700;
}
.waiting-line { padding: 24px 16px; }
.mode { padding-top: 8px; font-size: 13px; text-align: center; }

@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; scroll-behavior: auto !important; }
}
`;
