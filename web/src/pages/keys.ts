import { css, html } from "lit";
import { customElement, query } from "lit/decorators.js";
import { TwinElement } from "../element";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { t, type Key } from "../text/text";

const SHORTCUTS: [string, Key][] = [
  ["A", "keys.acknowledge"],
  ["P", "keys.pauseAudio"],
  ["F", "keys.freeze"],
  ["L", "keys.limits"],
  ["N", "keys.nibp"],
  ["E", "keys.twelve"],
  ["Space", "keys.clock"],
  ["G", "keys.ward"],
  ["1, 2, …", "keys.tabs"],
  ["W", "keys.whatIf"],
  ["?", "keys.this"],
];

/** The sheet of shortcuts. */
@customElement("twin-keys")
export class TwinKeys extends TwinElement {
  @query("dialog") private dialog!: HTMLDialogElement;

  static override styles = [
    shared,
    css`
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 10px 18px;
        align-items: center;
      }
      kbd {
        font: 600 13px var(--mono);
        border: 1px solid var(--rule);
        border-bottom-width: 2px;
        border-radius: 6px;
        padding: 4px 10px;
        background: var(--raised);
        white-space: nowrap;
      }
    `,
  ];

  open(): void {
    if (!this.dialog.open) this.dialog.showModal();
  }

  override render() {
    return html`<dialog aria-labelledby="title" @click=${(e: Event) => e.target === this.dialog && this.dialog.close()}>
      <div class="inside">
        <header>
          <h1 id="title">${t("keys.title")}</h1>
          <button class="square quiet" aria-label=${t("close")} @click=${() => this.dialog.close()}>
            ${icons.close}
          </button>
        </header>
        <dl>
          ${SHORTCUTS.map(
            ([key, text]) =>
              html`<dt><kbd>${key}</kbd></dt>
                <dd>${t(text)}</dd>`,
          )}
        </dl>
      </div>
    </dialog>`;
  }
}
