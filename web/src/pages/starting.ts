import { html } from "lit";
import type { Starting } from "../contract";
import { either, span, t } from "../text/text";

const NEAR_S = 5;

/** How far a bed is on its way: what is done, and about how long it takes still, where that was measured before. */
export function startingView(starting: Starting | null) {
  const bar =
    typeof starting?.progress === "number"
      ? html`<progress max="1" .value=${starting.progress}></progress>`
      : html`<progress></progress>`;
  return html`<p>${either(starting, "text") || t("state.starting")}</p>
    ${bar}
    <p class="small num" role="status">${left(starting)}</p>`;
}

/** About how long: rounded, for the last time was another time. */
export function left(starting: Starting | null): string {
  if (!starting || starting.stage === "waiting") return "";
  const { left_s, elapsed_s } = starting;
  if (typeof left_s !== "number") return elapsed_s ? t("starting.since", { span: span(Math.round(elapsed_s)) }) : "";
  if (left_s < NEAR_S) return t("starting.soon");
  const step = left_s < 60 ? 5 : left_s < 180 ? 15 : 60;
  const about = starting.stage === "living" ? "starting.about" : "starting.left";
  return t(about, { span: span(Math.ceil(left_s / step) * step) });
}
