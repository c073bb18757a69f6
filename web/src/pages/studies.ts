import { css, html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { api } from "../api";
import type { Run } from "../contract";
import { TwinElement } from "../element";
import { Poll } from "../live/poll";
import { atLeast } from "../roles";
import { address, go, route, routeChanged, setQuery } from "../route";
import { explain, store } from "../store";
import { icons } from "../style/icons";
import { page, shared } from "../style/shared";
import { either, t, wallClock } from "../text/text";
import { runs as look } from "./runs.styles";
import { goesOn, howFar, verdictOf } from "./run-words";
import "./run";
import "./start-bench";
import "./start-study";

const AGAIN_MS = 2000;

/** Studies and tests of devices on this server: how far they are, what came of them, and how to start one. */
@customElement("twin-studies")
export class TwinStudies extends TwinElement {
  @state() private runs: Run[] | null = null;
  @state() private failure = "";
  @state() private starting: "study" | "bench" | "" = "";
  @query("dialog") private dialog!: HTMLDialogElement;

  static override styles = [
    shared,
    page,
    look,
    css`
      .runs {
        display: grid;
        gap: 8px;
      }
      .run {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(150px, 220px) minmax(90px, 170px);
        gap: 6px 18px;
        align-items: center;
        padding: 12px 16px;
        color: var(--ink);
        text-decoration: none;
      }
      .run:hover {
        border-color: var(--faint);
      }
      .run small {
        display: block;
        overflow-wrap: anywhere;
      }
      .title {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .empty {
        padding: 36px 24px;
        display: grid;
        gap: 10px;
        justify-items: center;
        text-align: center;
      }
      dialog {
        width: min(680px, calc(100vw - 24px));
      }
      @media (max-width: 760px) {
        .run {
          grid-template-columns: minmax(0, 1fr) auto;
          padding: 12px;
        }
        .run > :first-child {
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  constructor() {
    super();
    new Poll(this, () => this.load(), AGAIN_MS);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(routeChanged);
  }

  /** An address with `?start=STUDY` is the form with that study. */
  override updated(): void {
    if (route().query.has("start") && this.may && !this.starting) this.open("study");
  }

  private get may(): boolean {
    return atLeast(store.me?.role, "engineer");
  }

  private async load(): Promise<boolean> {
    try {
      this.runs = await api.studies();
      this.failure = "";
    } catch (error) {
      this.failure = explain(error);
    }
    return this.failure !== "" || (this.runs ?? []).some(goesOn);
  }

  private open(what: "study" | "bench") {
    this.starting = what;
    void this.updateComplete.then(() => this.dialog.showModal());
  }

  private close = () => {
    if (route().query.has("start")) setQuery({ start: null });
    this.dialog?.close();
    this.starting = "";
  };

  private started = (event: CustomEvent<string>) => {
    this.close();
    go(["studies", event.detail]);
  };

  override render() {
    return html`<div class="row top">
        <h1>${t("nav.studies")}</h1>
        ${this.may ? html`<div class="row">${this.buttons()}</div>` : nothing}
      </div>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
      ${
        this.runs?.length === 0
          ? html`<section class="panel empty">
              <h2>${t("studies.none")}</h2>
              <p class="small">${this.may ? t("studies.noneStart") : t("studies.noneWait")}</p>
            </section>`
          : nothing
      }
      <ul class="runs">
        ${(this.runs ?? []).map((run) => html`<li>${this.run(run)}</li>`)}
      </ul>
      ${this.starting ? this.form() : nothing}`;
  }

  private buttons() {
    return html`<button class="primary" @click=${() => this.open("study")}>
        ${icons.plus}${t("studies.startStudy")}</button
      ><button @click=${() => this.open("bench")}>${icons.plus}${t("studies.startBench")}</button>`;
  }

  private form() {
    const study = this.starting === "study";
    return html`<dialog aria-labelledby="start" @close=${this.close}>
      <div class="inside">
        <header>
          <h1 id="start">${t(study ? "studies.startStudy" : "studies.startBench")}</h1>
          <button class="square quiet" aria-label=${t("close")} @click=${this.close}>${icons.close}</button>
        </header>
        ${
          study
            ? html`<twin-start-study
                .first=${route().query.get("start") ?? ""}
                @twin-started=${this.started}
              ></twin-start-study>`
            : html`<twin-start-bench @twin-started=${this.started}></twin-start-bench>`
        }
      </div>
    </dialog>`;
  }

  private run(run: Run) {
    return html`<a class="panel run" href=${address(["studies", run.id])}>
      <span>
        <span class="title">${either(run, "title")}</span>
        <small>${t(`studies.${run.kind}`)} · ${run.who} · <span class="num">${wallClock(run.made)}</span></small>
      </span>
      <span>${howFar(run)}</span>
      <span>${verdictOf(run)}</span>
    </a>`;
  }
}
