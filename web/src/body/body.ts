import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { shared } from "../style/shared";
import { shown, t, type Key } from "../text/text";
import { bodySurface, PERFUSION, SATURATION } from "./colour";
import { flat } from "./flat";
import { Motion, MUSCLE_ML, TISSUE_ML, type Shown } from "./motion";
import type { Scene } from "./scene";

const STEP = 0.12;
const LEAST_FRAME_MS = 30;

function hasWebGL(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

/** The patient as a picture: heart and lungs that move with the volumes of the twin, coloured by saturation and perfusion. */
@customElement("twin-body")
export class TwinBody extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @state() private noPicture = false;
  @state() private sources = "";
  @query("canvas") private canvas?: HTMLCanvasElement;
  private scene: Scene | null = null;
  /** The canvas for which a scene was asked for. */
  private begun: HTMLCanvasElement | null = null;
  private motion: Motion | null = null;
  private frame = 0;
  private drawn_ms = 0;
  private drawn_s: number | null = null;
  private inView = true;
  private sizes: ResizeObserver | null = null;
  private seen: IntersectionObserver | null = null;
  private readonly fingers = new Map<number, { x: number; y: number }>();
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)");
  private readonly onWake = () => this.wake();

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 300px;
        gap: 10px;
        align-items: start;
      }
      .picture {
        position: relative;
        height: calc(100dvh - 300px);
        min-height: 520px;
        border: 1px solid var(--rule);
        border-radius: var(--r);
        overflow: hidden;
        background: radial-gradient(ellipse at 50% 42%, var(--raised), var(--panel) 72%);
        color: var(--ink);
      }
      canvas,
      .picture > svg {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        mask-image: linear-gradient(transparent, #000 9%, #000 84%, transparent);
      }
      canvas {
        touch-action: pan-y;
        cursor: grab;
      }
      canvas:active {
        cursor: grabbing;
      }
      canvas:focus-visible {
        outline: 2px solid var(--accent);
        outline-offset: -3px;
        border-radius: var(--r);
      }
      .front {
        position: absolute;
        inset-inline-end: 10px;
        top: 10px;
      }
      .told {
        display: flex;
        flex-direction: column;
        gap: 14px;
        align-content: start;
        padding: 14px;
      }
      dl {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 5px 10px;
        font-size: 14px;
      }
      dt {
        color: var(--soft);
      }
      dd {
        text-align: end;
        font-variant-numeric: tabular-nums;
        font-weight: 600;
      }
      dd small {
        color: var(--soft);
        font-weight: 400;
      }
      .legend {
        display: grid;
        gap: 4px;
        font-size: 12.5px;
        color: var(--soft);
      }
      .legend .bar {
        height: 8px;
        border-radius: 4px;
      }
      .bar.saturation {
        background: linear-gradient(90deg, #4b4a86, #7a3f6e, #ad3d48, #cc4a3e);
      }
      .bar.perfusion {
        background: linear-gradient(90deg, #7d93a8, #a79c9f, #c99a8c, #e09a7f);
      }
      .ends {
        display: flex;
        justify-content: space-between;
        font-variant-numeric: tabular-nums;
      }
      .caption {
        display: grid;
        gap: 6px;
        font-size: 12.5px;
        line-height: 1.45;
        color: var(--soft);
      }
      .caption b {
        color: var(--ink);
        font-weight: 600;
      }
      @media (max-width: 900px) {
        :host {
          grid-template-columns: minmax(0, 1fr);
        }
        .picture {
          height: min(62vh, 560px);
          min-height: 360px;
        }
      }
      @media (max-width: 620px) {
        :host {
          margin: 0 8px;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.onWake);
    this.still.addEventListener("change", this.onWake);
    if (this.hasUpdated) this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.onWake);
    this.still.removeEventListener("change", this.onWake);
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.sizes?.disconnect();
    this.seen?.disconnect();
    this.scene?.dispose();
    this.scene = null;
    this.begun = null;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("feed")) return;
    this.unfollow(changed.get("feed"));
    this.follow(this.feed);
    this.motion = new Motion(this.feed);
  }

  override updated(): void {
    if (!this.scene && !this.noPicture) void this.begin();
    this.scene?.setLight(getComputedStyle(this).colorScheme === "light");
    this.paint();
  }

  /** Brings three dimensions, where the browser has them. */
  private async begin(): Promise<void> {
    const { canvas } = this;
    if (!canvas || this.begun === canvas) return;
    this.begun = canvas;
    try {
      if (!hasWebGL()) throw new Error("no WebGL");
      const { Scene } = await import("./scene");
      if (!this.isConnected || this.scene || this.begun !== canvas) return;
      this.scene = new Scene(canvas);
    } catch {
      this.noPicture = true;
      return;
    }
    canvas.addEventListener("webglcontextlost", () => (this.noPicture = this.isConnected), { once: true });
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(canvas);
    this.seen = new IntersectionObserver(([entry]) => {
      this.inView = entry?.isIntersecting ?? true;
      this.wake();
    });
    this.seen.observe(canvas);
    this.fit();
    this.requestUpdate();
    this.wake();
  }

  private fit(): void {
    const { clientWidth: width = 0, clientHeight: height = 0 } = this.canvas ?? {};
    if (!width || !height) return;
    this.scene?.resize(width, height, Math.min(devicePixelRatio, 2));
    this.paint();
  }

  /** Whether the picture goes from frame to frame: not where it is not seen, and not for who asked for less motion. */
  private get moves(): boolean {
    return !document.hidden && this.inView && !this.still.matches && !this.noPicture;
  }

  private wake(): void {
    if (this.frame || !this.moves || !this.isConnected) return;
    const tick = (ms: number) => {
      this.frame = 0;
      if (!this.moves || !this.scene) return;
      const now_s = this.feed.now();
      // A bed that stands still needs no new picture.
      if (ms - this.drawn_ms >= LEAST_FRAME_MS && !Object.is(now_s, this.drawn_s)) {
        this.drawn_ms = ms;
        this.drawn_s = now_s;
        this.paint();
      }
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  /** The moment to show: between pages where the picture moves, else the end of the last page. */
  private now(): Shown {
    const { feed } = this;
    const surface = bodySurface(feed.bed.patient);
    const { cardiac_output: output, arterial_saturation: saturation } = feed.body;
    const told = {
      saturation: saturation ?? null,
      perfusion: typeof output === "number" && surface ? output / surface : null,
    };
    const live_s = feed.now();
    if (this.moves && this.motion && Number.isFinite(live_s))
      return { ...this.motion.at(live_s, feed.body, feed.body_s), ...told };
    return {
      left_ml: feed.body.left_ventricular_volume ?? NaN,
      right_ml: feed.body.right_ventricular_volume ?? NaN,
      lungLeft_L: feed.body.lung_volume_left ?? NaN,
      lungRight_L: feed.body.lung_volume_right ?? NaN,
      beat: null,
      breath: null,
      ...told,
    };
  }

  private paint(): void {
    if (!this.scene) return;
    const now = this.now();
    this.scene.show(now);
    this.scene.draw();
    const sources =
      this.moves && Number.isFinite(this.feed.now()) ? `${now.beat ?? "none"} ${now.breath ?? "none"}` : "";
    if (sources !== this.sources) this.sources = sources;
  }

  private turned(turn: number, tilt: number, far = 1): void {
    const { scene } = this;
    if (!scene) return;
    scene.view.turn += turn;
    scene.view.tilt = Math.min(Math.max(scene.view.tilt + tilt, -1.2), 1.2);
    scene.view.far = Math.min(Math.max(scene.view.far * far, 0.35), 1.5);
    this.paint();
  }

  private front(): void {
    this.scene?.front();
    this.paint();
  }

  private onPointer(event: PointerEvent): void {
    if (event.type === "pointerdown") {
      this.canvas?.setPointerCapture(event.pointerId);
      this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      return;
    }
    const before = this.fingers.get(event.pointerId);
    if (event.type !== "pointermove") {
      this.fingers.delete(event.pointerId);
      return;
    }
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    this.fingers.set(event.pointerId, now);
    if (this.fingers.size === 1) return this.turned((before.x - now.x) * 0.008, (now.y - before.y) * 0.006);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)![1];
    const apart = (p: { x: number; y: number }) => Math.hypot(p.x - other.x, p.y - other.y) || 1;
    this.turned(0, 0, apart(before) / apart(now));
  }

  private onKey(event: KeyboardEvent): void {
    const act: Record<string, () => void> = {
      ArrowLeft: () => this.turned(-STEP, 0),
      ArrowRight: () => this.turned(STEP, 0),
      ArrowUp: () => this.turned(0, STEP),
      ArrowDown: () => this.turned(0, -STEP),
      "+": () => this.turned(0, 0, 0.9),
      "=": () => this.turned(0, 0, 0.9),
      "-": () => this.turned(0, 0, 1.1),
      Home: () => this.front(),
    };
    if (!act[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act[event.key]!();
  }

  override render() {
    if (!Object.keys(this.feed.body).length) return html`<p class="note">${t("body.none")}</p>`;
    return html`<div class="picture">
        ${
          this.noPicture
            ? flat(this.now())
            : html`<canvas
                  tabindex="0"
                  role="img"
                  aria-label=${this.described()}
                  @pointerdown=${this.onPointer}
                  @pointermove=${this.onPointer}
                  @pointerup=${this.onPointer}
                  @pointercancel=${this.onPointer}
                  @keydown=${this.onKey}
                  @wheel=${(e: WheelEvent) => {
                    // The wheel turns the page unless somebody chose the picture.
                    if (!e.ctrlKey && this.shadowRoot?.activeElement !== this.canvas) return;
                    e.preventDefault();
                    this.turned(0, 0, Math.exp(e.deltaY * 0.001));
                  }}
                ></canvas>
                <button class="slim front" @click=${() => this.front()}>${t("body.front")}</button>`
        }
      </div>
      <aside class="panel told">
        <dl>
          ${this.numbers().map(
            ([key, value, unit]) =>
              html`<dt>${t(key)}</dt>
                <dd>${value} <small>${unit}</small></dd>`,
          )}
        </dl>
        ${this.legend("saturation", "body.saturationScale", SATURATION.low * 100, SATURATION.high * 100, "%")}
        ${this.legend("perfusion", "body.perfusionScale", PERFUSION.low, PERFUSION.high, "L/min/m²")}
        <div class="caption">
          <p><b>${t("body.told")}</b> ${t("body.toldText")}</p>
          <p><b>${t("body.between")}</b> ${this.between()}</p>
          <p><b>${t("body.scenery")}</b> ${t("body.sceneryText", { muscle: MUSCLE_ML, tissue: TISSUE_ML })}</p>
          ${this.noPicture ? html`<p>${t("body.flat")}</p>` : html`<p>${t("body.keys")}</p>`}
        </div>
      </aside>`;
  }

  private between(): string {
    if (!this.sources || this.noPicture) return t("body.still");
    const [beat, breath] = this.sources.split(" ");
    return `${t(`body.beat.${beat}` as Key)} ${t(`body.breath.${breath}` as Key)}`;
  }

  private numbers(): [Key, string, string][] {
    const b = this.feed.body;
    const surface = bodySurface(this.feed.bed.patient);
    const index = typeof b.cardiac_output === "number" && surface ? b.cardiac_output / surface : null;
    const percent = typeof b.arterial_saturation === "number" ? 100 * b.arterial_saturation : null;
    return [
      ["body.left", shown(b.left_ventricular_volume, 0), "mL"],
      ["body.right", shown(b.right_ventricular_volume, 0), "mL"],
      ["body.lungLeft", shown(b.lung_volume_left, 2), "L"],
      ["body.lungRight", shown(b.lung_volume_right, 2), "L"],
      ["body.saturation", shown(percent, 1), "%"],
      ["body.output", shown(b.cardiac_output, 1), "L/min"],
      ["body.index", shown(index, 1), "L/min/m²"],
      ["body.blood", shown(typeof b.blood_volume === "number" ? b.blood_volume / 1000 : null, 2), "L"],
    ];
  }

  private described(): string {
    const numbers = this.numbers().map(([key, value, unit]) => `${t(key)} ${value} ${unit}`);
    return `${t("body.picture")} ${numbers.join(", ")}. ${t("body.keys")}`;
  }

  private legend(kind: string, key: Key, low: number, high: number, unit: string) {
    return html`<div class="legend">
      <span>${t(key)}</span>
      <div class="bar ${kind}"></div>
      <div class="ends">
        <span>≤ ${low}</span><span>${unit}</span><span>${kind === "perfusion" ? "≥ " : nothing}${high}</span>
      </div>
    </div>`;
  }
}
