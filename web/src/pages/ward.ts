import { css, html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { api } from "../api";
import type { BedSummary, CatalogueItem, Trouble } from "../contract";
import { TwinElement } from "../element";
import { go } from "../route";
import { atLeast } from "../roles";
import { explain, store } from "../store";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { either, t } from "../text/text";
import "../monitor/tile";

/** All beds at a glance. */
@customElement("twin-ward")
export class TwinWard extends TwinElement {
  @state() private catalogue: CatalogueItem[] = [];
  @state() private failure = "";
  /** Why beds that should be there are not. */
  @state() private troubles: Trouble[] = [];
  @state() private busy = "";
  @state() private removing: BedSummary | null = null;
  private told = -1;
  @query("dialog.new") private dialog!: HTMLDialogElement;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        padding: 18px 16px 32px;
        max-width: 1680px;
        width: 100%;
        margin: 0 auto;
      }
      .top {
        justify-content: space-between;
        margin-bottom: 14px;
      }
      .tiles {
        display: grid;
        gap: 14px;
        grid-template-columns: repeat(auto-fill, minmax(min(400px, 100%), 1fr));
      }
      .note {
        margin-bottom: 14px;
      }
      .empty {
        padding: 40px 24px;
        text-align: center;
        display: grid;
        gap: 14px;
        justify-items: center;
      }
      .choices {
        display: grid;
        gap: 8px;
      }
      .choices button {
        justify-content: start;
        text-align: start;
        white-space: normal;
        min-height: 56px;
      }
      .choices button {
        padding-block: 8px;
      }
      .choices span small {
        display: block;
        font-weight: 400;
      }
      .choices > button > small {
        margin-inline-start: auto;
      }
      @media (max-width: 620px) {
        :host {
          padding: 12px 8px 24px;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(store);
    api.catalogue().then(
      (c) => (this.catalogue = c),
      (error: unknown) => (this.failure = explain(error)),
    );
  }

  override willUpdate(): void {
    // Beds come one after another when a server starts, and so does what is wrong with them.
    if (this.told !== store.beds.length) void this.ask(store.beds.length);
  }

  private async ask(beds: number) {
    this.told = beds;
    this.troubles = (await api.ward().catch(() => ({ troubles: [] }))).troubles;
  }

  private get mayOpen(): boolean {
    return atLeast(store.me?.role, "instructor");
  }

  override render() {
    const { beds } = store;
    return html`<div class="row top">
        <div>
          <h1>${t("nav.ward")}</h1>
          <p class="small">${t("ward.count", { n: beds.length })}</p>
        </div>
        <div class="row">
          ${this.mayOpen ? html`<button class="primary" @click=${() => this.dialog.showModal()}>${icons.plus}${t("ward.open")}</button>` : nothing}
        </div>
      </div>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
      ${this.troubles.map((trouble) => html`<p class="note bad" role="alert">${trouble.title ? html`<b>${trouble.title}</b>: ` : nothing}${either(trouble, "message")} ${either(trouble, "advice")}</p>`)}
      ${
        beds.length
          ? html`<div class="tiles">
              ${beds.map((b) => html`<twin-tile .bed=${b} ?removable=${store.me?.role === "administrator"} @twin-remove=${() => (this.removing = b)}></twin-tile>`)}
            </div>`
          : html`<div class="panel empty">
              ${store.live.state === "open" ? this.empty() : html`<p>${t("start.loading")}</p>`}
            </div>`
      }
      <dialog class="new" aria-labelledby="new" @click=${(e: Event) => e.target === this.dialog && this.dialog.close()}>
        <div class="inside">
          <header>
            <h1 id="new">${t("ward.open")}</h1>
            <button class="square quiet" aria-label=${t("close")} @click=${() => this.dialog.close()}>
              ${icons.close}
            </button>
          </header>
          ${this.choices()}
        </div>
      </dialog>
      ${this.removing ? this.confirm(this.removing) : nothing}`;
  }

  /** What to do where there is no bed. */
  private empty() {
    const open = this.mayOpen && this.catalogue.length > 0;
    return html`<h2>${t("ward.empty")}</h2>
      ${this.mayOpen && !open ? nothing : html`<p>${t(open ? "ward.emptyOpen" : "ward.emptyWait")}</p>`}
      ${this.choices()}`;
  }

  private choices() {
    if (!this.mayOpen) return nothing;
    return html`<div class="choices">
      ${this.catalogue.map(
        (c) =>
          html`<button ?disabled=${this.busy !== ""} @click=${() => this.open(c)}>
            <span>${either(c, "title")}<small>${either(c, "about")}</small></span
            >${this.busy === c.id ? html`<small>${t("ward.starting")}</small>` : nothing}
          </button>`,
      )}
    </div>`;
  }

  private async open(item: CatalogueItem) {
    this.busy = item.id;
    this.failure = "";
    try {
      const bed = await api.openBed(item.id);
      this.dialog?.close();
      if (this.isConnected) go(["bed", bed.id]); // who went elsewhere meanwhile stays there
    } catch (error) {
      this.failure = explain(error);
      this.dialog?.close();
    }
    this.busy = "";
  }

  private confirm(bed: BedSummary) {
    const close = () => (this.removing = null);
    const remove = async () => {
      await api.removeBed(bed.id).catch((e: unknown) => (this.failure = explain(e)));
      close();
    };
    return html`<div class="panel row" role="alertdialog" aria-label=${t("ward.remove")}>
      <p class="grow">${t("ward.removeSure", { bed: either(bed, "title") })}</p>
      <button class="danger" @click=${remove}>${t("ward.remove")}</button
      ><button @click=${close}>${t("control.cancel")}</button>
    </div>`;
  }
}
