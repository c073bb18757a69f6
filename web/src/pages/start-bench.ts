import { html, nothing } from "lit";
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
  @state() private busy = false;
  @state() private failure = "";

  static override styles = [shared, form];

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
    return html`<form @submit=${this.start}>
      <label
        >${t("start.protocol")}<select
          name="protocol"
          @change=${(e: Event) => this.tried(() => this.choose((e.target as HTMLSelectElement).value))}
        >
          ${this.folders().map(
            ([folder, known]) =>
              html`<optgroup label=${maybe(`bench.${folder}`) ?? folder.replace(/_/g, " ")}>
                ${known.map((p) => html`<option value=${p.id} ?selected=${p.id === this.wanted}>${either(p, "title")}</option>`)}
              </optgroup>`,
          )}
        </select></label
      >
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

  private folders(): [string, ProtocolOffered[]][] {
    const found = new Map<string, ProtocolOffered[]>();
    for (const p of this.protocols) {
      const folder = p.id.split("/")[0]!;
      found.set(folder, [...(found.get(folder) ?? []), p]);
    }
    return [...found];
  }

  private device(protocol: ProtocolWhole) {
    return html`<p class="small" lang="en">${protocol.standard}</p>
      <label
        >${t("start.device")}<select name="device">
          <optgroup label=${t("start.known")}>
            ${protocol.devices.map((d) => html`<option value=${d}>${d.replace(/_/g, " ")}</option>`)}
          </optgroup>
          ${
            protocol.attached.length
              ? html`<optgroup label=${t("start.attached")}>
                  ${protocol.attached.map((d) => html`<option value=${d}>${d}</option>`)}
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
