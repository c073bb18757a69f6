import { css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { api } from "../api";
import { TwinElement } from "../element";
import { explain } from "../store";
import { shared } from "../style/shared";
import { shownMarkdown } from "../text/markdown";
import { language, t } from "../text/text";

/** The card of a device or a model: what it is, its numbers and their sources, its known limits. */
@customElement("twin-card")
export class TwinCard extends TwinElement {
  @property() componentId = "";
  @state() private card: { markdown: string; markdown_ko?: string | null } | null = null;
  @state() private failure = "";

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
      }
      h2 {
        font-size: 18px;
      }
      h3 {
        margin-top: 8px;
        font-size: 14px;
        color: var(--ink);
      }
      p,
      li,
      td {
        overflow-wrap: break-word;
      }
      ul {
        list-style: disc;
        padding-inline-start: 20px;
      }
      .scroll {
        max-height: 46dvh;
        overflow: auto;
      }
      td {
        min-width: 90px;
        font-size: 13px;
      }
      code {
        font-family: var(--mono);
        font-size: 0.92em;
      }
    `,
  ];

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("componentId") && this.componentId) void this.load(this.componentId);
  }

  private async load(id: string) {
    this.card = null;
    this.failure = "";
    try {
      const card = await api.card(id);
      if (id === this.componentId) this.card = card;
    } catch (error) {
      this.failure = explain(error);
    }
  }

  override render() {
    if (this.failure) return html`<p class="note bad" role="alert">${this.failure}</p>`;
    if (!this.card) return html`<p class="small">${t("start.loading")}</p>`;
    const { markdown, markdown_ko } = this.card;
    if (language() === "ko" && markdown_ko) return html`<div lang="ko">${shownMarkdown(markdown_ko)}</div>`;
    return html`${language() === "en" ? nothing : html`<p class="small">${t("card.english")}</p>`}
      <div lang="en">${shownMarkdown(markdown)}</div>`;
  }
}
