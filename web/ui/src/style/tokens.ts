import { css } from "lit";

/**
 * The look: one typeface, four sizes, an 8 px grid, and colour only where it means something.
 * Every colour is a token; light and dark are two sets of the same tokens. A page that embeds
 * a component may set any of them on its element.
 */
export const tokens = css`
:host {
  color-scheme: light dark;
  --ink: #1b2530;
  --quiet: #566270;
  --line: #d8dee5;
  --surface: #ffffff;
  --ground: #f3f5f7;
  --agent: #17687f;
  --customer: #85479b;
  --amber: #8a5400;
  --amber-fill: #f0ac2b;
  --red: #b3211a;
  --on-red: #ffffff;
  --shadow: 0 8px 32px rgb(20 30 40 / 18%);
  --font: -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", system-ui, sans-serif;
}

@media (prefers-color-scheme: dark) {
  :host {
    --ink: #e7ecf1;
    --quiet: #9fabb8;
    --line: #303b47;
    --surface: #1a222b;
    --ground: #11171d;
    --agent: #69c2da;
    --customer: #d09fe2;
    --amber: #f0b84a;
    --amber-fill: #f0b84a;
    --red: #c23a31;
    --on-red: #ffffff;
    --shadow: 0 8px 32px rgb(0 0 0 / 60%);
  }
}
`;
