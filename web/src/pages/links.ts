import { css, html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Invitation } from "../contract";
import { TwinElement } from "../element";
import { page, shared } from "../style/shared";
import { t, wallClock, zone } from "../text/text";

/** Whom a link is for: who makes a new account, or the person of one that is there. */
export function whom({ name }: Invitation): string {
  return name === null ? t("people.newAccount") : t("people.newPassword", { name });
}

/** One-time links that nobody has used yet. `twin-withdraw` tells which one is to work no more. */
@customElement("twin-links")
export class TwinLinks extends TwinElement {
  @property({ attribute: false }) links: Invitation[] = [];
  @state() private leaving: Invitation | null = null;
  @query("[role=alertdialog] button") private sure!: HTMLButtonElement | null;
  private from: HTMLElement | null = null;

  static override styles = [
    shared,
    page,
    css`
      :host {
        padding: 6px 0 0;
      }
      td {
        vertical-align: middle;
      }
      .zone {
        font-weight: 400;
        white-space: nowrap;
      }
      @media (max-width: 620px) {
        .by {
          display: none;
        }
      }
    `,
  ];

  private ask(link: Invitation, from: EventTarget | null) {
    this.leaving = link;
    this.from = from as HTMLElement | null;
    void this.updateComplete.then(() => this.sure?.focus());
  }

  private cancel = () => {
    this.leaving = null;
    this.from?.focus();
  };

  private withdraw = () => {
    if (this.leaving) this.tell("twin-withdraw", this.leaving.id);
    this.leaving = null;
  };

  override render() {
    if (!this.links.length) return html`<p class="small">${t("people.noneWait")}</p>`;
    return html`${this.leaving ? this.confirm(this.leaving) : nothing}
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">${t("people.for")}</th>
              <th scope="col">${t("people.role")}</th>
              <th scope="col" class="by">${t("people.by")}</th>
              <th scope="col">${t("people.until")} <span class="zone">${zone()}</span></th>
              <th scope="col"></th>
            </tr>
          </thead>
          <tbody>
            ${this.links.map((link) => this.row(link))}
          </tbody>
        </table>
      </div>`;
  }

  private row(link: Invitation) {
    const until = wallClock(link.expires_at);
    return html`<tr>
      <td>${whom(link)}</td>
      <td>${t(`role.${link.role}`)}</td>
      <td class="by">${link.made_by}</td>
      <td class="num">${until}</td>
      <td>
        <button
          class="slim danger"
          aria-label=${t("people.withdrawOf", { whom: whom(link), t: until })}
          @click=${(e: Event) => this.ask(link, e.currentTarget)}
        >
          ${t("people.withdraw")}
        </button>
      </td>
    </tr>`;
  }

  private confirm(link: Invitation) {
    return html`<div class="panel row" role="alertdialog" aria-label=${t("people.withdraw")}>
      <p class="grow">
        ${t("people.withdrawSure", { whom: whom(link), role: t(`role.${link.role}`), t: wallClock(link.expires_at) })}
      </p>
      <button class="danger" @click=${this.withdraw}>${t("people.withdraw")}</button
      ><button @click=${this.cancel}>${t("control.cancel")}</button>
    </div>`;
  }
}
