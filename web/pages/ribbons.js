// The pace of both parties over the last minute: two filled curves at a shared midline,
// the agent's above and the customer's below, drawn thicker where a voice is more tense.

import { reducedMotion } from "./dom.js";
import { WINDOW } from "./pace.js";

/** Syllables a second that fill half of the height; faster speech is drawn as this. */
const FULL = 6;
const DRAW_MS = 100;
/** With reduced motion nothing slides: the picture steps. */
const STEP_SECONDS = 5;

export class Ribbons {
  /** `every`: the least time between two drawings; small ribbons of a board need fewer. */
  constructor(canvas, { every = DRAW_MS } = {}) {
    this.canvas = canvas;
    this.every = every;
    this.drawn = -Infinity;
    this.step = null;
  }

  draw(call, now = performance.now()) {
    if (now - this.drawn < this.every) return;
    let clock = call.clock(now);
    if (reducedMotion.matches) {
      clock = Math.floor(clock / STEP_SECONDS) * STEP_SECONDS;
      const step = `${clock} ${this.canvas.clientWidth} ${getInk(this.canvas, "--agent")}`;
      if (step === this.step) return;
      this.step = step;
    }
    this.drawn = now;
    this.#paint(call, clock);
  }

  #paint(call, clock) {
    const { canvas } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width) return;
    const scale = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const middle = height / 2;
    pen.fillStyle = getInk(canvas, "--line");
    pen.fillRect(0, Math.round(middle), width, 1);
    for (const [role, direction] of [["agent", -1], ["customer", 1]]) {
      const series = call.pace.series(call.partyOf(role), clock);
      pen.fillStyle = getInk(canvas, `--${role}`);
      pen.strokeStyle = pen.fillStyle;
      const edge = middle + (direction > 0 ? 1 : 0);
      for (const run of runs(series)) {
        const points = run.map(({ at, rate, tension }) => ({
          x: width - ((clock - at) / WINDOW) * width,
          y: edge + direction * (Math.min(rate, FULL) / FULL) * (middle - 3),
          tension,
        }));
        fill(pen, points, edge);
        stroke(pen, points, edge);
      }
    }
  }
}

/** What the picture says, in words, for those who do not see it. */
export function paceWords(call) {
  const say = (role, name) => `${name}: ${call.pace.words(call.partyOf(role))}`;
  return `Pace of the last minute. ${say("agent", call.nameOf("agent"))}. `
    + `${say("customer", call.customer)}.`;
}

function getInk(node, name) {
  return getComputedStyle(node).getPropertyValue(name).trim();
}

/** The stretches of a series in which the rate is known. */
function runs(series) {
  const found = [];
  let run = [];
  for (const point of series) {
    if (point.rate === null) {
      if (run.length > 1) found.push(run);
      run = [];
    } else {
      run.push(point);
    }
  }
  if (run.length > 1) found.push(run);
  return found;
}

function trace(pen, points) {
  pen.lineTo(points[0].x, points[0].y);
  for (let i = 1; i < points.length; i += 1) {
    const [a, b] = [points[i - 1], points[i]];
    pen.quadraticCurveTo(a.x, a.y, (a.x + b.x) / 2, (a.y + b.y) / 2);
  }
  pen.lineTo(points.at(-1).x, points.at(-1).y);
}

function fill(pen, points, edge) {
  pen.globalAlpha = 0.28;
  pen.beginPath();
  pen.moveTo(points[0].x, edge);
  trace(pen, points);
  pen.lineTo(points.at(-1).x, edge);
  pen.fill();
  pen.globalAlpha = 1;
}

/** The outline, a piece at a time: tension -1..1 is a thickness of 1 to 4 px. */
function stroke(pen, points, edge) {
  pen.lineCap = "round";
  for (let i = 1; i < points.length; i += 1) {
    const [a, b, c] = [points[i - 1], points[i], points[i + 1] ?? points[i]];
    // Silence lies on the midline, which is there already.
    if (Math.abs(a.y - edge) < 1 && Math.abs(b.y - edge) < 1) continue;
    pen.lineWidth = 1.5 + 2.5 * Math.max(0, b.tension);
    pen.beginPath();
    pen.moveTo((a.x + b.x) / 2, (a.y + b.y) / 2);
    pen.quadraticCurveTo(b.x, b.y, (b.x + c.x) / 2, (b.y + c.y) / 2);
    pen.stroke();
  }
}
