import { css, html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { api } from "../api";
import type { Language, RunWhole } from "../contract";
import { TwinElement } from "../element";
import { Poll } from "../live/poll";
import { address, go } from "../route";
import { atLeast } from "../roles";
import { explain, store } from "../store";
import { icons } from "../style/icons";
import { page, shared } from "../style/shared";
import { either, language, maybe, t, wallClock } from "../text/text";
import { goesOn, howFar, lasting, verdictOf, why } from "./run-words";
import { runs as look } from "./runs.styles";

const AGAIN_MS = 1000;
const MOST_LINES = 2000;
const REPORTS: Record<string, { of: Language; name: string }> = {
  "report.html": { of: "en", name: "English" },
  "report.ko.html": { of: "ko", name: "한국어" },
};

/** One study or one test of a device: how far it is, what it says, and what it left. */
@customElement("twin-run")
export class TwinRun extends TwinElement {
  @property() runId = "";
  @state() private run: RunWhole | null = null;
  @state() private lines: string[] = [];
  @state() private failure = "";
  @state() private removing = false;
  @query("pre") private log!: HTMLElement | null;
  private next = 0;
  private asking: Promise<void> | null = null;
  private readonly poll = new Poll(this, () => this.load(), AGAIN_MS);

  static override styles = [
    shared,
    page,
    look,
    css`
      :host {
        max-width: 980px;
      }
      h1,
      .note {
        overflow-wrap: anywhere;
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
      .now {
        display: grid;
        gap: 8px;
      }
      pre {
        margin: 8px 0 0;
        padding: 12px;
        max-height: 340px;
        min-height: 60px;
        overflow: auto;
        background: var(--field);
        border: 1px solid var(--rule);
        border-radius: var(--r);
        font: 12.5px/1.5 var(--mono);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      section h2 {
        margin-bottom: 10px;
      }
      .files {
        margin-top: 12px;
      }
      .said li + li {
        margin-top: 6px;
      }
    `,
  ];

  /** The id is known only now: an element that is loaded when needed gets it before it is one. */
  override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has("runId") || !this.runId) return;
    this.run = null;
    this.lines = [];
    this.next = 0;
    void this.poll.now();
  }

  private async load(): Promise<boolean> {
    const id = this.runId;
    if (!id) return false;
    try {
      const run = await api.study(id);
      if (id !== this.runId) return false;
      this.run = run;
      await this.read();
      this.failure = "";
    } catch (error) {
      this.failure = explain(error);
    }
    return this.run === null ? false : goesOn(this.run);
  }

  /** Reads on in the log, one reading at a time, so that no line comes twice. */
  private read(): Promise<void> {
    const id = this.runId;
    this.asking ??= api
      .studyLog(id, this.next)
      .then(({ lines, next }) => {
        if (id !== this.runId) return;
        const below = !this.log || this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - 8;
        this.next = next;
        if (lines.length) this.lines = [...this.lines, ...lines].slice(-MOST_LINES);
        if (below) void this.updateComplete.then(() => this.log?.scrollTo({ top: this.log.scrollHeight }));
      })
      .finally(() => (this.asking = null));
    return this.asking;
  }

  private async act(what: () => Promise<RunWhole>) {
    try {
      this.run = await what();
      this.failure = "";
      await this.poll.now();
    } catch (error) {
      this.failure = explain(error);
    }
  }

  private removeRun = async () => {
    try {
      await api.removeStudy(this.runId);
      go(["studies"]);
    } catch (error) {
      this.failure = explain(error);
      this.removing = false;
    }
  };

  override render() {
    const run = this.run;
    return html`<a class="back" href=${address(["studies"])}>${icons.back}${t("nav.studies")}</a>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
      ${
        run
          ? html`<div class="row top">
                <h1>${either(run, "title")}</h1>
                <div class="row">${this.buttons(run)}</div>
              </div>
              ${this.removing ? this.sure() : nothing} ${this.now(run)} ${this.outcome(run)} ${this.about(run)}
              ${this.said()}`
          : nothing
      }`;
  }

  private buttons(run: RunWhole) {
    if (!run.mine || !atLeast(store.me?.role, "engineer")) return nothing;
    if (goesOn(run))
      return html`<button class="danger" @click=${() => this.act(() => api.cancelStudy(run.id))}>
        ${t("control.cancel")}
      </button>`;
    return html`${
        run.state === "done"
          ? nothing
          : html`<button @click=${() => this.act(() => api.studyAgain(run.id))}>
              ${icons.play}${t("studies.again")}
            </button>`
      }<button class="danger" @click=${() => (this.removing = true)}>${t("studies.remove")}</button>`;
  }

  private sure() {
    return html`<div class="panel row" role="alertdialog" aria-label=${t("studies.remove")}>
      <p class="grow">${t("studies.removeSure")}</p>
      <button class="danger" @click=${this.removeRun}>${t("studies.remove")}</button
      ><button @click=${() => (this.removing = false)}>${t("control.cancel")}</button>
    </div>`;
  }

  private now(run: RunWhole) {
    return html`<section class="panel now" aria-live="polite">
      <div>${howFar(run)}</div>
      ${run.phase ? html`<p class="small mono" lang="en">${[run.phase, run.detail].filter(Boolean).join(" · ")}</p>` : nothing}
      ${run.state === "waiting" ? html`<p class="small">${t("studies.waits")}</p>` : nothing}
      ${run.elapsed_s === null ? nothing : html`<p class="small num">${t("studies.lasted", { span: lasting(run.elapsed_s) })}</p>`}
      ${why(run)}
    </section>`;
  }

  private outcome(run: RunWhole) {
    if (run.state !== "done") return nothing;
    const here = (name: string) => REPORTS[name]?.of === language();
    const reports = run.files
      .filter((f) => REPORTS[f.name])
      .sort((a, b) => Number(here(b.name)) - Number(here(a.name)));
    return html`<section class="panel">
      <h2>${t("studies.outcome")}</h2>
      <p>${verdictOf(run)}</p>
      ${
        run.sentences.length
          ? html`<ul class="said" lang="en">
              ${run.sentences.map((s) => html`<li>${s}</li>`)}
            </ul>`
          : nothing
      }
      <div class="row files">
        ${reports.map(
          (f, i) =>
            html`<a
              class="button ${i ? "" : "primary"}"
              href=${api.studyFile(run.id, f.name)}
              target="_blank"
              rel="noopener"
              >${t("studies.report")}: ${REPORTS[f.name]!.name}</a
            >`,
        )}
      </div>
    </section>`;
  }

  private about(run: RunWhole) {
    const asked = Object.entries(run.asked).filter(([name, v]) => v !== null && name !== "hash" && name !== "settings");
    const settings = Object.entries((run.asked["settings"] ?? {}) as Record<string, unknown>);
    const files = run.files.filter((f) => !REPORTS[f.name]);
    return html`<section class="panel">
      <h2>${t("studies.about")}</h2>
      <dl class="facts">
        <dt>${t("studies.who")}</dt>
        <dd>${run.who}, <span class="num">${wallClock(run.made)}</span></dd>
        ${asked.map(
          ([name, value]) =>
            html`<dt>${maybe(`asked.${name}`) ?? name}</dt>
              <dd>
                ${maybe(name === "kind" ? `asked.kind.${value}` : `executor.${value}`) ?? html`<code>${String(value)}</code>`}
              </dd>`,
        )}
        ${settings.map(
          ([name, value]) =>
            html`<dt><code>${name}</code></dt>
              <dd><code>${String(value)}</code></dd>`,
        )}
        <dt>${t("studies.version")}</dt>
        <dd>twinbed ${run.version}</dd>
      </dl>
      <div class="row files">
        ${files.map(
          (f) =>
            html`<a class="button" href=${api.studyFile(run.id, f.name)} download
              >${icons.download}${f.name} <small class="num">${Math.ceil(f.bytes / 1024)} kB</small></a
            >`,
        )}
      </div>
    </section>`;
  }

  private said() {
    return html`<section class="panel">
      <h2 id="log">${t("studies.log")}</h2>
      ${
        this.lines.length
          ? html`<pre tabindex="0" lang="en" role="log" aria-labelledby="log">${this.lines.join("\n")}</pre>`
          : html`<p class="small">${t("studies.logEmpty")}</p>`
      }
    </section>`;
  }
}
