import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { api } from "../api";
import type { Language, Me } from "../contract";
import { TwinElement } from "../element";
import { prefs, setPrefs } from "../prefs";
import { go } from "../route";
import { explain, store } from "../store";
import { shared } from "../style/shared";
import { t } from "../text/text";

/** Signing in, by a one-time link or by name and password. */
@customElement("twin-sign-in")
export class TwinSignIn extends TwinElement {
  @property() token = "";
  @state() private newAccount = false;
  /** Whose account the link opens, where there is one. */
  @state() private whose = "";
  @state() private failure = "";
  @state() private busy = false;

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        place-items: center;
        padding: 24px 16px;
      }
      .card {
        width: min(400px, 100%);
        display: grid;
        gap: 18px;
        padding: 32px 28px;
        box-shadow: var(--shadow);
      }
      .mark {
        display: flex;
        gap: 12px;
        align-items: center;
        font-weight: 700;
        font-size: 21px;
        letter-spacing: -0.01em;
      }
      form {
        display: grid;
        gap: 14px;
      }
      .lead {
        color: var(--soft);
      }
      .languages {
        justify-content: center;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(store);
  }

  /** A link may also be opened where the page is open already. */
  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("token") && this.token) void this.tryLink(this.token);
  }

  /** Asks what the link needs; until that is known nothing is sent that might be meant for a new account. */
  private async tryLink(token: string) {
    [this.busy, this.newAccount, this.whose, this.failure] = [true, false, "", ""];
    try {
      const said = await api.signInLink(token);
      if (token !== this.token) return;
      if (said.needs?.length) {
        this.newAccount = true;
        this.whose = said.name ?? "";
      } else this.enter(said as Me);
    } catch (error) {
      if (token !== this.token) return;
      this.failure = explain(error);
    }
    this.busy = false;
  }

  private enter(me: Me) {
    store.enter(me);
    go(["ward"]);
  }

  private submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const [name, password] = [String(data.get("name") ?? "").trim(), String(data.get("password") ?? "")];
    this.busy = true;
    this.failure = "";
    try {
      const me = this.newAccount
        ? await api.signInLink(this.token, this.whose ? { password } : { name, password })
        : await api.signIn(name, password);
      this.enter("role" in me && me.role ? (me as Me) : await api.me());
    } catch (error) {
      this.failure = explain(error);
    }
    this.busy = false;
  };

  override render() {
    const [title, lead] = this.newAccount
      ? [t("signIn.new"), t(this.whose ? "signIn.againLead" : "signIn.newLead")]
      : [t("signIn.title"), t("signIn.lead")];
    return html`<div class="panel card">
      <p class="mark"><img src="./icon.svg" width="36" height="36" alt="" />twinbed</p>
      <div>
        <h1>${title}</h1>
        <p class="lead">${lead}</p>
      </div>
      ${store.unreachable ? html`<p class="note bad">${t("error.unreachable")}</p>` : nothing}
      <form @submit=${this.submit}>
        <label
          >${t("signIn.name")}<input
            name="name"
            autocomplete="username"
            required
            maxlength="64"
            autofocus
            .value=${this.whose}
            ?readonly=${this.whose !== ""}
        /></label>
        <label
          >${t("signIn.password")}<input
            name="password"
            type="password"
            required
            minlength=${this.newAccount ? 10 : 1}
            autocomplete=${this.newAccount ? "new-password" : "current-password"}
          />
          ${this.newAccount ? html`<small>${t("signIn.tenSigns")}</small>` : nothing}</label
        >
        ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
        <button class="primary" ?disabled=${this.busy}>
          ${this.newAccount ? t(this.whose ? "signIn.enter" : "signIn.make") : t("signIn.enter")}
        </button>
      </form>
      <div class="row languages">
        ${(["en", "ko"] as Language[]).map((l) => html`<button class="quiet slim" aria-pressed=${prefs().language === l} lang=${l} @click=${() => setPrefs({ language: l })}>${l === "en" ? "English" : "한국어"}</button>`)}
      </div>
    </div>`;
  }
}
