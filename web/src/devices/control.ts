import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Control } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { moment } from "../text/moment";
import { either, t } from "../text/text";
import { spoken, spokenControl, spokenUnit, unitOf, unspoken } from "./dose";
import { beyond, decimals, nudge, staying } from "./stepping";

const SAID_MS = 6000;

/** One control of a bed: a knob with steps, a choice, or a button. Nothing happens before it is confirmed. */
@customElement("twin-control")
export class TwinControl extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @property({ attribute: false }) control!: Control;
  /** What the device says the setting is now, where it says more than the list of controls. */
  @property({ attribute: false }) now: number | string | null | undefined = undefined;
  @property() name = "";
  @state() private busy = false;
  @state() private said: { accepted: boolean; text: string } | null = null;
  private timer = 0;
  /** What was put into the field; what else stands there somebody is typing. */
  private drawn = "";

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        min-width: 0;
        container-type: inline-size;
      }
      .knob {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 4px;
        padding: 10px;
        background: var(--raised);
        border: 1px solid var(--rule);
        border-radius: 10px;
        height: 100%;
        align-content: start;
      }
      .knob.waiting {
        border-color: var(--warn);
        box-shadow: inset 0 0 0 1px var(--warn);
      }
      .name {
        font-size: 13px;
        line-height: 17px;
        color: var(--soft);
        font-weight: 550;
        display: flex;
        gap: 6px;
        justify-content: space-between;
      }
      .value {
        display: grid;
        grid-template-columns: 44px minmax(0, 1fr) 44px;
        gap: 2px;
        align-items: center;
      }
      .value button {
        min-width: 0;
        padding: 0;
      }
      .value input {
        border: 0;
        background: transparent;
        text-align: center;
        font-size: 21px;
        font-weight: 650;
        font-variant-numeric: tabular-nums;
        min-width: 0;
        padding: 0;
        appearance: textfield;
      }
      .value input::-webkit-inner-spin-button {
        appearance: none;
      }
      /* Where the number would be cut it stands above its buttons. */
      @container (max-width: 160px) {
        .value {
          grid-template-columns: 1fr 1fr;
        }
        .value input {
          grid-area: 1 / 1 / auto / -1;
        }
      }
      .waiting input {
        color: var(--warn);
      }
      button.unit {
        flex: none;
        align-self: start;
        min-height: 24px;
        min-width: 0;
        padding: 1px 6px;
        margin: -4px -4px -3px 0;
        white-space: nowrap;
        color: var(--accent);
      }
      .unit {
        font-size: 12px;
        color: var(--faint);
        font-weight: 400;
      }
      .confirm {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 44px;
        gap: 4px;
      }
      .confirm button {
        min-width: 0;
        padding: 0 6px;
        min-height: 44px;
      }
      .until {
        font-size: 13px;
        line-height: 17px;
        color: var(--soft);
        text-align: center;
      }
      .said {
        font-size: 13px;
        line-height: 17px;
        color: var(--good);
      }
      .said.no {
        color: var(--bad);
      }
      .act {
        width: 100%;
        height: 100%;
        min-height: 52px;
        white-space: normal;
        line-height: 1.25;
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("feed")) return;
    this.unfollow(changed.get("feed")?.drafts);
    this.follow(this.feed.drafts);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearTimeout(this.timer);
    // Who is typing and goes away keeps what stands in the field.
    const input = this.renderRoot?.querySelector<HTMLInputElement>("input");
    if (input && input.value !== this.drawn) this.typed(input);
  }

  /** What it is to be, and was not sent; it is kept while one looks at other pages. */
  private get wanted(): number | string | null {
    const held = this.feed.drafts.setting(this.control);
    return typeof held === "number" ? spoken(held, spokenUnit(this.control).factor) : held;
  }

  private set wanted(value: number | string | null) {
    this.feed.drafts.hold(this.control, value === this.current ? null : unspoken(this.control, value));
    this.requestUpdate();
  }

  /** The control as people speak of it; what is wanted and what stands are in its unit. */
  private get own(): Control {
    return spokenControl(this.control);
  }

  /** What it stands at; nothing where nobody says, for what is usual is no reading. */
  private get current(): number | string | null {
    const { now } = this;
    return (typeof now === "number" ? spoken(now, spokenUnit(this.control).factor) : now) ?? this.own.now ?? null;
  }

  override render() {
    const control = this.own;
    const label = this.name || either(control, "label");
    const may = this.feed.may(control);
    if (control.kind === "act") {
      return html`<button
          class="act"
          ?disabled=${!may || this.busy}
          title=${may ? nothing : t("control.notYours")}
          @click=${() => this.send(undefined)}
        >
          ${label}</button
        >${this.outcome()}`;
    }
    const waiting = this.wanted !== null && this.wanted !== this.current;
    const no = this.cannot;
    const until_s = this.feed.endOf(this.control.id);
    return html`<div class="knob ${waiting ? "waiting" : ""}" title=${may ? nothing : t("control.notYours")}>
      <div class="name"><span id="name">${label}</span>${unitOf(this.control)}</div>
      ${control.kind === "choice" ? this.choice(may) : this.stepper(may)}
      ${until_s === null ? nothing : html`<p class="until">${t("control.until", { t: moment(until_s, this.feed.bed.view.page_s) })}</p>`}
      ${no ? html`<p class="said no" role="alert">${no}</p>` : nothing}
      ${
        waiting
          ? html`<div class="confirm">
              <button class="primary" ?disabled=${this.busy || no !== ""} @click=${() => this.send(this.wanted!)}>
                ${icons.check}${t("control.confirm")}
              </button>
              <button class="square quiet" aria-label=${t("control.cancel")} @click=${() => (this.wanted = null)}>
                ${icons.close}
              </button>
            </div>`
          : nothing
      }
      ${this.outcome()}
    </div>`;
  }

  /** Why what was typed cannot be set; it stays as it was typed. */
  private get cannot(): string {
    const { wanted } = this;
    const typed = typeof wanted === "number" && wanted !== this.current && this.control.kind !== "choice";
    return typed ? beyond(this.own, wanted) : "";
  }

  private stepper(may: boolean) {
    const control = this.own;
    return html`<div class="value">
      <button aria-label=${t("control.less")} ?disabled=${!may} @click=${() => this.nudge(-1)}>${icons.minus}</button>
      <input
        type="number"
        inputmode="decimal"
        aria-labelledby="name"
        ?disabled=${!may}
        .value=${(this.drawn = this.text)}
        placeholder="--"
        min=${control.low ?? nothing}
        max=${control.lasting_high ?? control.high ?? nothing}
        title=${either(control, "why") || nothing}
        step="any"
        @change=${(e: Event) => this.typed(e.target as HTMLInputElement)}
        @keydown=${this.onKey}
      />
      <button aria-label=${t("control.more")} ?disabled=${!may} @click=${() => this.nudge(1)}>${icons.plus}</button>
    </div>`;
  }

  /** What stands in the field. */
  private get text(): string {
    const value = this.wanted ?? this.current;
    return typeof value === "number" ? value.toFixed(decimals(this.own, value)) : "";
  }

  private choice(may: boolean) {
    const value = this.wanted ?? this.current;
    return html`<select
      aria-labelledby="name"
      ?disabled=${!may}
      @change=${(e: Event) => this.chosen((e.target as HTMLSelectElement).selectedIndex - (value === null ? 1 : 0))}
    >
      ${value === null ? html`<option selected disabled>--</option>` : nothing}
      ${(this.control.choices ?? []).map((c) => html`<option ?selected=${c.value === value}>${either(c, "label")}</option>`)}
    </select>`;
  }

  private onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      this.nudge(event.key === "ArrowUp" ? 1 : -1);
    } else if (event.key === "Escape") this.wanted = null;
    else if (event.key === "Enter" && this.wanted !== null && !this.cannot) void this.send(this.wanted);
  };

  private nudge(steps: number) {
    const { own } = this;
    this.wanted = nudge(staying(own), Number(this.wanted ?? this.current ?? own.default ?? own.low ?? 0), steps);
  }

  private typed(input: HTMLInputElement) {
    const value = Number(input.value);
    if (input.value !== "" && Number.isFinite(value)) this.wanted = value;
    this.requestUpdate();
  }

  private chosen(place: number) {
    this.wanted = this.control.choices?.[place]?.value ?? null;
  }

  private async send(wanted: number | string | undefined) {
    if (!this.feed.send) return;
    const value = unspoken(this.control, wanted);
    const held = (this.renderRoot as ShadowRoot).activeElement !== null;
    this.busy = true;
    this.said = await this.feed.send(this.control.id, value);
    this.busy = false;
    if (this.said.accepted && value !== undefined) this.control.now = value;
    // What was refused stays as it was typed, to be mended.
    if (this.said.accepted) this.wanted = null;
    // The button that confirmed goes: who came by the keyboard stands at the setting again.
    await this.updateComplete;
    if (held) this.renderRoot.querySelector<HTMLElement>("input, select, .act")?.focus();
    this.tell("twin-sent", { control: this.control, value, ...this.said });
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => (this.said = null), SAID_MS);
  }

  private outcome() {
    if (!this.said) return nothing;
    const text = this.said.accepted ? t("control.accepted") : this.said.text || t("control.refused");
    return html`<p class="said ${this.said.accepted ? "" : "no"}" role="status">${text}</p>`;
  }
}
