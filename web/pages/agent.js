// The agent's page: one call, one column, one thing at a time.

import { developmentMode, takeToken } from "./access.js";
import { Call, callState } from "./call.js";
import { $, el, framed, releaseClicks, setText, show } from "./dom.js";
import { Feed, socketUrl } from "./feed.js";
import { Now } from "./now.js";
import { Ribbons, paceWords } from "./ribbons.js";
import { NoticedView, TranscriptView } from "./views.js";
import { customerRole, shortName, time } from "./words.js";

/** From this width on there is room for the whole transcript. */
const WIDE = 720;
const TICK_MS = 100;
/** Praise after the call: at most two lines. */
const PRAISES = 2;
/** "Noted" stays on the button this long. */
const NOTED_MS = 4_000;

const token = takeToken();
const id = new URLSearchParams(location.search).get("call") ?? "";
const call = new Call(id, { self: true });
const ribbons = new Ribbons($("#ribbons"));
const transcript = new TranscriptView($("#transcript"));
const noticed = new NoticedView($("#noticed"), {
  leave: ["acknowledgement"],
  reveal: (at) => {
    fold(false);
    transcript.reveal(at);
  },
});
const now = new Now({
  root: $("#now"), urgentRoot: $("#urgent"), polite: $("#polite"), assertive: $("#assertive"),
  onState: (item, state) => tell({ type: "nudge.update", id: item.id, state }),
});
const draw = framed(render);
now.changed = draw;
let feed = null;
let flagWords = "";

function tell(command) {
  return feed.send(command).then((answer) => {
    if (!answer.ok) setText($("#trouble"), `Not noted: ${answer.message}`);
    return answer;
  });
}

function render() {
  const moment = performance.now();
  const state = callState(call, feed.link);
  const name = call.heard ? call.customer : "Your call";
  setText($("#name"), name);
  $("#name").title = name;
  const role = customerRole(call.context);
  setText($("#role"), role === name ? "" : role);
  setText($("#clock"), call.heard ? time(call.clock(moment)) : "");
  $("#dot").className = `dot ${state.look}`;
  setText($("#state"), state.word);
  setText($("#who-below"), shortName(name));
  show($("#pace"), call.heard && !call.mixed && !call.ended);
  const item = now.update(call, moment);
  noticed.update(call);
  transcript.update(call);
  renderRest();
  document.title = item?.severity === "urgent" ? `! ${item.title}` : `${name} · Coach`;
}

function renderRest() {
  const refused = feed.link === "refused";
  const line = call.mixed ? "Coaching off: one mixed channel"
    : call.consent.analyse === false ? "Not listening: no consent for this call" : "";
  show($("#line"), line !== "");
  setText($("#line"), line);
  show($("#waiting"), !call.heard);
  $("#rest").style.visibility = call.heard ? "" : "hidden";
  $("#flag").disabled = !call.heard;
  setText($("#waiting"), refused
    ? `This page may not show the call. ${feed.refusal}`
    : "Waiting for the call. It will appear here by itself.");
  setText($("#flag-words"), flagWords || "I heard an adverse event");
  show($("#over"), call.ended !== null);
  if (call.ended && !$("#over").children.length) renderOver();
}

/** Two lines of what went well, if something did, and where to read on. */
function renderOver() {
  const praises = call.signals
    .filter((s) => s.kind === "acknowledgement" && s.quote && call.party(s.party).role === "agent")
    .slice(0, PRAISES)
    .map((s) => el("p", {}, `Good to hear at ${time(s.at)}: “${s.quote}”`));
  $("#over").append(el("h2", {}, "The call is over."), ...praises,
    el("a", { href: `/calls/${encodeURIComponent(id)}` }, "Read the call again"));
}

function tick() {
  const moment = performance.now();
  if (call.heard) setText($("#clock"), time(call.clock(moment)));
  if (now.drawn !== now.update(call, moment)) draw();
  if (!$("#pace").hidden) ribbons.draw(call, moment);
}

function tellPace() {
  $("#ribbons").setAttribute("aria-label", paceWords(call));
}

function fold(folded) {
  document.body.classList.toggle("folded", folded);
  $("#fold").setAttribute("aria-expanded", String(!folded));
  transcript.toEnd();
}

function flag() {
  if (!call.heard) return;
  const at = Math.round(call.clock() * 10) / 10;
  flagWords = feed.link === "open" ? "Noting it…" : "Will be noted once reconnected";
  draw();
  tell({ type: "flag", kind: "adverse_event", at }).then(({ ok }) => {
    flagWords = ok ? `Noted at ${time(at)}. Thank you.` : "";
    draw();
    setTimeout(() => {
      flagWords = "";
      draw();
    }, NOTED_MS);
  });
}

/** Keys work unless somebody is typing, or has walked to a button with the keyboard. */
function onKey(event) {
  const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.repeat);
  const busy = event.target.closest?.("input, textarea, select");
  const onButton = event.key === "Enter" && event.target.closest?.("button, a, summary");
  if (!plain || busy || onButton) return;
  const name = event.key.toLowerCase();
  if (now.key(event.key)) draw();
  else if (name === "t") fold(!document.body.classList.contains("folded"));
  else if (name === "f") flag();
  else return;
  event.preventDefault();
}

function start() {
  show($("#mode"), developmentMode());
  fold(innerWidth < WIDE);
  $("#fold").onclick = () => fold(!document.body.classList.contains("folded"));
  $("#flag").onclick = flag;
  addEventListener("keydown", onKey);
  releaseClicks();
  if (!id) {
    setText($("#waiting"), "No call named. Open this page as /agent?call= and the call’s id.");
    return;
  }
  const path = `/v1/calls/${encodeURIComponent(id)}/events`;
  feed = new Feed({
    token,
    url: () => socketUrl(`${path}?after=${call.after}`),
    finished: () => call.ended !== null,
    onEvent: (event) => {
      call.apply(event);
      draw();
    },
    onLink: draw,
  });
  render();
  setInterval(tick, TICK_MS);
  setInterval(tellPace, 5_000);
}

start();
