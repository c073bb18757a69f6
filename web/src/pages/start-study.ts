import { css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { api } from "../api";
import type { Executor, Offered, StudyOffered, StudyStart } from "../contract";
import { TwinElement } from "../element";
import { explain } from "../store";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { either, t } from "../text/text";
import { form } from "./form.styles";

const FILE = "file";

/** A form that starts a study: one that the server offers, or a file of one's own. */
@customElement("twin-start-study")
export class TwinStartStudy extends TwinElement {
  /** The study that is chosen to begin with. */
  @property() first = "";
  @state() private offered: Offered | null = null;
  @state() private chosen = "";
  @state() private file: { name: string; text: string } | null = null;
  @state() private busy = false;
  @state() private failure = "";

  static override styles = [
    shared,
    form,
    css`
      input[type="file"] {
        padding: 9px 12px;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    api.offered().then(
      (found) => {
        this.offered = found;
        const can = found.studies.filter((s) => !this.lacksTwins(s));
        this.chosen = (can.find((s) => s.id === this.first) ?? can[0])?.id ?? FILE;
      },
      (error: unknown) => (this.failure = explain(error)),
    );
  }

  private lacksTwins(study: StudyOffered): boolean {
    return study.twins && !this.offered?.twins;
  }

  private pick = async (event: Event) => {
    const file = (event.target as HTMLInputElement).files?.[0];
    const most = this.offered?.study_bytes ?? 0;
    this.failure = file && file.size > most ? t("start.large", { kb: Math.floor(most / 1000) }) : "";
    this.file = file && !this.failure ? { name: file.name, text: await file.text() } : null;
  };

  private start = async (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const wanted: StudyStart = { executor: data.get("executor") as Executor };
    if (this.chosen !== FILE) wanted.study = this.chosen;
    else if (this.file) wanted.toml = this.file.text;
    else {
      this.failure ||= t("start.noFile");
      return;
    }
    if (data.get("patients")) wanted.patients = Number(data.get("patients"));
    if (data.get("seed")) wanted.seed = Number(data.get("seed"));
    this.busy = true;
    try {
      this.tell("twin-started", (await api.startStudy(wanted)).id);
    } catch (error) {
      this.failure = explain(error);
    }
    this.busy = false;
  };

  override render() {
    if (!this.offered)
      return this.failure
        ? html`<p class="note bad" role="alert">${this.failure}</p>`
        : html`<p>${t("start.loading")}</p>`;
    const study = this.offered.studies.find((s) => s.id === this.chosen);
    return html`<form @submit=${this.start}>
      <div class="choices" role="radiogroup" aria-label=${t("start.which")}>
        ${this.offered.studies.map((s) => this.choice(s))}
        <label class="choice"
          ><input
            type="radio"
            name="study"
            value=${FILE}
            .checked=${this.chosen === FILE}
            @change=${() => (this.chosen = FILE)}
          /><span>${t("start.file")}</span><small>${t("start.fileWhat")}</small></label
        >
      </div>
      ${
        this.chosen === FILE
          ? html`<label>${t("start.toml")}<input type="file" accept=".toml" @change=${this.pick} /></label>`
          : nothing
      }
      ${this.fields(study)}
      <p class="small">${t("start.onlyRegistered")}</p>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
      <div class="end"><button class="primary" ?disabled=${this.busy}>${icons.play}${t("start.start")}</button></div>
    </form>`;
  }

  private choice(study: StudyOffered) {
    const lacks = this.lacksTwins(study);
    return html`<label class="choice"
      ><input
        type="radio"
        name="study"
        value=${study.id}
        ?disabled=${lacks}
        .checked=${this.chosen === study.id}
        @change=${() => (this.chosen = study.id)}
      /><span>${either(study, "title")}</span
      ><small>${lacks ? t("start.noTwins") : either(study, "question")}</small></label
    >`;
  }

  private fields(study: StudyOffered | undefined) {
    const twinsOnly = study?.twins && study.patients === 0;
    return html`<div class="fields">
      <label
        >${t("start.patients")}<input
          type="number"
          name="patients"
          min="1"
          max=${this.offered!.patients}
          ?disabled=${twinsOnly ?? false}
          placeholder=${twinsOnly ? t("start.ofTwins") : study ? String(study.patients) : t("start.asFile")}
      /></label>
      <label
        >${t("start.seed")}<input
          type="number"
          name="seed"
          min="0"
          max=${Number.MAX_SAFE_INTEGER}
          placeholder=${study ? String(study.seed) : t("start.asFile")}
      /></label>
      <label
        >${t("start.executor")}<select name="executor">
          ${this.offered!.executors.map((e) => html`<option value=${e}>${t(`executor.${e}`)}</option>`)}
        </select></label
      >
    </div>`;
  }
}
