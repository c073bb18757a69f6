import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { api } from "./api";
import type { Language, Theme } from "./contract";
import { TwinElement } from "./element";
import { prefs, prefsChanged, setPrefs } from "./prefs";
import { address, go, route, routeChanged } from "./route";
import { explain, store } from "./store";
import { icons } from "./style/icons";
import { shared } from "./style/shared";
import { showPrefs } from "./style/show";
import { t, type Key } from "./text/text";
import "./pages/bed";
import "./pages/call";
import "./pages/keys";
import { isNewer } from "./pages/newer";
import type { TwinKeys } from "./pages/keys";
import "./pages/sign-in";
import "./pages/ward";

/** Pages that are loaded when somebody opens them. */
const LATER: Record<string, () => Promise<unknown>> = {
  people: () => import("./pages/people"),
  audit: () => import("./pages/audit"),
  studies: () => import("./pages/studies"),
  twins: () => import("./pages/twins"),
};

const applyPrefs = () => showPrefs(document.documentElement);

/** The whole application: ribbon, header, and the page that the address names. */
@customElement("twin-app")
export class TwinApp extends TwinElement {
  @query("twin-keys") private keys!: TwinKeys;
  @query("dialog.password") private password!: HTMLDialogElement;
  /** The page one is at. */
  private at = route().path.join("/");
  /** The page one is on, without the part of a bed. */
  private standing = route().path.slice(0, 2).join("/");
  /** The link of the header that was brought into view. */
  private linked = "";
  /** Whether the server has newer pages than these. */
  @state() private isOld = false;
  @state() private said: { ok: boolean; text: string } | null = null;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        height: 100dvh;
      }
      .ribbon {
        background: #f2c14e;
        color: #1b1400;
        text-align: center;
        font-size: 12.5px;
        line-height: 16px;
        font-weight: 650;
        padding: 4px 12px;
        letter-spacing: 0.01em;
      }
      header {
        display: flex;
        align-items: center;
        gap: 4px 18px;
        padding: 0 16px;
        background: var(--panel);
        border-bottom: 1px solid var(--rule);
        height: 52px;
        flex: none;
      }
      .brand {
        display: inline-flex;
        gap: 9px;
        align-items: center;
        font-weight: 700;
        font-size: 17px;
        letter-spacing: -0.01em;
        color: var(--ink);
        text-decoration: none;
      }
      nav {
        display: flex;
        gap: 2px;
        overflow-x: auto;
        scrollbar-width: none;
        align-self: stretch;
      }
      nav a {
        display: inline-flex;
        align-items: center;
        padding: 0 12px;
        color: var(--soft);
        text-decoration: none;
        font-weight: 550;
        white-space: nowrap;
        border-bottom: 2px solid transparent;
        border-top: 2px solid transparent;
      }
      nav a:hover {
        color: var(--ink);
      }
      nav a[aria-current] {
        color: var(--ink);
        border-bottom-color: var(--accent);
      }
      @media (min-width: 1100px) {
        nav {
          flex: none;
        }
      }
      .end {
        position: relative;
      }
      summary {
        display: flex;
        gap: 8px;
        align-items: center;
        min-height: 44px;
        padding: 0 12px;
        cursor: pointer;
        border-radius: var(--r);
        list-style: none;
        font-weight: 550;
        white-space: nowrap;
      }
      summary::after {
        content: "";
        width: 7px;
        height: 7px;
        border: solid var(--soft);
        border-width: 0 1.7px 1.7px 0;
        transform: translateY(-2px) rotate(45deg);
        margin-inline-start: 4px;
      }
      summary::-webkit-details-marker {
        display: none;
      }
      summary:hover,
      details[open] summary {
        background: var(--raised);
      }
      .menu {
        position: absolute;
        z-index: 20;
        inset-inline-end: 0;
        top: 48px;
        width: 250px;
        display: grid;
        gap: 12px;
        padding: 16px;
        background: var(--panel);
        border: 1px solid var(--rule);
        border-radius: 12px;
        box-shadow: var(--shadow);
      }
      form {
        display: grid;
        gap: 14px;
      }
      .name {
        max-width: 30vw;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .link {
        display: flex;
        gap: 8px;
        justify-content: center;
        padding: 6px 14px;
        background: var(--low);
        color: var(--on-low);
        font-size: 14px;
        font-weight: 600;
      }
      .newer {
        align-items: center;
        background: var(--raised);
        color: var(--ink);
      }
      main {
        flex: 1;
        min-height: 0;
        display: flex;
        flex-direction: column;
        overflow-y: auto;
      }
      main:focus-visible {
        outline: none;
      }
      main > * {
        flex: 1 0 auto;
      }
      .skip {
        position: absolute;
        inset-inline-start: -999em;
      }
      .skip:focus {
        inset-inline-start: 8px;
        top: 8px;
        z-index: 9;
        background: var(--panel);
        padding: 8px 14px;
      }
      @media (max-width: 760px) {
        header {
          padding: 0 8px;
          gap: 6px;
        }
        .brand span,
        summary small {
          display: none;
        }
        /* The pages have a line of their own, so that none is cut off. */
        header {
          flex-wrap: wrap;
          height: auto;
          min-height: 52px;
        }
        twin-call {
          flex: 1 1 0;
          justify-content: end;
        }
        nav {
          order: 3;
          flex: 1 0 100%;
          height: 40px;
        }
        nav a {
          flex: 1 0 auto;
          justify-content: center;
          padding: 0 9px;
        }
      }
    `,
  ];

  constructor() {
    super();
    applyPrefs();
    this.follow(store);
    this.follow(routeChanged);
    prefsChanged.addEventListener("change", applyPrefs);
    routeChanged.addEventListener("change", this.toTop);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyPrefs);
    document.addEventListener("keydown", (e) => this.onKey(e));
    window.addEventListener("beforeunload", (e) => store.unsent && e.preventDefault());
    // Whoever comes back to a server may come back to another one.
    store.live.addEventListener("state", () => store.live.state === "open" && void this.askPages());
    void store.ask();
  }

  private async askPages() {
    const own = document.querySelector("script[type=module]")?.getAttribute("src");
    this.isOld = await isNewer(own);
  }

  /** A page begins at its top; what is chosen on a page leaves it where it is. */
  private toTop = () => {
    const at = route().path.join("/");
    if (at === this.at) return;
    this.at = at;
    const standing = route().path.slice(0, 2).join("/");
    const other = this.standing !== standing;
    this.standing = standing;
    void this.updateComplete.then(() => {
      const main = this.renderRoot.querySelector("main");
      main?.scrollTo(0, 0);
      // Who goes by the keyboard, or listens, begins where the page does; parts of a bed are chosen one after another.
      if (other && store.me) main?.focus({ preventScroll: true });
    });
  };

  private onKey(event: KeyboardEvent) {
    const typing = event
      .composedPath()
      .some((n) => n instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(n.tagName));
    if (typing || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "?") this.keys.open();
    else if (event.key === "g" && store.me) go(["ward"]);
  }

  override render() {
    return html`<a class="skip" href="#main" @click=${this.skip}>${t("app.skip")}</a>
      <div class="ribbon" role="note">SIMULATION · not for clinical use / 교육용 시뮬레이션</div>
      ${store.me ? this.header() : nothing}
      ${store.me && store.live.state === "lost" ? html`<div class="link" role="alert"><span aria-hidden="true">*</span>${t("app.lost")}</div>` : nothing}
      ${this.isOld ? html`<div class="link newer" role="status">${t("app.newer")}<button class="slim" @click=${() => window.location.reload()}>${t("app.reload")}</button></div>` : nothing}
      <main id="main" tabindex="-1">${this.page()}</main>
      <twin-keys></twin-keys>${store.me ? this.passwordDialog() : nothing}`;
  }

  /** On a narrow screen the link of the page one is on comes into view. */
  override updated(): void {
    const link = this.renderRoot.querySelector("nav a[aria-current]");
    const named = link?.getAttribute("href") ?? "";
    if (named && named !== this.linked) link!.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.linked = named;
  }

  private skip = (event: Event) => {
    event.preventDefault();
    this.renderRoot.querySelector<HTMLElement>("#main")?.focus();
  };

  private header() {
    const at = route().path[0] ?? "ward";
    const admin = store.me?.role === "administrator";
    const link = (name: string, key: Key, on = true) =>
      on
        ? html`<a
            href=${address([name])}
            aria-current=${at === name || (name === "ward" && at === "bed") ? "page" : nothing}
            >${t(key)}</a
          >`
        : nothing;
    return html`<header>
      <a class="brand" href=${address(["ward"])}
        ><img src="./icon.svg" width="26" height="26" alt="" /><span>twinbed</span></a
      >
      <nav aria-label=${t("app.pages")}>
        ${link("ward", "nav.ward")}${link("studies", "nav.studies")}${link("twins", "nav.twins")}${link("people", "nav.people", admin)}${link("audit", "nav.audit", admin)}
      </nav>
      <twin-call></twin-call>
      <details class="end" @focusout=${this.leaveMenu}>
        <summary><span class="name">${store.me!.name}</span><small>${t(`role.${store.me!.role}`)}</small></summary>
        <div class="menu">
          ${this.settings()}
          <button class="quiet" @click=${() => this.password.showModal()}>${t("password.title")}</button>
          <button class="quiet" @click=${this.tour}>${t("tour.again")}</button>
          <button class="quiet" @click=${() => this.keys.open()}>${icons.help}${t("keys.title")}</button>
          <button @click=${this.signOut}>${t("app.signOut")}</button>
        </div>
      </details>
    </header>`;
  }

  private settings() {
    const { language, theme } = prefs();
    const option = (value: string, text: string, chosen: string) =>
      html`<option value=${value} ?selected=${value === chosen}>${text}</option>`;
    return html`<label
        >${t("app.language")}<select
          @change=${(e: Event) => this.prefer({ language: (e.target as HTMLSelectElement).value as Language })}
        >
          ${option("en", "English", language)}${option("ko", "한국어", language)}
        </select></label
      >
      <label
        >${t("app.theme")}<select
          @change=${(e: Event) => this.prefer({ theme: (e.target as HTMLSelectElement).value as Theme })}
        >
          ${option("dark", t("theme.dark"), theme)}${option("light", t("theme.light"), theme)}${option("system", t("theme.system"), theme)}
        </select></label
      >`;
  }

  private prefer(changes: { language?: Language; theme?: Theme }) {
    setPrefs(changes);
    store.savePrefs();
  }

  private passwordDialog() {
    const close = () => this.password.close();
    return html`<dialog
      class="password"
      aria-labelledby="password-title"
      @close=${() => (this.said = null)}
      @click=${(e: Event) => e.target === this.password && close()}
    >
      <div class="inside">
        <header>
          <h1 id="password-title">${t("password.title")}</h1>
          <button class="square quiet" aria-label=${t("close")} @click=${close}>${icons.close}</button>
        </header>
        <form @submit=${this.changePassword}>
          <label
            >${t("password.now")}<input name="now" type="password" required autocomplete="current-password"
          /></label>
          <label
            >${t("password.next")}<input
              name="next"
              type="password"
              required
              minlength="10"
              autocomplete="new-password"
            /><small>${t("signIn.tenSigns")}</small></label
          >
          ${this.said ? html`<p class="note ${this.said.ok ? "good" : "bad"}" role="status">${this.said.text}</p>` : nothing}
          <button class="primary">${t("control.confirm")}</button>
        </form>
      </div>
    </dialog>`;
  }

  private changePassword = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const data = new FormData(form);
    try {
      await api.changePassword(String(data.get("now")), String(data.get("next")));
      this.said = { ok: true, text: t("password.done") };
      form.reset();
    } catch (error) {
      this.said = { ok: false, text: explain(error) };
    }
  };

  /** Takes the first look up again, at the bed one stands at or at the first. */
  private tour = () => {
    setPrefs({ toured: false, tourPassed: [] });
    this.renderRoot.querySelector<HTMLDetailsElement>("details.end")!.open = false;
    const first = store.beds[0];
    if (route().path[0] !== "bed" && first) go(["bed", first.id]);
  };

  private leaveMenu = (event: FocusEvent) => {
    const menu = event.currentTarget as HTMLDetailsElement;
    if (event.relatedTarget && !menu.contains(event.relatedTarget as Node)) menu.open = false;
  };

  private signOut = async () => {
    if (store.unsent && !confirm(t("drafts.leave", { n: store.unsent }))) return;
    await api.signOut().catch(() => undefined);
    store.leave();
    go([]);
  };

  private page(): TemplateResult | typeof nothing {
    const { path } = route();
    if (!store.known) return nothing;
    if (!store.me || path[0] === "sign-in")
      return html`<twin-sign-in .token=${path[0] === "sign-in" ? (path[1] ?? "") : ""}></twin-sign-in>`;
    const name = path[0] ?? "ward";
    void LATER[name]?.();
    switch (name) {
      case "bed":
        return html`<twin-bed .bedId=${path[1] ?? ""} .tab=${path[2] ?? "monitor"}></twin-bed>`;
      case "studies":
        return path[1] ? html`<twin-run .runId=${path[1]}></twin-run>` : html`<twin-studies></twin-studies>`;
      case "twins":
        return path[1] === "of"
          ? html`<twin-fitted .twinId=${path[2] ?? ""}></twin-fitted>`
          : html`<twin-twins .tab=${path[1] ?? "patients"}></twin-twins>`;
      case "people":
        return html`<twin-people></twin-people>`;
      case "audit":
        return html`<twin-audit></twin-audit>`;
      default:
        return html`<twin-ward></twin-ward>`;
    }
  }
}
