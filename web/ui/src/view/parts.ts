/** Elements that components are made of; nobody else needs them. */

import { define } from "./define";
import { CoachRibbons } from "./ribbons";

define("coach-ribbons", CoachRibbons);

declare global {
  interface HTMLElementTagNameMap {
    "coach-ribbons": CoachRibbons;
  }
}
