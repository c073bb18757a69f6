import { css, html, nothing } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { NumberView } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { isOff, labelOfNumber } from "./reading";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { shown, t } from "../text/text";
import "../devices/control";

/** Whether a number has limits beyond the others, of an alarm of high priority. */
const hasVery = ({ limits }: NumberView) => Boolean(limits?.very_low_control || limits?.very_high_control);

/** The limits at which numbers alarm; each change is a request that the bed accepts or refuses. */
@customElement("twin-limits")
export class TwinLimits extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @query("dialog") private dialog!: HTMLDialogElement;

  static override styles = [
    shared,
    css`
      dialog {
        width: min(720px, calc(100vw - 24px));
      }
      .rows {
        display: grid;
        gap: 14px;
      }
      .limit {
        display: grid;
        grid-template-columns: 120px 1fr 1fr;
        gap: 10px;
        align-items: center;
      }
      .what {
        font-weight: 650;
      }
      .what small {
        display: block;
        font-weight: 400;
      }
      .very {
        border-inline-start: 3px solid var(--high);
        border-radius: 10px;
      }
      @media (max-width: 560px) {
        .limit {
          grid-template-columns: 1fr 1fr;
        }
        .under {
          display: none;
        }
        .what {
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  open(): void {
    this.follow(this.feed);
    this.requestUpdate();
    this.dialog.showModal();
  }

  private onClose = () => this.unfollow(this.feed);

  override render() {
    const numbers = this.feed.bed.view.numbers.filter(
      (n) => n.limits && (n.limits.low_control || n.limits.high_control),
    );
    return html`<dialog
      aria-labelledby="title"
      @close=${this.onClose}
      @click=${(e: Event) => e.target === this.dialog && this.dialog.close()}
    >
      <div class="inside">
        <header>
          <h1 id="title">${t("limits.title")}</h1>
          <button class="square quiet" aria-label=${t("close")} @click=${() => this.dialog.close()}>
            ${icons.close}
          </button>
        </header>
        ${numbers.some((n) => hasVery(n)) ? html`<p class="small">${t("limits.very")}</p>` : nothing}
        ${numbers.length ? html`<div class="rows">${numbers.map((n) => this.row(n))}</div>` : html`<p>${t("limits.none")}</p>`}
      </div>
    </dialog>`;
  }

  private row(number: NumberView) {
    return html`<div class="limit">
      <p class="what">
        ${labelOfNumber(number)}
        <small class="num"
          >${t("limits.now", { value: `${shown(this.feed.numbers[number.id], number.digits)} ${number.unit}` })}</small
        >
      </p>
      ${this.side("low", number)}${this.side("high", number)}
      ${hasVery(number) ? html`<span class="under"></span>${this.side("very_low", number)}${this.side("very_high", number)}` : nothing}
    </div>`;
  }

  private side(side: "low" | "high" | "very_low" | "very_high", number: NumberView) {
    const id = number.limits?.[`${side}_control`];
    const control = id ? this.feed.control(id) : undefined;
    if (!control) return html`<span></span>`;
    const now = typeof control.now === "number" ? control.now : null;
    const name = t(`limits.${side}`);
    return html`<twin-control
      class=${side.startsWith("very_") ? "very" : ""}
      .feed=${this.feed}
      .control=${control}
      .now=${now ?? undefined}
      name=${isOff(control, side.endsWith("low") ? "low" : "high", now) ? t("limits.off", { name }) : name}
    ></twin-control>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-limits": TwinLimits;
  }
}
