import { css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api } from "../api";
import type { AuditEntry, CatalogueItem } from "../contract";
import { TwinElement } from "../element";
import { explain } from "../store";
import { icons } from "../style/icons";
import { page, shared } from "../style/shared";
import { either, maybe, t, wallClock, zone } from "../text/text";

type Titled = Pick<CatalogueItem, "title" | "title_ko">;

/** What stands beside an entry, as `name: value`; a title that is among `titled` in the language of the page. */
export function inWords(detail: unknown, titled: readonly Titled[] = []): string {
  if (typeof detail !== "object" || detail === null) return String(detail);
  const said = (name: string, value: unknown) =>
    (name === "role" && maybe(`role.${value}`)) ||
    (name === "act" && maybe(`act.${value}`)) ||
    (name === "title" &&
      either(
        titled.find((one) => one.title === value),
        "title",
      )) ||
    (typeof value === "object" ? JSON.stringify(value) : String(value));
  return Object.entries(detail)
    .filter(([name]) => name !== "hash") // that of the log of a bed, for the check alone
    .map(([name, value]) => `${maybe(`detail.${name}`) ?? name.replace(/_/g, " ")}: ${said(name, value)}`)
    .join(", ");
}

/** Everything that was changed by anybody, chained by hashes so that a gap shows. */
@customElement("twin-audit")
export class TwinAudit extends TwinElement {
  @state() private entries: AuditEntry[] = [];
  /** What beds are called in both languages; a bed that somebody named has one name. */
  @state() private titled: Titled[] = [];
  /** What comes next, if anything does. */
  @state() private ahead: AuditEntry[] = [];
  @state() private failure = "";
  @state() private check: { ok: boolean; text: string } | null = null;

  static override styles = [
    shared,
    page,
    css`
      .hash {
        color: var(--soft);
      }
      .zone {
        font-weight: 400;
        white-space: nowrap;
      }
      td {
        overflow-wrap: anywhere;
      }
      td:nth-child(3) {
        overflow-wrap: normal;
      }
      td:first-child,
      td:nth-child(2),
      td.hash {
        white-space: nowrap;
      }
      @media (max-width: 620px) {
        td:nth-child(2) {
          white-space: normal;
          min-width: 84px;
        }
        th:last-child,
        td.hash {
          display: none;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    void this.more();
    void api.catalogue().then(
      (items) => (this.titled = items),
      () => undefined,
    );
  }

  private async more() {
    this.failure = "";
    try {
      const next = this.ahead.length ? this.ahead : await this.following(this.entries);
      this.entries = [...this.entries, ...next];
      this.ahead = [];
      this.ahead = next.length ? await this.following(this.entries) : [];
    } catch (error) {
      this.failure = explain(error);
    }
  }

  private async following(known: readonly AuditEntry[]): Promise<AuditEntry[]> {
    const last = known[known.length - 1]?.seq ?? 0;
    return (await api.audit(last)).filter((e) => e.seq > last);
  }

  private verify = async () => {
    try {
      const { ok, entries, broken_at, bed, broken_link } = await api.auditCheck();
      const broken = bed
        ? t("audit.bedBroken", { bed, n: broken_link ?? "?" })
        : t("audit.broken", { n: broken_at ?? "?" });
      this.check = { ok, text: ok ? t("audit.whole", { n: entries ?? this.entries.length }) : broken };
    } catch (error) {
      this.check = { ok: false, text: explain(error) };
    }
  };

  override render() {
    return html`<div class="row top">
        <h1>${t("nav.audit")}</h1>
        <button @click=${this.verify}>${icons.check}${t("audit.check")}</button>
      </div>
      ${this.check ? html`<p class="note ${this.check.ok ? "good" : "bad"}" role="status">${this.check.text}</p>` : nothing}
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
      <section class="panel scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">#</th>
              <th scope="col">${t("timeline.time")} <span class="zone">${zone()}</span></th>
              <th scope="col">${t("timeline.who")}</th>
              <th scope="col">${t("timeline.whatHappened")}</th>
              <th scope="col">${t("audit.hash")}</th>
            </tr>
          </thead>
          <tbody>
            ${this.entries.map(
              (e) =>
                html`<tr>
                  <td class="num">${e.seq}</td>
                  <td class="num"><time datetime=${e.wall}>${wallClock(e.wall)}</time></td>
                  <td>${e.who}</td>
                  <td>
                    ${maybe(`audited.${e.what}`) ?? e.what}${e.detail ? html` <small>${inWords(e.detail, this.titled)}</small>` : nothing}
                  </td>
                  <td class="mono hash" title=${e.hash}>${e.hash.slice(0, 12)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
        ${this.ahead.length === 0 ? nothing : html`<p><button class="slim" @click=${() => this.more()}>${t("audit.more")}</button></p>`}
      </section>`;
  }
}
