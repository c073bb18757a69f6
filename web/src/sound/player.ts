import type { Priority } from "../contract";
import { BURSTS, burst, length_s, schedule, type Category } from "./alarms";
import { beep, pitch_hz } from "./pulse";

const LOOK_EVERY_MS = 250;
/** Timers of hidden pages run once a second: bursts are written this far ahead. */
const AHEAD_S = 1.6;

/** Sounds the alarm of highest priority and the tone of the pulse, in the time of the audio clock. */
export class Player extends EventTarget {
  private context: AudioContext | null = null;
  private volume: GainNode | null = null;
  private bus: GainNode | null = null;
  private timer = 0;
  private priority: Priority | 0 = 0;
  private category: Category = "general";
  private next_s = 0;

  /** Whether the browser lets sound through; it does after a click or a key. */
  get open(): boolean {
    return this.context?.state === "running";
  }

  /** Call from a click. */
  async unlock(): Promise<void> {
    if (!this.context) {
      this.context = new AudioContext();
      this.volume = this.context.createGain();
      this.volume.connect(this.context.destination);
      this.context.onstatechange = () => this.dispatchEvent(new Event("change"));
    }
    await this.context.resume();
    this.dispatchEvent(new Event("change"));
  }

  setVolume(volume: number): void {
    if (this.volume) this.volume.gain.value = 0.5 * volume;
  }

  /** What sounds now; 0 is silence. A change is heard at once. */
  setAlarm(priority: Priority | 0, category: Category = "general"): void {
    if (priority === this.priority && category === this.category) return;
    this.priority = priority;
    this.category = category;
    this.bus?.disconnect();
    this.bus = null;
    this.next_s = 0;
    window.clearInterval(this.timer);
    if (priority) this.timer = window.setInterval(() => this.look(), LOOK_EVERY_MS);
    this.look();
  }

  private look(): void {
    if (!this.priority || !this.context || !this.volume || !this.open) return;
    const now_s = this.context.currentTime;
    if (this.next_s > now_s + AHEAD_S) return;
    if (!this.bus) {
      this.bus = this.context.createGain();
      this.bus.gain.value = 0.25;
      this.bus.connect(this.volume);
    }
    const pulses = burst(this.priority, this.category);
    const start_s = Math.max(this.next_s, now_s + 0.05);
    schedule(this.context, this.bus, start_s, pulses);
    this.next_s = start_s + length_s(pulses) + BURSTS[this.priority].repeat_s;
  }

  beat(spo2: number | null | undefined): void {
    const frequency_hz = pitch_hz(spo2);
    if (frequency_hz === null || !this.open) return;
    beep(this.context!, this.volume!, this.context!.currentTime + 0.01, frequency_hz);
  }
}

/** One for the page: two monitors do not sound at once. */
export const player = new Player();
