// The one nudge on screen: what happened, the words to say, and three quiet answers.

import { el, reducedMotion, setText, show, sign } from "./dom.js";
import { Screen } from "./nudges.js";
import { quoted } from "./views.js";
import { shortName, time } from "./words.js";

/** With reduced motion the line that shortens steps. */
const STEP_SECONDS = 5;

const ANSWERS = [
  { state: "done", word: "Used", key: "Enter", cap: "⏎" },
  { state: "dismissed", word: "Later", key: "Escape", cap: "Esc" },
  { state: "not_useful", word: "Not useful", key: "n", cap: "N" },
];
const READ = [{ state: "done", word: "Read", key: "Enter", cap: "⏎" }];

export class Now {
  /**
   * `urgentRoot` is above everything, `root` in its place below the ribbons.
   * `polite` and `assertive` are live regions. `onState(item, state)` tells the server.
   */
  constructor({ root, urgentRoot, polite, assertive, onState }) {
    Object.assign(this, { root, urgentRoot, polite, assertive, onState });
    this.screen = new Screen();
    this.drawn = null;
  }

  /** Choose what is on screen at this moment, and draw it where that changed. */
  update(call, now = performance.now()) {
    const clock = call.clock(now);
    const item = call.ended ? null : this.screen.choose(call.nudges, clock, now);
    if (item !== this.drawn) this.#draw(call, item);
    if (item) this.#shorten(item, clock);
    return item;
  }

  /** Take a key. True where it was an answer. */
  key(name, now = performance.now()) {
    if (!this.drawn || !this.screen.takesKeys(now)) return false;
    const answers = this.drawn.message ? READ : ANSWERS;
    const answer = answers.find(({ key }) => key.toLowerCase() === name.toLowerCase());
    if (!answer) return false;
    this.#answer(this.drawn, answer.state);
    return true;
  }

  #answer(item, state) {
    item.state = state;
    if (!item.message) this.onState(item, state);
    this.changed?.();
  }

  #draw(call, item) {
    this.drawn = item;
    const urgent = item?.severity === "urgent";
    this.root.replaceChildren(...(item && !urgent ? [this.#card(call, item)] : []));
    this.urgentRoot.replaceChildren(...(urgent ? [this.#card(call, item)] : []));
    show(this.urgentRoot, urgent);
    const words = item ? `${item.title} ${item.phrases[0] ?? ""}` : "";
    setText(this.polite, urgent ? "" : words);
    setText(this.assertive, urgent ? `Urgent. ${words}` : "");
    if (item?.state === "open") {
      item.state = "shown";
      if (!item.message) this.onState(item, "shown");
    }
  }

  #card(call, item) {
    const urgent = item.severity === "urgent";
    const phrase = item.phrases[0];
    this.bar = el("div.bar", {});
    return el(`article.nudge${urgent ? ".urgent" : ""}`, {},
      urgent && el("p.band", {}, sign("urgent"), "Urgent"),
      el("h2", {}, item.title),
      phrase && el("p.phrase", {}, item.message ? phrase : quoted(phrase)),
      whyRow(call, item),
      el("div.answers", {}, ...(item.message ? READ : ANSWERS).map((a) => this.#button(item, a))),
      el("div.life", { "aria-hidden": "true" }, this.bar));
  }

  #button(item, { state, word, cap, key }) {
    const button = el("button", { type: "button", title: `${word} (${key})` },
      word, el("kbd", { "aria-hidden": "true" }, cap));
    button.onclick = () => this.#answer(item, state);
    return button;
  }

  #shorten(item, clock) {
    if (!Number.isFinite(item.expires)) {
      this.bar.style.transform = "scaleX(0)";
      return;
    }
    const step = reducedMotion.matches ? STEP_SECONDS : 0.1;
    const left = Math.ceil((item.expires - clock) / step) * step;
    const part = Math.max(0, Math.min(1, left / Math.max(1, item.expires - item.at)));
    this.bar.style.transform = `scaleX(${part.toFixed(4)})`;
  }
}

/** Why, in one grey line: who said what, and when; else the reason in words. */
function whyRow(call, item) {
  const quote = item.evidence?.text;
  const at = item.evidence?.start ?? item.at;
  const party = item.evidence?.party ?? item.party;
  const text = quote ? quoted(quote) : item.reason;
  if (!text) return null;
  const who = quote && party ? `${shortName(call.nameOf(party))}: ` : "";
  return el("p.why", { title: item.reason ?? "" },
    el("span", {}, `${who}${text}`), el("time", {}, time(at)));
}
