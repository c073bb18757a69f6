import { LitElement } from "lit";
import { prefsChanged } from "./prefs";
import { languageChanged } from "./text/text";

/** An element that is drawn anew when the language or a setting changes. */
export abstract class TwinElement extends LitElement {
  private readonly onChange = () => this.requestUpdate();
  private readonly heard: [EventTarget, string][] = [];

  /** Draws anew whenever `target` says so, as long as this element is in the page. */
  protected follow(target: EventTarget, event = "change"): void {
    if (this.heard.some(([t, e]) => t === target && e === event)) return;
    this.heard.push([target, event]);
    if (this.isConnected) target.addEventListener(event, this.onChange);
  }

  protected unfollow(target: EventTarget | null | undefined): void {
    for (let i = this.heard.length - 1; i >= 0; i--) {
      const [heard, event] = this.heard[i]!;
      if (heard !== target) continue;
      heard.removeEventListener(event, this.onChange);
      this.heard.splice(i, 1);
    }
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(languageChanged);
    this.follow(prefsChanged);
    for (const [target, event] of this.heard) target.addEventListener(event, this.onChange);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const [target, event] of this.heard) target.removeEventListener(event, this.onChange);
  }

  /** Tells who is around, through the borders of shadow roots. */
  protected tell<T>(name: string, detail?: T): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
