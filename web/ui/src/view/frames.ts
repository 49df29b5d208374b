/** When things are drawn. */

/** A hidden page gets no frames, but its title may have to say that something is urgent. */
const HIDDEN_MS = 250;

export const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

/** At most one call of `draw` a frame, however many events come. */
export function framed(draw: () => void): () => void {
  let frame = 0;
  let timer = 0;
  const run = (): void => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    timer = 0;
    draw();
  };
  return () => {
    if (timer) return;
    frame = requestAnimationFrame(run);
    timer = window.setTimeout(run, HIDDEN_MS);
  };
}

/** A button that was clicked lets the keys go: Enter then means "Used", not that button again. */
export function releaseClick(event: MouseEvent): void {
  if (event.detail === 0) return;
  const button = event.composedPath().find((node) => node instanceof HTMLButtonElement);
  button?.blur();
}

/** Whether a key pressed here is for us: nobody is typing, nor choosing a button by keyboard. */
export function keyIsFree(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.repeat) return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return true;
  if (target.isContentEditable || target.closest("input, textarea, select")) return false;
  return !(event.key === "Enter" && target.closest("button, a, summary"));
}
