import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import en from "../src/text/en.json";
import ko from "../src/text/ko.json";
import { moment, tick } from "../src/text/moment";
import { clock, endsClosed, fill, setLanguage, since } from "../src/text/text";

const places = (text: string) => [...text.matchAll(/\{(\w+)/g)].map((m) => m[1]).sort();
const source = readdirSync(new URL("../src/", import.meta.url), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(new URL(`../src/${name}`, import.meta.url), "utf8"))
  .join("\n");

describe("the catalogues", () => {
  test("have the same keys in both languages", () => expect(Object.keys(ko).sort()).toEqual(Object.keys(en).sort()));
  test("have the same places to fill in both languages", () => {
    for (const key of Object.keys(en) as (keyof typeof en)[])
      expect([key, places(ko[key])]).toEqual([key, places(en[key])]);
  });
  test("call an alarm 경보, and nothing else", () => {
    for (const [key, text] of Object.entries(en)) {
      const said = ko[key as keyof typeof ko];
      expect([key, /알람/.test(said)]).toEqual([key, false]);
      if (/\b(alarm|alert)/i.test(text)) expect([key, said.includes("경보")]).toEqual([key, true]);
    }
  });
  test("say nothing with an empty text", () => {
    for (const text of [...Object.values(en), ...Object.values(ko)]) expect(text.trim()).not.toBe("");
  });
  test("keep the names of measurements in Latin letters", () => {
    for (const [key, text] of Object.entries(en)) {
      for (const name of text.match(/\b(ECG|SpO2|ABP|EtCO2|PEEP|NIBP)\b/g) ?? []) {
        const said = ko[key as keyof typeof ko];
        expect([key, said.includes(name) || name === "NIBP"]).toEqual([key, true]);
      }
    }
  });
  test("hold no key that nothing uses", () => {
    const unused = Object.keys(en).filter((key) => {
      const stem = key.slice(0, key.lastIndexOf("."));
      return (
        !source.includes(`"${key}"`) &&
        !source.includes(`\`${stem}.`) &&
        !source.includes(`\`${key.replace(/\d$/, "")}$`)
      );
    });
    expect(unused).toEqual([]);
  });
});

describe("texts", () => {
  test("take the particle that their word asks for", () => {
    expect(fill("{a:을/를} 닫습니다", { a: "수술실" })).toBe("수술실을 닫습니다");
    expect(fill("{a:을/를} 닫습니다", { a: "마취" })).toBe("마취를 닫습니다");
    expect(fill("{a:은/는}", { a: "수술실 1" })).toBe("수술실 1은");
    expect(endsClosed("병상 2")).toBe(false);
  });
  test("show times as clocks", () => {
    expect([clock(0), clock(65.4), clock(3725), clock(-3)]).toEqual(["00:00", "01:05", "1:02:05", "00:00"]);
  });
  test("show no seconds of a bed whose pages are minutes", () => {
    expect([moment(104_330, 60), moment(3540, 60), tick(104_330, 60)]).toEqual(["Day 2 04:58", "Day 1 00:59", "04:58"]);
    expect([moment(104_330, 1), tick(65, 1)]).toEqual(["1 d 04:58:50", "01:05"]);
    setLanguage("ko");
    expect(moment(104_330, 60)).toBe("2일째 04:58");
    setLanguage("en");
  });
});

test("how long ago something was is told in whole seconds, minutes or hours", () => {
  setLanguage("en");
  expect([0, 59.9, 60, 168, 7300].map(since)).toEqual(["0 s ago", "59 s ago", "1 min ago", "2 min ago", "2 h ago"]);
  setLanguage("ko");
  expect(since(168)).toBe("2분 전");
  setLanguage("en");
});
