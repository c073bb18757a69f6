import { describe, expect, test } from "vitest";
import { BURSTS, burst, categoryOf, HARMONICS, length_s, MELODIES } from "../src/sound/alarms";
import type { BedState } from "../src/contract";
import { setPerson, setSound, soundOn } from "../src/prefs";
import { BedFeed } from "../src/live/feed";
import { loudest } from "../src/sound/loudest";
import { Sounder } from "../src/sound/sounder";
import { Beats, pitch_hz } from "../src/sound/pulse";

const PRIORITIES = [1, 2, 3] as const;

describe("bursts of alarms (IEC 60601-1-8, tables of bursts and pulses)", () => {
  test("have ten, three and two pulses", () => expect(PRIORITIES.map((p) => burst(p).length)).toEqual([2, 3, 10]));
  test("of high priority are 3 + 2, twice", () => {
    const gaps = burst(3)
      .slice(1)
      .map((p, i) => p.start_s - burst(3)[i]!.start_s - burst(3)[i]!.duration_s);
    const x = BURSTS[3].spacing_s;
    expect(gaps.map((g) => Number(g.toFixed(6)))).toEqual(
      [x, x, 2 * x + 0.15, x, 0.5, x, x, 2 * x + 0.15, x].map((g) => Number(g.toFixed(6))),
    );
  });
  test("have pulses of 75 to 200 ms where urgent and 125 to 250 ms where not", () => {
    expect(BURSTS[3].pulse_s).toBeGreaterThanOrEqual(0.075);
    expect(BURSTS[3].pulse_s).toBeLessThanOrEqual(0.2);
    for (const p of [1, 2] as const) {
      expect(BURSTS[p].pulse_s).toBeGreaterThanOrEqual(0.125);
      expect(BURSTS[p].pulse_s).toBeLessThanOrEqual(0.25);
    }
  });
  test("have spacings of 50 to 125 ms where urgent and 125 to 250 ms where not", () => {
    expect(BURSTS[3].spacing_s).toBeGreaterThanOrEqual(0.05);
    expect(BURSTS[3].spacing_s).toBeLessThanOrEqual(0.125);
    expect(BURSTS[2].spacing_s).toBeGreaterThanOrEqual(0.125);
    expect(BURSTS[2].spacing_s).toBeLessThanOrEqual(0.25);
    expect(BURSTS[3].between_groups_s).toBeGreaterThanOrEqual(0.35);
    expect(BURSTS[3].between_groups_s).toBeLessThanOrEqual(1.3);
  });
  test("come again within 2.5 to 15 s where urgent, 2.5 to 30 s where medium, after more than 15 s where low", () => {
    expect(BURSTS[3].repeat_s).toBeGreaterThanOrEqual(2.5);
    expect(BURSTS[3].repeat_s).toBeLessThanOrEqual(15);
    expect(BURSTS[2].repeat_s).toBeLessThanOrEqual(30);
    expect(BURSTS[1].repeat_s).toBeGreaterThan(15);
  });
  test("have a fundamental of 150 to 1000 Hz and four harmonics within 300 to 4000 Hz and 15 dB", () => {
    const strongest = Math.max(...HARMONICS);
    for (const notes of Object.values(MELODIES)) {
      for (const f of notes) {
        expect(f).toBeGreaterThanOrEqual(150);
        expect(f).toBeLessThanOrEqual(1000);
        const heard = HARMONICS.filter(
          (a, k) => k > 0 && f * (k + 1) >= 300 && f * (k + 1) <= 4000 && 20 * Math.log10(strongest / a) <= 15,
        );
        expect(heard.length).toBeGreaterThanOrEqual(4);
      }
    }
  });
  test("last as long as their last pulse says", () => expect(length_s(burst(2))).toBeCloseTo(1, 9));
  test("sound after what they are about", () => {
    expect(categoryOf({ id: "x", numbers: ["SpO2"] })).toBe("oxygen");
    expect(categoryOf({ id: "pump_occlusion" })).toBe("infusion");
    expect(categoryOf({ id: "ventilator_apnoea" })).toBe("ventilation");
    expect(categoryOf(undefined)).toBe("general");
  });
});

describe("what sounds of several beds", () => {
  const bed = (sound: 0 | 1 | 2 | 3, id: string, state: BedState = "running", isStale = false) => ({
    sound,
    isStale,
    alarms: [
      { id: "apnoea", priority: 3 as const, text: "", acknowledged: true },
      { id, priority: 2 as const, text: "", acknowledged: false },
    ],
    clock: { t_s: 0, state, speed: 1, branch: 0 },
  });
  test("is the alarm of highest priority, with its own melody", () => {
    expect(loudest([bed(1, "pump"), bed(3, "heart_rate"), bed(2, "spo2")])).toEqual({
      priority: 3,
      category: "cardiac",
    });
    expect(loudest([bed(2, "spo2")])).toEqual({ priority: 2, category: "oxygen" });
  });
  test("is nothing of a bed that stands still, has failed, or whose sound is paused", () => {
    const silent = [bed(3, "heart_rate", "paused"), bed(3, "heart_rate", "failed"), bed(0, "heart_rate")];
    expect(loudest(silent)).toEqual({ priority: 0, category: "general" });
    expect(loudest([...silent, bed(1, "pump")])).toEqual({ priority: 1, category: "infusion" });
    expect(loudest([]).priority).toBe(0);
  });
  test("is an alarm of low priority where the line is lost, whatever was heard before", () => {
    expect(loudest([bed(3, "heart_rate", "running", true)], true)).toEqual({ priority: 1, category: "general" });
    expect(loudest([bed(3, "heart_rate", "running", true)])).toEqual({ priority: 0, category: "general" });
  });
});

describe("the sounder", () => {
  const heard: (readonly [number, string])[] = [];
  const through = Object.assign(new EventTarget(), {
    setAlarm: (priority: number, category = "general") => void heard.push([priority, category]),
    setVolume: () => undefined,
  });
  const last = () => heard[heard.length - 1];
  const bed = (id: string) => {
    const view = { page_s: 1, waves: [], numbers: [] };
    const at = { kind: "acute", state: "running" as const, t_s: 0, speed: 1, branch: 0 };
    return new BedFeed({ id, title: id, ...at, view, devices: [], controls: [] });
  };
  const says = (feed: BedFeed, alarm_sound: 0 | 1 | 2 | 3, id: string, t_s: number) => {
    const alarms = alarm_sound ? [{ id, priority: alarm_sound, text: id, acknowledged: false }] : [];
    feed.message({ kind: "numbers", bed: feed.bed.id, t_s, values: {}, alarms, alarm_sound, devices: {} });
  };

  test("sounds the most urgent of all beds whoever looks at what, until nobody hears them", () => {
    const sounder = new Sounder(through);
    const [one, other] = [bed("one"), bed("other")];
    const page = {};
    sounder.hear(page, [one, other]);
    expect(last()).toEqual([0, "general"]);
    says(one, 2, "saturation_low", 1);
    expect(last()).toEqual([2, "oxygen"]);
    says(other, 3, "pressure_very_low", 1);
    expect(last()).toEqual([3, "cardiac"]);
    says(other, 0, "", 2);
    expect(last()).toEqual([2, "oxygen"]);
    sounder.hear(page, [other]);
    expect(last()).toEqual([0, "general"]);
    says(other, 3, "pressure_very_low", 3);
    sounder.lost = true;
    other.breakOff();
    expect(last()).toEqual([1, "general"]);
    sounder.lost = false;
    says(other, 3, "pressure_very_low", 4);
    setSound(false);
    expect(last()).toEqual([0, "cardiac"]);
    setSound(true);
    expect(last()).toEqual([3, "cardiac"]);
    sounder.forget(page);
    says(other, 2, "pressure_low", 5);
    expect(last()).toEqual([0, "general"]);
    sounder.unknown(page, true);
    expect(last()).toEqual([1, "general"]);
    sounder.unknown(page, false);
    expect(last()).toEqual([0, "general"]);
    sounder.lost = true; // who is signed out has no line to lose
    expect(last()).toEqual([0, "general"]);
  });
});

test("each person who uses a device turns the sound off for themselves alone", () => {
  setPerson("Kim");
  expect(soundOn()).toBe(true);
  setSound(false);
  expect(soundOn()).toBe(false);
  setPerson("Lee");
  expect(soundOn()).toBe(true);
  setPerson("Kim");
  expect(soundOn()).toBe(false);
  setSound(true);
  expect(soundOn()).toBe(true);
});

describe("the tone of the pulse", () => {
  test("falls with saturation", () => {
    const tones = [100, 97, 90, 80].map((s) => pitch_hz(s)!);
    expect([...tones].sort((a, b) => b - a)).toEqual(tones);
    expect(pitch_hz(76)).toBeCloseTo(440, 6);
  });
  test("is silent without a reading", () => expect([pitch_hz(null), pitch_hz(NaN)]).toEqual([null, null]));

  test.each([30, 60, 90, 180])("comes once a beat at %i a minute", (rate) => {
    const dt = 0.004;
    const beats = new Beats(dt);
    let heard = 0;
    for (let k = 0; k * dt < 60; k++) {
      const phase = ((k * dt * rate) / 60) % 1;
      const ecg = Math.exp(-(((phase - 0.3) / 0.012) ** 2)) + 0.25 * Math.exp(-(((phase - 0.6) / 0.06) ** 2));
      if (beats.push(ecg, k * dt) && k * dt >= 10) heard++;
    }
    expect(heard).toBeGreaterThanOrEqual(Math.round((rate * 50) / 60) - 1);
    expect(heard).toBeLessThanOrEqual(Math.round((rate * 50) / 60) + 1);
  });
});
