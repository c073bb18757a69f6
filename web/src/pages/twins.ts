import { css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api } from "../api";
import type { Twin } from "../contract";
import { TwinElement } from "../element";
import { atLeast } from "../roles";
import { go } from "../route";
import { explain, store } from "../store";
import { shared } from "../style/shared";
import { either, t, wallClock } from "../text/text";

/** Twins of real people that were fitted: where they come from, and a bed for each. */
@customElement("twin-twins")
export class TwinTwins extends TwinElement {
  @state() private twins: Twin[] | null = null;
  @state() private failure = "";

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
      .grid {
        display: grid;
        gap: 12px;
        grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr));
      }
      .twin {
        display: grid;
        gap: 10px;
        align-content: start;
      }
      .twin p {
        color: var(--soft);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    api.twins().then(
      (found) => (this.twins = found),
      (error: unknown) => (this.failure = explain(error)),
    );
  }

  private async open(twin: Twin) {
    try {
      const bed = await api.openBed(twin.template!, either(twin, "title"));
      go(["bed", bed.id]);
    } catch (error) {
      this.failure = explain(error);
    }
  }

  override render() {
    return html`<h1>${t("nav.twins")}</h1>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
      ${this.twins?.length === 0 ? html`<p class="panel">${t("twins.none")}</p>` : nothing}
      <div class="grid">
        ${(this.twins ?? []).map(
          (twin) =>
            html`<section class="panel twin">
              <h2>${either(twin, "title")}</h2>
              <p>${either(twin, "about")}</p>
              <small class="num">${twin.made ? wallClock(twin.made) : nothing}</small>
              <div class="row">
                ${twin.template && atLeast(store.me?.role, "instructor") ? html`<button class="primary slim" @click=${() => this.open(twin)}>${t("ward.open")}</button>` : nothing}
                ${twin.report ? html`<a class="button" href=${twin.report} target="_blank" rel="noopener">${t("studies.report")}</a>` : nothing}
              </div>
            </section>`,
        )}
      </div>`;
  }
}
