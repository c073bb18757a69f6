import { svg, html } from "lit";
import type { Arrow } from "./day";

const TURNED: Record<Arrow, number> = { up2: -90, up: -90, slantUp: -45, level: 0, slantDown: 45, down: 90, down2: 90 };
const SHAFT = "M4 12h15M13 6l6 6-6 6";

/** An arrow as sensors show it; two beside each other where glucose moves fastest. */
export function arrowIcon(arrow: Arrow) {
  const drawn = arrow.endsWith("2")
    ? svg`<path d=${SHAFT} transform="translate(0 -5)"/><path d=${SHAFT} transform="translate(0 5)"/>`
    : svg`<path d=${SHAFT}/>`;
  return html`<svg
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="2.4"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${svg`<g transform=${`rotate(${TURNED[arrow]} 12 12)`}>${drawn}</g>`}
  </svg>`;
}
