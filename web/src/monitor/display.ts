import { css, html } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { TwinElement } from "../element";
import { prefs, setPrefs, setSound, soundOn } from "../prefs";
import { player } from "../sound/player";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { labelOf, offered, ordered } from "../sweep/paper";
import { t } from "../text/text";
import type { TwinMonitor } from "./monitor";

/** Width of a bank card (ISO/IEC 7810 ID-1). */
const CARD_MM = 85.6;
const CARD_HEIGHT_MM = 53.98;

/** How a monitor draws and sounds on this screen. */
@customElement("twin-display")
export class TwinDisplay extends TwinElement {
  @property({ attribute: false }) monitor!: TwinMonitor;
  @query("dialog") private dialog!: HTMLDialogElement;

  static override styles = [
    shared,
    css`
      .two {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 14px;
      }
      .waves {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(104px, 1fr));
        gap: 0 8px;
        align-items: center;
      }
      .waves label {
        font-size: 14px;
      }
      .card {
        border: 2px solid var(--accent);
        border-radius: 12px;
        background: var(--accent-soft);
        max-width: 100%;
      }
      .calibrate {
        display: grid;
        gap: 10px;
        overflow: hidden;
      }
    `,
  ];

  open(): void {
    this.dialog.showModal();
  }

  private set<K extends "speed_mm_s" | "gain">(name: K, event: Event) {
    this.monitor[name] = Number((event.target as HTMLSelectElement).value);
    this.requestUpdate();
  }

  override render() {
    const own = prefs();
    const options = (values: number[], chosen: number, unit: string) =>
      values.map((v) => html`<option value=${v} ?selected=${v === chosen}>${v} ${unit}</option>`);
    return html`<dialog aria-labelledby="title" @click=${(e: Event) => e.target === this.dialog && this.dialog.close()}>
      <div class="inside">
        <header>
          <h1 id="title">${t("display.title")}</h1>
          <button class="square quiet" aria-label=${t("close")} @click=${() => this.dialog.close()}>
            ${icons.close}
          </button>
        </header>
        <div class="two">
          <label
            >${t("display.speed")}<select @change=${(e: Event) => this.set("speed_mm_s", e)}>
              ${options([12.5, 25, 50], this.monitor.speed_mm_s, "mm/s")}
            </select></label
          >
          <label
            >${t("display.gain")}<select @change=${(e: Event) => this.set("gain", e)}>
              ${[0.5, 1, 2].map((v) => html`<option value=${v} ?selected=${v === this.monitor.gain}>${10 * v} mm/mV</option>`)}
            </select></label
          >
          <label
            >${t("display.palette")}<select
              @change=${(e: Event) => setPrefs({ palette: (e.target as HTMLSelectElement).value as "standard" })}
            >
              <option value="standard" ?selected=${own.palette === "standard"}>${t("display.standard")}</option>
              <option value="distinct" ?selected=${own.palette === "distinct"}>${t("display.distinct")}</option>
            </select></label
          >
          <label
            >${t("sound.volume")}<input
              type="range"
              min="0.1"
              max="1"
              step="0.05"
              .value=${String(own.volume)}
              @input=${(e: Event) => this.volume(e)}
          /></label>
          <label class="check"
            ><input
              type="checkbox"
              .checked=${soundOn()}
              @change=${(e: Event) => setSound((e.target as HTMLInputElement).checked)}
            />${t("sound.alarms")}</label
          >
          <label class="check"
            ><input
              type="checkbox"
              .checked=${own.pulseTone}
              @change=${(e: Event) => this.tone(e)}
            />${t("sound.pulse")}</label
          >
        </div>
        <fieldset>
          <legend class="small">${t("display.waves")}</legend>
          <div class="waves">${this.waves()}</div>
        </fieldset>
        <div class="calibrate">
          <label
            >${t("display.card")}<input
              type="range"
              min="2.2"
              max="9"
              step="0.02"
              .value=${String(own.pxPerMm)}
              @input=${(e: Event) => setPrefs({ pxPerMm: Number((e.target as HTMLInputElement).value) })}
          /></label>
          <svg
            class="card"
            width=${CARD_MM * own.pxPerMm}
            height=${CARD_HEIGHT_MM * own.pxPerMm}
            aria-hidden="true"
          ></svg>
          <div class="row">
            <small class="num grow">${own.pxPerMm.toFixed(2)} px/mm</small>
            <button class="slim" @click=${() => setPrefs({ pxPerMm: 96 / 25.4 })}>${t("display.uncalibrate")}</button>
          </div>
        </div>
      </div>
    </dialog>`;
  }

  /** The waves there are, with those ticked that are swept. */
  private waves() {
    const { waves } = this.monitor.feed.bed.view;
    const swept = ordered(waves, prefs().waves).map((w) => w.wave.id);
    const set = (id: string, on: boolean) => setPrefs({ waves: on ? [...swept, id] : swept.filter((w) => w !== id) });
    return html`${offered(waves).map(
        ({ wave }) =>
          html`<label class="check"
            ><input
              type="checkbox"
              .checked=${swept.includes(wave.id)}
              ?disabled=${swept.length === 1 && swept[0] === wave.id}
              @change=${(e: Event) => set(wave.id, (e.target as HTMLInputElement).checked)}
            />${labelOf(wave)}</label
          >`,
      )}
      <button class="slim" ?disabled=${prefs().waves === null} @click=${() => setPrefs({ waves: null })}>
        ${t("display.usual")}
      </button>`;
  }

  private volume(event: Event) {
    setPrefs({ volume: Number((event.target as HTMLInputElement).value) });
    void player.unlock();
  }

  private tone(event: Event) {
    setPrefs({ pulseTone: (event.target as HTMLInputElement).checked });
    void player.unlock();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-display": TwinDisplay;
  }
}
