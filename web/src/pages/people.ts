import { css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api } from "../api";
import type { Invitation, Person, Role } from "../contract";
import { TwinElement } from "../element";
import { ROLES } from "../roles";
import { explain, store } from "../store";
import { icons } from "../style/icons";
import { page, shared } from "../style/shared";
import { t, wallClock, zone } from "../text/text";
import "./links";

const LIVES_H = [1, 8, 24, 72, 168];

/** Who may enter, as what, and invitations for others. */
@customElement("twin-people")
export class TwinPeople extends TwinElement {
  @state() private people: Person[] | null = null;
  @state() private links: Invitation[] | null = null;
  @state() private failure = "";
  @state() private link = "";
  /** Of the account that the link is for. */
  @state() private linkRole: Role | null = null;
  @state() private copied = false;
  /** Ids of links that came with the one that is shown; nothing where that is not known. */
  private made: Set<string> | null = null;

  static override styles = [
    shared,
    page,
    css`
      :host {
        max-width: 980px;
      }
      form {
        display: grid;
        grid-template-columns: 1fr 1fr auto;
        gap: 12px;
        align-items: end;
      }
      .link {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 8px;
        margin-top: 12px;
      }
      .as {
        grid-column: 1 / -1;
      }
      .roles {
        display: grid;
        gap: 4px;
        margin-top: 14px;
        font-size: 13.5px;
        line-height: 19px;
      }
      .roles div {
        display: grid;
        grid-template-columns: 110px minmax(0, 1fr);
        gap: 10px;
      }
      .roles dt {
        font-weight: 600;
      }
      .roles dd {
        color: var(--soft);
      }
      .zone {
        font-weight: 400;
        white-space: nowrap;
      }
      td select {
        min-height: 40px;
        width: auto;
      }
      td {
        vertical-align: middle;
      }
      .away {
        color: var(--soft);
      }
      .what {
        margin: 6px 0 14px;
        max-width: 60em;
      }
      @media (max-width: 620px) {
        form {
          grid-template-columns: 1fr 1fr;
        }
        form button {
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    void this.tried(() => this.read());
  }

  /** Asks anew who there is and which links wait. A link that waits no more is no longer shown. */
  private async read() {
    [this.people, this.links] = await Promise.all([api.people(), api.invitations()]);
    if (this.made && !this.links.some((l) => this.made!.has(l.id))) this.link = "";
  }

  private async tried(what: () => Promise<unknown>) {
    this.failure = "";
    try {
      await what();
    } catch (error) {
      this.failure = explain(error);
    }
  }

  private invite = (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const [role, hours] = [data.get("role") as Role, Number(data.get("hours"))];
    void this.tried(async () => this.show((await api.invite(role, hours)).link, role));
  };

  private newLink(person: Person) {
    void this.tried(async () => this.show((await api.linkFor(person.id)).link, person.role));
  }

  /** Shows a link that was made: it is told this once. */
  private async show(link: string, role: Role) {
    const before = new Set((this.links ?? []).map((l) => l.id));
    this.made = null;
    this.linkRole = role;
    this.link = new URL(link, location.href).href;
    this.copied = false;
    await this.read();
    this.made = new Set((this.links ?? []).map((l) => l.id).filter((id) => !before.has(id)));
  }

  private withdraw = (event: CustomEvent<string>) => {
    void this.tried(() => api.withdraw(event.detail).finally(() => this.read()));
  };

  private change(person: Person, changes: Partial<Person>) {
    void this.tried(async () => {
      await api.changePerson(person.id, changes);
      await this.read();
    });
  }

  override render() {
    return html`<h1>${t("nav.people")}</h1>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
      <section class="panel">
        <h2>${t("people.invite")}</h2>
        <p class="small what">${t("people.inviteWhat")}</p>
        <form @submit=${this.invite}>
          <label
            >${t("people.role")}<select name="role">
              ${ROLES.map((r) => html`<option value=${r} ?selected=${r === "viewer"}>${t(`role.${r}`)}</option>`)}
            </select></label
          >
          <label
            >${t("people.holds")}<select name="hours">
              ${LIVES_H.map((h) => html`<option value=${h} ?selected=${h === 24}>${t("unit.h", { n: h })}</option>`)}
            </select></label
          >
          <button class="primary">${icons.plus}${t("people.make")}</button>
        </form>
        <dl class="roles">
          ${ROLES.map(
            (r) =>
              html`<div>
                <dt>${t(`role.${r}`)}</dt>
                <dd>${t(`may.${r}`)}</dd>
              </div>`,
          )}
        </dl>
        ${
          this.link
            ? html`<div class="link">
                <p class="as">${t("people.linkAs")} <b>${this.linkRole ? t(`role.${this.linkRole}`) : ""}</b></p>
                <input
                  readonly
                  aria-label=${t("people.link")}
                  .value=${this.link}
                  @focus=${(e: Event) => (e.target as HTMLInputElement).select()}
                />
                <button @click=${this.copy}>${this.copied ? t("people.copied") : t("people.copy")}</button>
              </div>`
            : nothing
        }
      </section>
      <section class="panel">
        <h2>${t("people.waiting")}</h2>
        ${this.links ? html`<twin-links .links=${this.links} @twin-withdraw=${this.withdraw}></twin-links>` : nothing}
      </section>
      <section class="panel">
        <h2>${t("people.accounts")}</h2>
        <div class="scroll">${this.table()}</div>
      </section>`;
  }

  private copy = async () => {
    await navigator.clipboard?.writeText(this.link).then(
      () => (this.copied = true),
      () => undefined,
    );
  };

  private table() {
    if (!this.people) return nothing;
    return html`<table>
      <thead>
        <tr>
          <th scope="col">${t("signIn.name")}</th>
          <th scope="col">${t("people.role")}</th>
          <th scope="col">${t("people.seen")} <span class="zone">${zone()}</span></th>
          <th scope="col"></th>
        </tr>
      </thead>
      <tbody>
        ${this.people.map((p) => {
          const self = p.name === store.me?.name;
          return html`<tr class=${p.active ? "" : "away"}>
            <td>${p.name}${p.active ? nothing : html` <small>(${t("people.off")})</small>`}</td>
            <td>
              <select
                aria-label=${t("people.roleOf", { name: p.name })}
                ?disabled=${self}
                @change=${(e: Event) => this.change(p, { role: (e.target as HTMLSelectElement).value as Role })}
              >
                ${ROLES.map((r) => html`<option value=${r} ?selected=${r === p.role}>${t(`role.${r}`)}</option>`)}
              </select>
            </td>
            <td class="num">${p.last_seen ? wallClock(p.last_seen) : "–"}</td>
            <td>
              <div class="row">
                <button class="slim" ?disabled=${!p.active} @click=${() => this.newLink(p)}>
                  ${t("people.newLink")}</button
                ><button
                  class="slim ${p.active ? "danger" : ""}"
                  ?disabled=${self}
                  @click=${() => this.change(p, { active: !p.active })}
                >
                  ${p.active ? t("people.close") : t("people.open")}
                </button>
              </div>
            </td>
          </tr>`;
        })}
      </tbody>
    </table>`;
  }
}
