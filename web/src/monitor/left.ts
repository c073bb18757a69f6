import { css, html, nothing } from "lit";
import type { Bed } from "../contract";
import { alarmText, shown, since, t, wallClock } from "../text/text";
import { looked, readingsOf, digits, type Reading } from "./reading";

const MOST = 4;

export const leftStyles = css`
  .left {
    display: grid;
    gap: 4px;
    border: 1px dashed var(--screen-rule);
    border-radius: 8px;
    padding: 8px 10px;
    color: var(--screen-soft);
  }
  .left p {
    font-size: 13px;
    line-height: 17px;
  }
  .left dl {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 16px;
    margin: 0;
  }
  .left dl div {
    display: flex;
    gap: 6px;
    align-items: baseline;
  }
  .left dt {
    font-size: 12px;
  }
  .left dd {
    margin: 0;
    font-size: 17px;
    font-style: italic;
    font-variant-numeric: tabular-nums;
  }
`;

/** What a bed that is on its way showed last, with when that was: grey, small and in words, never as live numbers are. */
export function leftView(bed: Bed | undefined, rank: (id: string) => number, now_ms = Date.now()) {
  const { left } = bed ?? {};
  if (!bed || !left) return nothing;
  const seen = readingsOf(looked(bed.view, left.values)).filter(
    (r) => typeof left.values[r.members[0]!.id] === "number",
  );
  const told = seen.some((r) => r.id === "ABP") ? seen.filter((r) => r.id !== "NIBP") : seen;
  const first = told.sort((a, b) => rank(a.id) - rank(b.id)).slice(0, MOST);
  const ago = since((now_ms - Date.parse(left.wall)) / 1000);
  return html`<div class="left" role="note">
    <p><b>${t("left.notLive")}</b> ${t("left.asOf", { at: wallClock(left.wall), ago })}</p>
    <dl>
      ${first.map(
        (r) =>
          html`<div>
            <dt>${r.label}</dt>
            <dd>${figures(r, left.values)} <small>${r.unit}</small></dd>
          </div>`,
      )}
    </dl>
    ${left.alarms.length ? html`<p>${t("left.alarms", { names: left.alarms.map(alarmText).join(", ") })}</p>` : nothing}
  </div>`;
}

function figures(reading: Reading, values: Record<string, number | null>): string {
  const [first] = reading.members;
  return reading.kind === "pressure" ? digits(reading, values) : shown(values[first!.id], first!.digits);
}
