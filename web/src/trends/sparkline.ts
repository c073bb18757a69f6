import { nothing, svg, html, type TemplateResult } from "lit";
import type { NumberView, Trends } from "../contract";

const [WIDTH, HEIGHT] = [400, 78];

/** A trend until a moment as one small line, with its limits as a band. */
export function sparkline(trends: Trends, number: NumberView, until_s: number): TemplateResult {
  const values = (trends.numbers[number.id] ?? []).filter((_, i) => trends.t_s[i]! <= until_s + 1e-6);
  const known = values.filter((v): v is number => v !== null && Number.isFinite(v));
  if (known.length < 2) return html``;
  const { low, high } = number.limits ?? {};
  const bottom = Math.min(...known, low ?? Infinity);
  const top = Math.max(...known, high ?? -Infinity, bottom + 1e-6);
  const [t0, t1] = [trends.t_s[0]!, trends.t_s[values.length - 1]!];
  const x = (t: number) => ((t - t0) / Math.max(t1 - t0, 1)) * WIDTH;
  const y = (v: number) => HEIGHT - 4 - ((v - bottom) / (top - bottom)) * (HEIGHT - 8);
  let path = "";
  values.forEach((v, i) => {
    if (v === null) return;
    path += `${path === "" || values[i - 1] === null ? "M" : "L"}${x(trends.t_s[i]!).toFixed(1)} ${y(v).toFixed(1)}`;
  });
  const band =
    low !== null && low !== undefined && high !== null && high !== undefined
      ? svg`<rect x="0" width=${WIDTH} y=${y(high)} height=${y(low) - y(high)} fill="currentColor" opacity=".12" />`
      : nothing;
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
    ${band}
    <path
      d=${path}
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      vector-effect="non-scaling-stroke"
      stroke-linejoin="round"
    />
  </svg>`;
}
