import { html, nothing } from "lit";
import type { Run } from "../contract";
import { either, language, span, t } from "../text/text";

/** Whether a run waits or runs. */
export const goesOn = (run: Run): boolean => run.state === "waiting" || run.state === "running";

/** A length of time that is told while it passes: seconds, then minutes. */
export const lasting = (seconds: number): string =>
  span(seconds < 120 ? Math.max(1, Math.round(seconds)) : Math.round(seconds / 60) * 60);

/** The state of a run, while it runs with how far it is. */
export function howFar(run: Run) {
  const state = html`<span class="state ${run.state}">${t(`studyState.${run.state}`)}</span>`;
  if (run.state !== "running") return state;
  return html`${state} <span class="num">${Math.round(100 * run.progress)} %</span>
    <progress max="1" .value=${run.progress} aria-label=${either(run, "title")}></progress>
    ${run.left_s === null ? nothing : html`<small>${t("studies.left", { span: lasting(run.left_s) })}</small>`}`;
}

/** What came of a run that is done. */
export function verdictOf(run: Run) {
  if (run.verdict) return html`<span class="verdict ${run.verdict}">${t(`verdict.${run.verdict}`)}</span>`;
  if (run.of !== null)
    return html`<span class="verdict">${t("studies.shown", { n: run.shown ?? 0, of: run.of })}</span>`;
  return nothing;
}

/** Why a run was ended; what the run itself said is in English, and said to be. */
export function why(run: Run) {
  if (!run.reason) return nothing;
  const own = language() === "ko" && !run.reason_ko;
  const lang = language() === "ko" && run.reason_ko ? "ko" : "en";
  return html`<p class="note bad">
    ${own ? t("studies.ownWords") : nothing} <span lang=${lang}>${either(run, "reason")}</span>
  </p>`;
}
