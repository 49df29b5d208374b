// Elements from data. Text goes in as text, never as markup.

/** `el("p.quiet", {title: "…"}, "text", child)`; empty children are left out. */
export function el(selector, properties = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child instanceof Node || child));
  return node;
}

export const $ = (selector, root = document) => root.querySelector(selector);

/** Set a text only where it differs, so that a reader's selection stays. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

/** Make `parent` hold exactly `nodes` in this order, touching only what differs. */
export function place(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, i) => {
    if (parent.children[i] !== node) parent.insertBefore(node, parent.children[i] ?? null);
  });
}

/** A sign that differs by shape: an octagon for urgent, a diamond for attention. */
export function sign(kind) {
  return el(`span.sign.${kind}`, { "aria-hidden": "true" }, kind === "urgent" ? "!" : "");
}

export const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

/** At most one call of `draw` a frame, however many events come. */
export function framed(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/** A button that was clicked lets the keys go: Enter then means "Used", not that button again. */
export function releaseClicks(root = document) {
  root.addEventListener("click", (event) => {
    if (event.detail > 0) event.target.closest?.("button")?.blur();
  });
}
