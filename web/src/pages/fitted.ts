import { css, html, nothing, svg } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { api } from "../api";
import type { TwinDay, TwinWhole } from "../contract";
import { TwinElement } from "../element";
import { atLeast } from "../roles";
import { address, go } from "../route";
import { explain, store } from "../store";
import { icons } from "../style/icons";
import { page, shared } from "../style/shared";
import { maybe, short, shown, t, wallClock } from "../text/text";

const HEIGHT = 180;
const BESIDE = 66;
const PAD = { left: 34, right: 8, top: 8, bottom: 22 };

/** One twin: who it is, what the days told of its parameters, and how each day was followed and predicted. */
@customElement("twin-fitted")
export class TwinFitted extends TwinElement {
  @property() twinId = "";
  @state() private twin: TwinWhole | null = null;
  @state() private failure = "";
  @state() private opening = false;

  static override styles = [
    shared,
    page,
    css`
      :host {
        max-width: 980px;
      }
      section h2 {
        margin-bottom: 10px;
      }
      .facts {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 6px 18px;
      }
      .facts dt {
        color: var(--soft);
      }
      .facts dd {
        overflow-wrap: anywhere;
      }
      svg.chart {
        width: 100%;
        height: auto;
        display: block;
      }
      .axis {
        stroke: var(--rule);
      }
      .mark {
        fill: var(--soft);
        font-size: 11px;
      }
      .fit {
        stroke: var(--as-is);
      }
      .next {
        stroke: var(--changed);
        stroke-dasharray: 5 3;
      }
      .line {
        fill: none;
        stroke-width: 2;
      }
      .key {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        margin-inline-end: 16px;
        font-size: 13px;
        color: var(--soft);
      }
      .key svg {
        width: 24px;
        height: 8px;
      }
      td,
      th {
        text-align: end;
      }
      td:first-child,
      th:first-child {
        text-align: start;
        white-space: nowrap;
      }
      .days {
        max-height: 60dvh;
        overflow: auto;
      }
      .facts + .note {
        margin-top: 12px;
      }
      .notes li {
        overflow-wrap: anywhere;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(window, "resize");
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has("twinId") || !this.twinId) return;
    this.twin = null;
    api.twin(this.twinId).then(
      (found) => (this.twin = found),
      (error: unknown) => (this.failure = explain(error)),
    );
  }

  override render() {
    const twin = this.twin;
    return html`<a class="back" href=${address(["twins", "fitted"])}>${icons.back}${t("twins.fitted")}</a>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
      ${
        twin
          ? html`<div class="row top">
                <h1>${twin.subject}</h1>
                <div class="row">
                  ${twin.report ? html`<a class="button" href=${api.twinReport(twin.id)} target="_blank" rel="noopener">${t("studies.report")}</a>` : nothing}
                  ${this.openButton()}
                </div>
              </div>
              ${this.about(twin)} ${this.days(twin.history)} ${this.parameters(twin)}
              ${
                twin.notes.length
                  ? html`<section class="panel">
                      <h2>${t("twins.notes")}</h2>
                      <ul class="notes small" lang="en">
                        ${twin.notes.map((n) => html`<li>${n}</li>`)}
                      </ul>
                    </section>`
                  : nothing
              }`
          : nothing
      }`;
  }

  private openButton() {
    if (!atLeast(store.me?.role, "instructor")) return nothing;
    return html`<button class="primary" ?disabled=${this.opening} @click=${this.open}>
      ${icons.plus}${this.opening ? t("ward.starting") : t("twins.openAsBed")}
    </button>`;
  }

  private open = async () => {
    this.opening = true;
    this.failure = "";
    try {
      go(["bed", (await api.openTwin(this.twinId)).id]);
    } catch (error) {
      this.failure = explain(error);
    }
    this.opening = false;
  };

  private about(twin: TwinWhole) {
    const fact = (label: string, value: unknown) =>
      html`<dt>${label}</dt>
        <dd>${value}</dd>`;
    const numbers = { ...twin.demographics, ...twin.therapy };
    return html`<section class="panel">
      <h2>${t("studies.about")}</h2>
      <dl class="facts">
        ${twin.source ? fact(t("twins.source"), html`<span lang="en">${twin.source}</span>`) : nothing}
        ${fact(t("twins.model"), html`<code>${twin.model}</code>`)}
        ${fact(t("twins.daysFitted"), html`<span class="num">${twin.days}${twin.first_day ? ` (${twin.first_day} – ${twin.last_day})` : ""}</span>`)}
        ${fact(t("twins.draws"), twin.draws)}
        ${fact(t("twins.made"), html`<span class="num">${wallClock(twin.made)}</span>`)}
        ${fact(t("studies.version"), `twinbed ${twin.version}`)}
        ${Object.entries(numbers).map(([name, value]) => fact(maybe(`quantity.${name}`) ?? name.replace(/_/g, " "), short(value)))}
        ${fact(t("twins.name"), html`<code>twins/${twin.id}.json</code>`)}
      </dl>
      ${twin.weight_assumed ? html`<p class="note small">${t("twins.weightAssumed")}</p>` : nothing}
    </section>`;
  }

  private days(days: TwinDay[]) {
    if (!days.length) return html`<p class="panel">${t("twins.noDays")}</p>`;
    return html`<section class="panel">
      <h2>${t("twins.dayByDay")}</h2>
      ${this.chart(days)}
      <div class="scroll days" tabindex="0" role="region" aria-label=${t("twins.dayByDay")}>
        <table>
          <thead>
            <tr>
              <th scope="col">${t("twins.day")}</th>
              <th scope="col">${t("twins.readings")}</th>
              <th scope="col">${t("twins.mardFit")}</th>
              <th scope="col">${t("twins.rmseFit")}</th>
              <th scope="col">${t("twins.mardNext")}</th>
              <th scope="col">${t("twins.rmseNext")}</th>
              <th scope="col">${t("twins.inside")}</th>
            </tr>
          </thead>
          <tbody>
            ${days.map(
              (d) =>
                html`<tr class="num">
                  <td>${d.date}</td>
                  <td>${d.readings}</td>
                  ${[d.mard, d.rmse, d.predicted_mard, d.predicted_rmse, d.inside].map((v) => html`<td>${v === null ? "–" : shown(v, 1)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </section>`;
  }

  /** The error of every day, fitted and predicted. */
  private chart(days: TwinDay[]) {
    if (days.length < 2) return nothing;
    const width = Math.max(240, this.clientWidth - BESIDE);
    const most = 10 * Math.ceil(Math.max(1, ...days.flatMap((d) => [d.mard ?? 0, d.predicted_mard ?? 0])) / 10);
    const x = (i: number) => PAD.left + (i / (days.length - 1)) * (width - PAD.left - PAD.right);
    const y = (v: number) => HEIGHT - PAD.bottom - (v / most) * (HEIGHT - PAD.top - PAD.bottom);
    const line = (of: (d: TwinDay) => number | null) => {
      let path = "";
      let pen = false;
      days.forEach((d, i) => {
        const v = of(d);
        if (v !== null) path += `${pen ? "L" : "M"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
        pen = v !== null;
      });
      return path;
    };
    const key = (name: string, text: string) =>
      html`<span class="key"
        ><svg viewBox="0 0 24 8" aria-hidden="true"><path class="line ${name}" d="M0 4H24" /></svg>${text}</span
      >`;
    return html`<p>${key("fit", t("twins.mardFit"))}${key("next", t("twins.mardNext"))}</p>
      <svg class="chart" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label=${t("twins.chart")}>
        ${[0, most / 2, most].map(
          (v) =>
            svg`<line class="axis" x1=${PAD.left} x2=${width - PAD.right} y1=${y(v)} y2=${y(v)} /><text class="mark" x=${PAD.left - 6} y=${y(v) + 4} text-anchor="end">${short(v)}</text>`,
        )}
        ${svg`<path class="line fit" d=${line((d) => d.mard)} /><path class="line next" d=${line((d) => d.predicted_mard)} />
        <text class="mark" x=${PAD.left} y=${HEIGHT - 5}>${days[0]!.date}</text><text class="mark" x=${width - PAD.right} y=${HEIGHT - 5} text-anchor="end">${days[days.length - 1]!.date}</text>`}
      </svg>`;
  }

  private parameters(twin: TwinWhole) {
    if (!twin.identifiability.length) return nothing;
    return html`<section class="panel">
      <h2>${t("twins.parameters")}</h2>
      <p class="small">${t("twins.parametersWhat")}</p>
      <div class="scroll" tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">${t("twins.parameter")}</th>
              <th scope="col">${t("twins.value")}</th>
              <th scope="col">${t("twins.told")}</th>
              <th scope="col">${t("twins.entangled")}</th>
            </tr>
          </thead>
          <tbody>
            ${twin.identifiability.map(
              (p) =>
                html`<tr class="num">
                  <td><code>${p.name}</code></td>
                  <td>${p.value === null ? "–" : short(p.value)} ${p.unit === "1" ? "" : p.unit}</td>
                  <td>${p.shrinkage === null ? "–" : `${Math.round(100 * p.shrinkage)} %`}</td>
                  <td><code>${p.entangled_with.join(", ") || "–"}</code></td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </section>`;
  }
}
