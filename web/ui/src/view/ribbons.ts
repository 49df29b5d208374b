/**
 * The pace of both parties over the last minute: two filled curves at a shared midline, the
 * agent's above and the customer's below, drawn thicker where a voice is more tense.
 */

import { LitElement, css, html } from "lit";
import type { Call } from "../model/call";
import { WINDOW } from "../model/pace";
import type { Moment } from "../model/pace";
import { paceWords } from "../model/pace-words";
import { reducedMotion } from "./frames";

/** Syllables a second that fill half of the height; faster speech is drawn as this. */
const FULL = 6;
const DRAW_MS = 100;
/** With reduced motion nothing slides: the picture steps. */
const STEP_SECONDS = 5;
/** Thickness of the outline in px: at rest, and what full tension adds. */
const THIN = 1.25;
const TENSE = 3.75;

interface Place {
  x: number;
  y: number;
  tension: number;
}

export class CoachRibbons extends LitElement {
  static override properties = {
    model: { attribute: false }, every: { type: Number }, self: { type: Boolean },
  };

  static override styles = css`:host { display: block; } canvas { display: block; width: 100%; height: 100%; }`;

  declare model: Call | null;
  /** The least time in ms between two drawings; small ribbons of a board need fewer. */
  declare every: number;
  /** The reader is the agent. */
  declare self: boolean;
  private timer = 0;
  private step = "";

  constructor() {
    super();
    this.model = null;
    this.every = DRAW_MS;
    this.self = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(() => this.draw(), Math.max(DRAW_MS, this.every));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  override render(): unknown {
    const words = this.model ? paceWords(this.model, this.self) : "";
    return html`<canvas role="img" aria-label=${words}></canvas>`;
  }

  override updated(): void {
    this.draw();
  }

  private draw(now = performance.now()): void {
    const canvas = this.renderRoot.querySelector("canvas");
    if (!canvas?.clientWidth || !this.model || document.hidden) return;
    let clock = this.model.clock(now);
    if (reducedMotion.matches) {
      clock = Math.floor(clock / STEP_SECONDS) * STEP_SECONDS;
      const step = `${clock} ${canvas.clientWidth} ${ink(canvas, "--agent")}`;
      if (step === this.step) return;
      this.step = step;
    }
    paint(canvas, this.model, clock);
  }
}

function paint(canvas: HTMLCanvasElement, call: Call, clock: number): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const middle = height / 2;
  pen.fillStyle = ink(canvas, "--line");
  pen.fillRect(0, Math.round(middle), width, 1);
  for (const [role, direction] of [["agent", -1], ["customer", 1]] as const) {
    pen.fillStyle = ink(canvas, `--${role}`);
    pen.strokeStyle = pen.fillStyle;
    const edge = middle + (direction > 0 ? 1 : 0);
    for (const run of runs(call.pace.series(call.partyOf(role), clock))) {
      const places = run.map(({ at, rate, tension }) => ({
        x: width - ((clock - at) / WINDOW) * width,
        y: edge + direction * (Math.min(rate ?? 0, FULL) / FULL) * (middle - 3),
        tension,
      }));
      fill(pen, places, edge);
      stroke(pen, places, edge);
    }
  }
}

function ink(node: Element, name: string): string {
  return getComputedStyle(node).getPropertyValue(name).trim();
}

/** The stretches of a series in which the rate is known. */
function runs(series: Moment[]): Moment[][] {
  const found: Moment[][] = [[]];
  for (const moment of series) {
    if (moment.rate === null) found.push([]);
    else found.at(-1)?.push(moment);
  }
  return found.filter((run) => run.length > 1);
}

function fill(pen: CanvasRenderingContext2D, places: Place[], edge: number): void {
  const [first] = places;
  const last = places.at(-1);
  if (!first || !last) return;
  pen.globalAlpha = 0.28;
  pen.beginPath();
  pen.moveTo(first.x, edge);
  pen.lineTo(first.x, first.y);
  places.slice(1).forEach((b, i) => {
    const a = places[i] ?? b;
    pen.quadraticCurveTo(a.x, a.y, (a.x + b.x) / 2, (a.y + b.y) / 2);
  });
  pen.lineTo(last.x, last.y);
  pen.lineTo(last.x, edge);
  pen.fill();
  pen.globalAlpha = 1;
}

/** The outline, a piece at a time, as thick as the voice is tense. */
function stroke(pen: CanvasRenderingContext2D, places: Place[], edge: number): void {
  pen.lineCap = "round";
  places.forEach((b, i) => {
    const a = places[i - 1];
    const c = places[i + 1] ?? b;
    // Silence lies on the midline, which is there already.
    if (!a || (Math.abs(a.y - edge) < 1 && Math.abs(b.y - edge) < 1)) return;
    pen.lineWidth = THIN + TENSE * Math.max(0, b.tension);
    pen.beginPath();
    pen.moveTo((a.x + b.x) / 2, (a.y + b.y) / 2);
    pen.quadraticCurveTo(b.x, b.y, (b.x + c.x) / 2, (b.y + c.y) / 2);
    pen.stroke();
  });
}
