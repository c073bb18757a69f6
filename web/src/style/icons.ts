import { html, svg, type TemplateResult } from "lit";

/** Icons of 20 by 20 pixels, drawn as strokes. */
const icon = (paths: TemplateResult): TemplateResult =>
  html`<svg
    width="20"
    height="20"
    viewBox="0 0 20 20"
    fill="none"
    stroke="currentColor"
    stroke-width="1.7"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${paths}
  </svg>`;

const BELL = svg`<path d="M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.3 17.5a2 2 0 0 0 3.4 0"/>`;

export const icons = {
  bell: icon(html`${BELL}`),
  bellOff: icon(html`${BELL}${svg`<path d="M3 3l14 14"/>`}`),
  bellPaused: icon(html`${BELL}${svg`<path d="M3 3l14 14M17 3L3 17" stroke-dasharray="2.2 2.6"/>`}`),
  pause: icon(html`${svg`<path d="M7 4.5v11M13 4.5v11"/>`}`),
  play: icon(html`${svg`<path d="M6 4.5l9 5.5-9 5.5z"/>`}`),
  step: icon(html`${svg`<path d="M5 4.5l7 5.5-7 5.5zM15 4.5v11"/>`}`),
  rewind: icon(html`${svg`<path d="M4 5v4h4M4.3 9a6.3 6.3 0 1 1-.4 4"/>`}`),
  fork: icon(html`${svg`<path d="M3 10h5c4 0 3.5-5 8-5M8 10c4 0 3.5 5 8 5M14 3l2.3 2L14 7M14 13l2.3 2-2.3 2"/>`}`),
  freeze: icon(
    html`${svg`<path d="M10 2.5v15M3.5 6.2l13 7.6M16.500 6.2l-13 7.6M10 5L8 3M10 5l2-2M10 15l-2 2M10 15l2 2"/>`}`,
  ),
  limits: icon(html`${svg`<path d="M3 5h14M3 15h14M10 7.500v5M8 9l2-2 2 2M8 11.500l2 2 2-2"/>`}`),
  settings: icon(
    html`${svg`<path d="M3 6h7M14 6h3M3 14h3M10 14h7"/><circle cx="12" cy="6" r="2"/><circle cx="8" cy="14" r="2"/>`}`,
  ),
  close: icon(html`${svg`<path d="M5 5l10 10M15 5L5 15"/>`}`),
  plus: icon(html`${svg`<path d="M10 4v12M4 10h12"/>`}`),
  minus: icon(html`${svg`<path d="M4 10h12"/>`}`),
  check: icon(html`${svg`<path d="M4 10.500l4 4 8-9"/>`}`),
  table: icon(html`${svg`<path d="M3 4h14v12H3zM3 8h14M8 8v8"/>`}`),
  help: icon(
    html`${svg`<circle cx="10" cy="10" r="7.500"/><path d="M7.800 7.800a2.200 2.200 0 1 1 3.200 2c-.7.400-1 .800-1 1.700M10 14v.1"/>`}`,
  ),
  heart: icon(
    html`${svg`<path fill="currentColor" d="M10 16S3 12 3 7.400A3.600 3.600 0 0 1 10 6a3.600 3.600 0 0 1 7 1.400C17 12 10 16 10 16z"/>`}`,
  ),
  back: icon(html`${svg`<path d="M12 4l-6 6 6 6"/>`}`),
  download: icon(html`${svg`<path d="M10 3v10M6 9.500l4 4 4-4M4 17h12"/>`}`),
};
