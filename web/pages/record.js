// The record of one call: what was said, what was noticed, what was suggested.

import { developmentMode, fetchJson, takeToken } from "./access.js";
import { Call } from "./call.js";
import { $, el, setText, show } from "./dom.js";
import { NoticedView, NudgeListView, TranscriptView } from "./views.js";
import { agentName, customerRole, time } from "./words.js";

const token = takeToken();
const id = decodeURIComponent(location.pathname.split("/").filter(Boolean).at(-1) ?? "");
const call = new Call(id);
const transcript = new TranscriptView($("#transcript"), { follow: false });
const noticed = new NoticedView($("#noticed"), { reveal: (at) => transcript.reveal(at) });
const nudges = new NudgeListView($("#nudges"));

/** All of the log, page by page until a page brings nothing new. */
async function read() {
  for (let before = -1; before < call.after;) {
    before = call.after;
    const path = `/v1/calls/${encodeURIComponent(id)}/events?after=${before}`;
    const { events } = await fetchJson(path, token);
    for (const event of events) call.apply(event);
  }
}

function render() {
  setText($("#title"), `${agentName(call.context)} and ${call.customer}`);
  document.title = `${call.customer} · Call`;
  const began = typeof call.started === "string" ? new Date(call.started) : null;
  const facts = [
    customerRole(call.context) === call.customer ? "" : customerRole(call.context),
    call.context.product ?? "",
    began && !Number.isNaN(began.getTime())
      ? began.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "",
    call.ended ? `${time(call.ended.duration)} long` : "",
  ];
  setText($("#facts"), facts.filter(Boolean).join(" · "));
  noticed.update(call);
  nudges.update(call);
  transcript.update(call);
  const quiet = $("#noticed").hidden && $("#nudges").hidden;
  show($("#nothing"), quiet);
  show($("#waiting"), false);
  show($("#body"), true);
  if (!call.ended) {
    $("#still").replaceChildren("This call is still going on. ",
      el("a", { href: `/agent?call=${encodeURIComponent(id)}` }, "Follow it live"));
    show($("#still"), true);
  }
}

async function start() {
  show($("#mode"), developmentMode());
  try {
    await read();
  } catch (error) {
    setText($("#waiting"), error.status === 404 ? "There is no record of this call."
      : `The record could not be read: ${error.message}`);
    return;
  }
  if (call.heard) render();
  else setText($("#waiting"), "There is no record of this call.");
}

start();
