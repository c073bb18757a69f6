import { css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api } from "../api";
import type { ProtocolOffered, ProtocolWhole, SettingOffered, SettingValue } from "../contract";
import { TwinElement } from "../element";
import { explain } from "../store";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { either, maybe, t } from "../text/text";
import { form } from "./form.styles";

/** A form that tests a device: a protocol, one of the devices that it knows, and its numbers. */
@customElement("twin-start-bench")
export class TwinStartBench extends TwinElement {
  @state() private protocols: ProtocolOffered[] = [];
  @state() private chosen: ProtocolWhole | null = null;
  @state() private wanted = "";
  @state() private sought = "";
  @state() private busy = false;
  @state() private failure = "";

  static override styles = [
    shared,
    form,
    css`
      .choices {
        max-height: min(38dvh, 420px);
      }
      fieldset {
        border: 0;
        margin: 0;
        padding: 0;
        display: grid;
        gap: 6px;
      }
      legend {
        padding: 8px 2px 6px;
        font-size: 13px;
        font-weight: 600;
        color: var(--soft);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    void this.tried(async () => {
      this.protocols = (await api.offered()).protocols;
      const first = this.protocols.find((p) => p.missing.length === 0);
      if (first) await this.choose(first.id);
    });
  }

  private async tried(what: () => Promise<void>) {
    this.failure = "";
    try {
      await what();
    } catch (error) {
      this.failure = explain(error);
    }
  }

  private async choose(id: string) {
    this.wanted = id;
    this.chosen = null;
    const found = await api.protocol(id);
    if (this.wanted === id) this.chosen = found;
  }

  private start = async (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const protocol = this.chosen;
    if (!protocol) return;
    this.busy = true;
    await this.tried(async () => {
      const made = await api.startBench({
        protocol: protocol.id,
        device: String(data.get("device")),
        settings: given(protocol.settings, data),
      });
      this.tell("twin-started", made.id);
    });
    this.busy = false;
  };

  override render() {
    if (!this.protocols.length)
      return this.failure
        ? html`<p class="note bad" role="alert">${this.failure}</p>`
        : html`<p>${t("start.loading")}</p>`;
    const missing = this.chosen?.missing ?? [];
    const folders = inFolders(this.protocols, this.sought);
    return html`<form @submit=${this.start}>
      <label
        >${t("start.protocol")}<input
          type="search"
          placeholder=${t("start.seek")}
          .value=${this.sought}
          @input=${(e: Event) => (this.sought = (e.target as HTMLInputElement).value)}
          @keydown=${(e: KeyboardEvent) => e.key === "Enter" && e.preventDefault()}
      /></label>
      <div class="choices" role="radiogroup" aria-label=${t("start.protocol")}>
        ${folders.map(
          ([folder, known]) =>
            html`<fieldset>
              <legend>${folder}</legend>
              ${known.map((p) => this.choice(p))}
            </fieldset>`,
        )}
        ${folders.length ? nothing : html`<p class="small" role="status">${t("start.noneFound")}</p>`}
      </div>
      ${this.chosen ? this.device(this.chosen) : html`<p class="small">${t("start.loading")}</p>`}
      ${missing.length ? html`<p class="note">${t("start.missing", { names: missing.join(", ") })}</p>` : nothing}
      <p class="small">${t("start.onlyKnown")}</p>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
      <div class="end">
        <button class="primary" ?disabled=${this.busy || !this.chosen || missing.length > 0}>
          ${icons.play}${t("start.start")}
        </button>
      </div>
    </form>`;
  }

  private choice(protocol: ProtocolOffered) {
    return html`<label class="choice"
      ><input
        type="radio"
        name="protocol"
        value=${protocol.id}
        .checked=${protocol.id === this.wanted}
        @change=${() => this.tried(() => this.choose(protocol.id))}
      /><span>${either(protocol, "title")}</span><small lang="en">${protocol.standard}</small></label
    >`;
  }

  private device(protocol: ProtocolWhole) {
    return html`<label
        >${t("start.device")}<select name="device">
          <optgroup label=${t("start.known")}>
            ${protocol.devices.map((d) => html`<option value=${d}>${d.replace(/_/g, " ")}</option>`)}
          </optgroup>
          ${
            protocol.attached.length
              ? html`<optgroup label=${t("start.attached")}>
                  ${protocol.attached.map((d) => html`<option value=${d.id}>${either(d, "title")}</option>`)}
                </optgroup>`
              : nothing
          }
        </select></label
      >
      ${
        protocol.settings.length
          ? html`<details>
              <summary>${t("start.settings")}</summary>
              <div class="fields">${protocol.settings.map(field)}</div>
            </details>`
          : nothing
      }`;
  }
}

/** Protocols that have all the words, in any language or in their standard, by the name of their folder. */
export function inFolders(protocols: readonly ProtocolOffered[], sought: string): [string, ProtocolOffered[]][] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const found = new Map<string, ProtocolOffered[]>();
  for (const p of protocols) {
    const id = p.id.split("/")[0]!;
    const folder = maybe(`bench.${id}`) ?? id.replace(/_/g, " ");
    const told = [folder, p.id.replace(/[_/]/g, " "), p.title, p.title_ko, p.standard].join(" ").toLowerCase();
    if (words.every((w) => told.includes(w))) found.set(folder, [...(found.get(folder) ?? []), p]);
  }
  return [...found];
}

function field(setting: SettingOffered) {
  const label = html`<span lang="en">${setting.name.replace(/_/g, " ")}</span>`;
  if (setting.kind === "switch")
    return html`<label class="check"
      ><input type="checkbox" name=${setting.name} ?checked=${setting.usual === true} />${label}</label
    >`;
  if (setting.kind === "choice")
    return html`<label
      >${label}<select name=${setting.name}>
        ${setting.choices.map((c) => html`<option value=${c} ?selected=${c === setting.usual}>${c}</option>`)}
      </select></label
    >`;
  return html`<label
    >${label}<input
      type="number"
      name=${setting.name}
      min=${setting.low ?? nothing}
      max=${setting.high ?? nothing}
      step=${setting.kind === "whole" ? "1" : "any"}
      placeholder=${String(setting.usual)}
  /></label>`;
}

/** What differs from what is usual. */
function given(settings: SettingOffered[], data: FormData): Record<string, SettingValue> {
  const found: Record<string, SettingValue> = {};
  for (const { name, kind, usual } of settings) {
    const said = data.get(name);
    const value = kind === "switch" ? said !== null : kind === "choice" ? said : said ? Number(said) : usual;
    if (value !== null && typeof value !== "object" && value !== usual) found[name] = value;
  }
  return found;
}
