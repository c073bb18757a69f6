import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Control } from "../contract";
import { spokenControl } from "../devices/dose";
import { TwinElement } from "../element";
import type { Place } from "../live/drafts";
import type { BedFeed } from "../live/feed";
import { shared } from "../style/shared";
import { moment } from "../text/moment";
import { either, t } from "../text/text";
import type { Order } from "./form";
import "./given";
import "./order";
import type { TwinOrder } from "./order";
import { inWords, routeInWords } from "./words";

type Group = Exclude<Control["group"], "alarm">;
const GROUPS: Group[] = ["drug", "person", "patient", "device", "fault"];
const SAID_MS = 8000;

/** Whether a pump is told by it how much of a drug to give: a drug stands in the list also where a pump gives it. */
function isOfPump(control: Control): boolean {
  return control.group === "device" && /_(command|target)$/.test(control.id) && control.id !== "bis_target";
}

/** What can be done at a bed: drugs, care, what happens to the patient, faults. With `planned` it only says what was chosen. */
@customElement("twin-actions")
export class TwinActions extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @property({ type: Boolean }) planned = false;
  @state() private group: Group = "drug";
  @state() private open = "";
  @state() private sought = "";
  @state() private said: { accepted: boolean; text: string } | null = null;
  @state() private busy = false;
  /** The order that was given last; its form stays as it was filled in. */
  @state() private last = "";
  private timer = 0;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 10px;
        min-height: 0;
        min-width: 0;
      }
      .tabs {
        display: flex;
        gap: 4px;
        overflow-x: auto;
        scrollbar-width: none;
        flex: none;
      }
      input {
        flex: none;
      }
      .tabs button {
        min-height: 40px;
        padding: 0 9px;
        font-size: 14px;
        flex: 1 0 auto;
      }
      .list {
        display: grid;
        gap: 4px;
        align-content: start;
        overflow-y: auto;
        min-height: 120px;
        padding-inline-end: 2px;
      }
      li {
        border: 1px solid transparent;
        border-radius: 10px;
      }
      li.open {
        border-color: var(--rule);
        background: var(--raised);
      }
      .item {
        width: 100%;
        justify-content: space-between;
        background: transparent;
        border-color: transparent;
        min-height: 44px;
        text-align: start;
        font-weight: 550;
        white-space: normal;
      }
      .item:hover:not(:disabled) {
        background: var(--raised);
      }
      .item small {
        font-weight: 400;
        white-space: nowrap;
      }
      .form {
        padding: 2px 14px 14px;
      }
      .said {
        border-radius: 8px;
        padding: 9px 12px;
        font-size: 14px;
        background: var(--raised);
        border-inline-start: 3px solid var(--good);
      }
      .said.no {
        border-inline-start-color: var(--bad);
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("feed")) {
      this.unfollow(changed.get("feed"));
      this.follow(this.feed);
      this.last = "";
      // What was open and filled in stays so while one looks at other pages.
      const kept = this.feed.drafts.listing(this.place);
      [this.open, this.sought] = [kept?.open ?? "", kept?.sought ?? ""];
      this.group = GROUPS.find((g) => g === kept?.group) ?? this.group;
      if (!this.offered(this.group).length) this.group = GROUPS.find((g) => this.offered(g).length) ?? "drug";
    }
    this.feed.drafts.list(this.place, { group: this.group, open: this.open, sought: this.sought });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearTimeout(this.timer);
  }

  private get place(): Place {
    return this.planned ? "planned" : "given";
  }

  private offered(group: Group): Control[] {
    // Nobody plans what the server would refuse them.
    if (this.planned) return this.feed.bed.controls.filter((c) => c.group === group && this.feed.may(c));
    const own = (c: Control) => c.group === group && group !== "device";
    return this.feed.bed.controls.filter((c) => own(c) || (group === "drug" && isOfPump(c)));
  }

  override render() {
    const groups = GROUPS.filter((g) => this.offered(g).length);
    if (!groups.length) return html`<p class="small">${t("actions.none")}</p>`;
    const all = this.sought ? groups.flatMap((g) => this.offered(g)) : this.offered(this.group);
    const shown = all.filter((c) => `${c.label} ${c.label_ko ?? ""}`.toLowerCase().includes(this.sought.toLowerCase()));
    return html`<div class="tabs" role="tablist" aria-label=${t("actions.title")} @keydown=${this.rove}>
        ${groups.map((g) => html`<button role="tab" tabindex=${g === this.group ? 0 : -1} aria-selected=${g === this.group} aria-pressed=${g === this.group && !this.sought} @click=${() => this.choose(g)}>${t(`group.${g}`)}</button>`)}
      </div>
      <input
        type="search"
        aria-label=${t("actions.seek")}
        placeholder=${t("actions.seek")}
        .value=${this.sought}
        @input=${(e: Event) => (this.sought = (e.target as HTMLInputElement).value)}
      />
      ${this.said ? html`<p class="said ${this.said.accepted ? "" : "no"}" role="status">${this.said.text}</p>` : nothing}
      ${this.group === "drug" && !this.planned && !this.sought ? html`<twin-given .feed=${this.feed}></twin-given>` : nothing}
      <ul class="list">
        ${shown.map((c) => this.item(c))}
      </ul>`;
  }

  private item(control: Control) {
    const open = this.open === control.id;
    const may = this.feed.may(control);
    const route = routeInWords(control);
    return html`<li class=${open ? "open" : ""}>
      <button
        class="item"
        aria-expanded=${open}
        ?disabled=${!may}
        title=${may ? nothing : t("control.notYours")}
        data-control=${control.id}
        @click=${() => void this.show(open ? "" : control.id)}
      >
        <span>${either(control, "label")}</span><small>${route || this.now(control)}</small>
      </button>
      ${
        open
          ? html`<div class="form" @keydown=${(e: KeyboardEvent) => e.key === "Escape" && void this.show("")}>
              <twin-order
                .control=${control}
                .drafts=${this.feed.drafts}
                ?planned=${this.planned}
                ?disabled=${this.busy}
                verb=${this.verb(control)}
                @twin-order=${this.onOrder}
              ></twin-order>
            </div>`
          : nothing
      }
    </li>`;
  }

  /** What is done with an order; of the one that was given last, that it is done once more. */
  private verb(control: Control): string {
    if (this.planned) return t("fork.add");
    const again = this.last === control.id;
    if (control.kind === "dose" && control.group !== "patient") return t(again ? "order.giveAgain" : "order.give");
    return t(again ? "order.doAgain" : "order.do");
  }

  /** Opens the form of an order where it is seen, ready to be filled in, or closes it and stands where it was opened. */
  private async show(id: string) {
    const before = this.open;
    this.open = id;
    await this.updateComplete;
    if (!id) return this.renderRoot.querySelector<HTMLElement>(`[data-control="${CSS.escape(before)}"]`)?.focus();
    const order = this.renderRoot.querySelector<TwinOrder>("twin-order");
    await order?.updateComplete;
    order?.focus({ preventScroll: true });
    order?.closest("li")?.scrollIntoView({ block: "nearest" });
  }

  /** The form of what was given stays open as it was; a key that is pressed once more does not give it again. */
  private async stay(id: string) {
    this.last = id;
    await this.updateComplete;
    if ((this.renderRoot as ShadowRoot).activeElement?.localName !== "twin-order") return;
    const item = this.renderRoot.querySelector<HTMLElement>(`[data-control="${CSS.escape(id)}"]`);
    item?.focus({ preventScroll: true });
  }

  /** What a level stands at, where it is not at rest. */
  private now(control: Control): string {
    if (control.kind === "choice") {
      const choice = control.choices?.find((c) => c.value === control.now);
      return choice ? either(choice, "label") : "";
    }
    const { now, unit } = spokenControl(control);
    return control.kind === "number" && now ? `${now} ${unit ?? ""}` : "";
  }

  private choose(group: Group) {
    this.group = group;
    this.sought = "";
    this.open = "";
  }

  /** Arrow keys go from tab to tab. */
  private rove = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const groups = GROUPS.filter((g) => this.offered(g).length);
    this.choose(groups[(groups.indexOf(this.group) + by + groups.length) % groups.length]!);
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>('[role="tab"][tabindex="0"]')?.focus(),
    );
  };

  private onOrder = async (event: CustomEvent<Order>) => {
    if (this.planned) {
      this.open = "";
      this.feed.drafts.fill("planned", event.detail.control, null);
      return;
    }
    event.stopPropagation();
    const { control, value, lasts_s } = event.detail;
    if (!this.feed.send) return;
    this.busy = true;
    const said = await this.feed.send(control.id, value, lasts_s);
    this.busy = false;
    const words = inWords(control, value, lasts_s);
    const at = moment(this.feed.clock.t_s, this.feed.bed.view.page_s);
    this.said = said.accepted ? { accepted: true, text: t("order.givenAt", { what: words, t: at }) } : said;
    if (said.accepted) await this.stay(control.id);
    this.tell("twin-sent", { control, value, ...said });
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => (this.said = null), SAID_MS);
  };
}
