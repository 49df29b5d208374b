// The supervisor's page: every live call a card, those that need somebody first.

import { developmentMode, takeToken } from "./access.js";
import { ATTENTION, Board, RETELL_MS, URGENT, need } from "./board.js";
import { callState } from "./call.js";
import { $, el, framed, place, releaseClicks, setText, show, sign } from "./dom.js";
import { Feed, socketUrl } from "./feed.js";
import { Panel } from "./panel.js";
import { Ribbons } from "./ribbons.js";
import { agentName, shortName, time } from "./words.js";

const TICK_MS = 1_000;
/** The server tells the live calls at once; until then "0 live" would be a false word. */
const TELL_MS = 600;

const token = takeToken();
const board = new Board();
const cards = new Map();
const draw = framed(render);
const panel = new Panel({ token, onClose: closed });
let told = false;
let pointerOver = false;
let announced = "";

class Card {
  constructor(call) {
    this.call = call;
    this.name = el("button.name", { type: "button" }, "");
    this.name.onclick = () => open(call.id);
    this.clock = el("time", {}, "");
    this.band = el("p.band", { hidden: true }, sign("urgent"), "Urgent");
    this.reason = el("p.reason", { hidden: true }, "");
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.words = el("p.last", {}, "");
    this.state = el("p.state", {}, el("span.dot", {}), el("span", {}, ""));
    this.root = el("article.card", {}, this.band, el("header", {}, this.name, this.clock),
      this.reason, this.canvas, this.words, this.state);
    this.ribbons = new Ribbons(this.canvas, { every: TICK_MS / 2 });
  }

  update(now) {
    const { call } = this;
    const { rank, reason } = need(call, call.clock(now));
    const look = { [URGENT]: " urgent", [ATTENTION]: " attention" }[rank] ?? "";
    this.root.className = `card${look}${panel.id === call.id ? " open" : ""}`;
    show(this.band, rank === URGENT);
    show(this.reason, reason !== "");
    if (this.reason.textContent !== reason) {
      this.reason.replaceChildren(...(rank === ATTENTION ? [sign("attention")] : []), reason);
    }
    setText(this.name, agentName(call.context));
    this.name.title = `${agentName(call.context)} and ${call.customer}`;
    setText(this.clock, time(call.clock(now)));
    this.#lastWords();
    this.#state();
    this.ribbons.draw(call, now);
  }

  #lastWords() {
    const line = this.call.transcript.last;
    const party = line && this.call.party(line.party);
    this.words.className = `last ${party?.role ?? ""}${line && !line.final ? " partial" : ""}`;
    const name = line ? `${shortName(this.call.nameOf(line.party))}: ` : "";
    if (!this.words.firstChild) this.words.append(el("b", {}, ""), el("span", {}, ""));
    setText(this.words.firstChild, name);
    setText(this.words.lastChild, line ? line.text : "");
  }

  #state() {
    // What is as it should be needs no words on forty cards.
    const { look, word } = callState(this.call, "open");
    show(this.state, look !== "listening");
    this.state.firstChild.className = `dot ${look}`;
    setText(this.state.lastChild, word);
  }
}

/** No card moves under a pointer, nor away from somebody walking the cards by keyboard. */
function held() {
  return pointerOver || $("#cards").querySelector(":focus-visible") !== null;
}

function cardOf(call) {
  if (!cards.has(call)) cards.set(call, new Card(call));
  return cards.get(call);
}

function render() {
  const now = performance.now();
  const order = board.arrange(held(), now);
  place($("#cards"), order.map((call) => cardOf(call).root));
  for (const call of order) cardOf(call).update(now);
  for (const call of cards.keys()) if (!order.includes(call)) cards.delete(call);
  renderTop();
  renderRecent();
}

function renderTop() {
  const { live, needing, delayed } = board.counts();
  const parts = [`${live} live`];
  if (needing) parts.push(`${needing} ${needing === 1 ? "needs" : "need"} you`);
  if (delayed) parts.push(`${delayed} delayed`);
  const { link } = feed;
  setText($("#counts"), told ? parts.join(" · ") : "");
  show($("#empty"), link === "refused" || (told && live === 0 && board.order.length === 0));
  setText($("#empty"), link === "refused"
    ? `This page may not show the board. ${feed.refusal}` : "No live calls.");
  const words = { open: "live", offline: "reconnecting", refused: "no access" };
  setText($("#state"), words[link] ?? "connecting");
  $("#dot").className = `dot ${link === "open" ? "listening" : "off"}`;
  document.title = needing ? `(${needing}) Live calls · Coach` : "Live calls · Coach";
  announce();
}

/** A new urgent call is said aloud once. */
function announce() {
  const urgent = board.live.map((call) => [call, need(call, call.at)])
    .filter(([, { rank }]) => rank === URGENT)
    .map(([call, { reason }]) => `Urgent, ${agentName(call.context)}: ${reason}`).join(". ");
  if (urgent !== announced) setText($("#assertive"), urgent);
  announced = urgent;
}

function renderRecent() {
  show($("#recent"), board.recent.length > 0);
  const shown = $("#recent-list");
  if (shown.dataset.ids === board.recent.map((call) => call.id).join(" ")) return;
  shown.dataset.ids = board.recent.map((call) => call.id).join(" ");
  shown.replaceChildren(...board.recent.map((call) => el("li", {},
    el("a", { href: `/calls/${encodeURIComponent(call.id)}` },
      `${agentName(call.context)} and ${call.customer}`),
    el("span.quiet", {}, ` ${time(call.ended.duration)}`))));
}

function open(id) {
  panel.open(id);
  remember(id);
  draw();
}

function closed(id) {
  remember(null);
  const card = [...cards.values()].find((candidate) => candidate.call.id === id);
  card?.name.focus({ focusVisible: false });
  draw();
}

/** The opened call is in the address, so that a reload opens it again. */
function remember(id) {
  const url = new URL(location.href);
  if (id) url.searchParams.set("call", id);
  else url.searchParams.delete("call");
  history.replaceState(null, "", url);
}

function onLink(link) {
  if (link === "open" && feed.opened > 1) {
    board.reconnected();
    setTimeout(() => {
      if (feed.link === "open") board.forgetUnconfirmed();
      draw();
    }, RETELL_MS);
  }
  if (link === "open") {
    setTimeout(() => {
      told = true;
      draw();
    }, TELL_MS);
  }
  draw();
}

const feed = new Feed({
  token,
  url: () => socketUrl("/v1/board"),
  onEvent: (event) => {
    told = true;
    board.apply(event);
    draw();
  },
  onLink: (link) => onLink(link),
});

show($("#mode"), developmentMode());
$("#cards").onpointerenter = () => { pointerOver = true; };
$("#cards").onpointerleave = () => {
  pointerOver = false;
  draw();
};
addEventListener("keydown", (event) => {
  if (event.key === "Escape") panel.close();
});
releaseClicks();
setInterval(draw, TICK_MS);
const asked = new URLSearchParams(location.search).get("call");
if (asked) panel.open(asked);
render();
