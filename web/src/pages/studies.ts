import { css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api } from "../api";
import type { Study } from "../contract";
import { TwinElement } from "../element";
import { explain } from "../store";
import { shared } from "../style/shared";
import { either, maybe, span, t, wallClock } from "../text/text";

const AGAIN_MS = 4000;

/** Studies and tests of devices on this server: how far they are, and their reports. */
@customElement("twin-studies")
export class TwinStudies extends TwinElement {
  @state() private studies: Study[] | null = null;
  @state() private failure = "";
  private timer = 0;

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 14px;
        align-content: start;
        padding: 18px 16px 32px;
        max-width: 1200px;
        width: 100%;
        margin: 0 auto;
      }
      progress {
        width: 140px;
        height: 8px;
        accent-color: var(--accent);
      }
      td {
        vertical-align: middle;
      }
      .verdict {
        font-weight: 650;
      }
      .verdict.pass {
        color: var(--good);
      }
      .verdict.fail {
        color: var(--bad);
      }
      .verdict.undecided {
        color: var(--warn);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearTimeout(this.timer);
  }

  private async load() {
    try {
      this.studies = await api.studies();
      this.failure = "";
    } catch (error) {
      this.failure = explain(error);
    }
    const going = this.studies?.some((s) => s.state === "running" || s.state === "waiting");
    if (this.isConnected && going) this.timer = window.setTimeout(() => void this.load(), AGAIN_MS);
  }

  override render() {
    return html`<h1>${t("nav.studies")}</h1>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
      <section class="panel scroll">
        ${this.studies?.length ? this.table(this.studies) : html`<p>${this.studies ? t("studies.none") : nothing}</p>`}
      </section>`;
  }

  private table(studies: Study[]) {
    return html`<table>
      <thead>
        <tr>
          <th scope="col">${t("studies.what")}</th>
          <th scope="col">${t("studies.state")}</th>
          <th scope="col">${t("studies.verdict")}</th>
          <th scope="col">${t("studies.began")}</th>
          <th scope="col"></th>
        </tr>
      </thead>
      <tbody>
        ${studies.map(
          (s) =>
            html`<tr>
              <td>${either(s, "title")} <small>${t(`studies.${s.kind}`)}</small></td>
              <td>${this.stateOf(s)}</td>
              <td class="verdict ${s.verdict ?? ""}">${s.verdict ? t(`verdict.${s.verdict}`) : "–"}</td>
              <td class="num">${s.began ? wallClock(s.began) : "–"}</td>
              <td class="row">
                ${s.report ? html`<a class="button" href=${s.report} target="_blank" rel="noopener">${t("studies.report")}</a>` : nothing}${s.evidence ? html`<a href=${s.evidence} download>${t("studies.evidence")}</a>` : nothing}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  private stateOf(study: Study) {
    if (study.state !== "running") return maybe(`studyState.${study.state}`) ?? study.state;
    return html`<progress max="1" .value=${study.progress} aria-label=${either(study, "title")}></progress
      >${study.left_s ? html` <small>${t("studies.left", { span: span(Math.ceil(study.left_s / 60) * 60) })}</small>` : nothing}`;
  }
}
