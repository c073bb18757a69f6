import { css, html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { api } from "../api";
import type { Known, KnownDevice, KnownPatient, KnownPopulation, Twin, Twins } from "../contract";
import { TwinElement } from "../element";
import { atLeast } from "../roles";
import { address, go } from "../route";
import { explain, store } from "../store";
import { icons } from "../style/icons";
import { page, shared } from "../style/shared";
import { either, language, maybe, t, wallClock, type Key } from "../text/text";
import { patientLine } from "./patient";
import "./card";
import "./fitted";

const TABS = ["patients", "devices", "fitted"] as const;
const LABEL: Record<string, Key> = { patients: "twins.patients", devices: "twins.devices", fitted: "twins.fitted" };

/** Who and what is known here: virtual patients, devices with their cards, and twins of real people. */
@customElement("twin-twins")
export class TwinTwins extends TwinElement {
  @property() tab = "patients";
  @state() private known: Known | null = null;
  @state() private twins: Twins | null = null;
  @state() private failure = "";
  @state() private sought = "";
  @state() private card = "";
  @state() private busy = "";
  @query("dialog") private dialog!: HTMLDialogElement;

  static override styles = [
    shared,
    page,
    css`
      .tabs {
        display: flex;
        gap: 4px;
        overflow-x: auto;
        border-bottom: 1px solid var(--rule);
      }
      .tabs a {
        display: inline-flex;
        align-items: center;
        min-height: 44px;
        padding: 0 14px;
        color: var(--soft);
        font-weight: 550;
        text-decoration: none;
        white-space: nowrap;
        border-bottom: 2px solid transparent;
      }
      .tabs a[aria-current] {
        color: var(--ink);
        border-bottom-color: var(--accent);
      }
      .grid {
        display: grid;
        gap: 12px;
        grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr));
      }
      .one {
        display: grid;
        gap: 6px;
        align-content: start;
        grid-template-rows: auto 1fr auto;
      }
      .one h3 {
        font-size: 15px;
        color: var(--ink);
      }
      .one > .row {
        margin-top: 6px;
      }
      .one p {
        color: var(--soft);
        overflow-wrap: anywhere;
      }
      .id {
        color: var(--faint);
        font-size: 12px;
        overflow-wrap: anywhere;
      }
      dialog {
        width: min(860px, calc(100vw - 24px));
      }
      input[type="search"] {
        max-width: 420px;
      }
      section > h2 {
        margin: 8px 0 10px;
      }
      section > h2 + .small {
        margin: -4px 0 10px;
      }
      .empty {
        padding: 30px 20px;
        display: grid;
        gap: 10px;
      }
      code {
        font-family: var(--mono);
        font-size: 13px;
        overflow-wrap: anywhere;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    const failed = (error: unknown) => (this.failure = explain(error));
    api.registry().then((found) => (this.known = found), failed);
    api.twins().then((found) => (this.twins = found), failed);
  }

  private async open(template: string) {
    this.busy = template;
    try {
      go(["bed", (await api.openBed(template)).id]);
    } catch (error) {
      this.failure = explain(error);
    }
    this.busy = "";
  }

  private show(id: string) {
    this.card = id;
    void this.updateComplete.then(() => this.dialog.showModal());
  }

  override render() {
    const tab = (TABS as readonly string[]).includes(this.tab) ? this.tab : "patients";
    return html`<h1>${t("nav.twins")}</h1>
      <nav class="tabs" aria-label=${t("nav.twins")}>
        ${TABS.map(
          (name) =>
            html`<a href=${address(["twins", name])} aria-current=${name === tab ? "page" : nothing}
              >${t(LABEL[name]!)}</a
            >`,
        )}
      </nav>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
      ${tab === "fitted" ? this.fitted() : this.known ? (tab === "devices" ? this.devices(this.known) : this.patients(this.known)) : html`<p class="small">${t("start.loading")}</p>`}
      <dialog
        aria-labelledby="card"
        @close=${() => (this.card = "")}
        @click=${(e: Event) => e.target === this.dialog && this.dialog.close()}
      >
        <div class="inside">
          <header>
            <h1 id="card">${t("card.title")}</h1>
            <button class="square quiet" aria-label=${t("close")} @click=${() => this.dialog.close()}>
              ${icons.close}
            </button>
          </header>
          ${this.card ? html`<twin-card .componentId=${this.card}></twin-card>` : nothing}
        </div>
      </dialog>`;
  }

  private patients({ patients, populations }: Known) {
    return html`<section>
        <h2>${t("twins.ofBeds")}</h2>
        <div class="grid">${patients.map((p) => this.patient(p))}</div>
      </section>
      <section>
        <h2>${t("twins.populations")}</h2>
        <div class="grid">${populations.map((p) => this.population(p))}</div>
      </section>`;
  }

  private patient(patient: KnownPatient) {
    const { age, sex, weight_kg } = patient;
    const who = {
      ...(age === null ? {} : { age }),
      ...(sex === null ? {} : { sex }),
      ...(weight_kg === null ? {} : { weight_kg }),
    };
    return html`<article class="panel one">
      <h3>${either(patient, "title")}</h3>
      <p>${either(patient, "about")} <small class="num">${patientLine(who)}</small></p>
      <div class="row">${this.openButton(patient.template)}</div>
    </article>`;
  }

  private openButton(template: string, label?: string) {
    if (!atLeast(store.me?.role, "instructor")) return nothing;
    return html`<button class="slim" ?disabled=${this.busy !== ""} @click=${() => this.open(template)}>
      ${this.busy === template ? t("ward.starting") : (label ?? t("ward.open"))}
    </button>`;
  }

  private population(population: KnownPopulation) {
    return html`<article class="panel one">
      <h3 lang=${this.foreign(population)}>${either(population, "title")}</h3>
      <p>
        <span class="id mono">${population.id}</span>
        ${population.source ? html`<br /><small>${t("twins.source")}: <span lang="en">${population.source}</span></small>` : nothing}
      </p>
      <div class="row">
        ${population.model ? html`<button class="slim" @click=${() => this.show(population.model!)}>${t("card.model")}</button>` : nothing}
      </div>
    </article>`;
  }

  private devices({ devices, patients }: Known) {
    const words = this.sought.toLowerCase().split(/\s+/);
    const hit = (d: KnownDevice) =>
      words.every((w) => `${d.id} ${d.title} ${d.title_ko ?? ""}`.toLowerCase().includes(w));
    const found = devices.filter(hit);
    const groups = [...new Set(found.map((d) => d.group))];
    const title = new Map(patients.map((p) => [p.template, either(p, "title")]));
    return html`<label
        >${t("actions.seek")}<input
          type="search"
          .value=${this.sought}
          @input=${(e: Event) => (this.sought = (e.target as HTMLInputElement).value)}
      /></label>
      ${found.length ? nothing : html`<p class="panel">${t("twins.noDevice")}</p>`}
      ${groups.map(
        (group) =>
          html`<section>
            <h2>${maybe(`deviceGroup.${group}`) ?? group}</h2>
            <div class="grid">${found.filter((d) => d.group === group).map((d) => this.device(d, title))}</div>
          </section>`,
      )}`;
  }

  /** English where there is no Korean. */
  private foreign(named: { title_ko: string | null }) {
    return language() === "ko" && !named.title_ko ? "en" : nothing;
  }

  private device(device: KnownDevice, title: Map<string, string>) {
    const beds = device.templates.map((id) => title.get(id)).filter(Boolean);
    return html`<article class="panel one">
      <h3 lang=${this.foreign(device)}>${either(device, "title")}</h3>
      <p>
        <span class="id mono">${device.id}</span>
        ${beds.length ? html`<br /><small>${t("twins.atBeds", { beds: beds.join("; ") })}</small>` : nothing}
      </p>
      <div class="row">
        <button class="slim" @click=${() => this.show(device.id)}>${t("card.title")}</button>
        ${device.templates[0] ? this.openButton(device.templates[0], t("twins.openWith")) : nothing}
      </div>
    </article>`;
  }

  private fitted() {
    if (!this.twins) return this.failure ? nothing : html`<p class="small">${t("start.loading")}</p>`;
    const { fitted, not_fitted } = this.twins;
    return html`${
        fitted.length || not_fitted.length
          ? nothing
          : html`<section class="panel empty">
              <h2>${t("twins.none")}</h2>
              <p class="small">${t("twins.how")}</p>
              <p lang="en"><code>twinbed fit recordings --out DATA/twins/NAME</code></p>
            </section>`
      }
      <div class="grid">${fitted.map((twin) => this.twin(twin))}</div>
      ${
        fitted.length && atLeast(store.me?.role, "engineer")
          ? html`<p>
              <a class="button" href=${address(["studies"], { start: "twins" })}>${icons.plus}${t("twins.study")}</a>
            </p>`
          : nothing
      }
      ${
        not_fitted.length
          ? html`<section>
              <h2>${t("twins.notFitted")}</h2>
              <p class="small">${t("twins.notFittedWhy")}</p>
              <div class="grid">
                ${not_fitted.map(
                  (p) =>
                    html`<article class="panel one">
                      <h3>${p.subject}</h3>
                      <p><small lang="en">${[p.source, ...p.notes].filter(Boolean).join(" · ")}</small></p>
                    </article>`,
                )}
              </div>
            </section>`
          : nothing
      }`;
  }

  private twin(twin: Twin) {
    const errors = twin.scores;
    return html`<article class="panel one">
      <h3>${twin.subject}</h3>
      <p>
        ${t(twin.days === 1 ? "twins.oneDay" : "twins.days", { n: twin.days })}${twin.first_day ? html` <span class="num">${twin.first_day} – ${twin.last_day}</span>` : nothing}
        ${errors?.mard == null ? nothing : html`<br />${t("twins.fitError", { n: errors.mard })}`}
        ${errors?.predicted_mard == null ? nothing : html`<br />${t("twins.nextError", { n: errors.predicted_mard })}`}
        <br /><small class="num">${t("twins.madeAt", { t: wallClock(twin.made) })}</small>
      </p>
      <div class="row">
        <a class="button" href=${address(["twins", "of", twin.id])}>${t("twins.history")}</a>
        ${twin.report ? html`<a class="button" href=${api.twinReport(twin.id)} target="_blank" rel="noopener">${t("studies.report")}</a>` : nothing}
      </div>
    </article>`;
  }
}
