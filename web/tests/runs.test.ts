import { afterEach, expect, test } from "vitest";
import type { Run } from "../src/contract";
import { why } from "../src/pages/run-words";
import { setLanguage } from "../src/text/text";
import { markup } from "./markup";

const ended = (reason: string, reason_ko?: string | null) =>
  markup(why({ reason, ...(reason_ko === undefined ? {} : { reason_ko }) } as Run));

afterEach(() => setLanguage("en"));

test("why a run was ended is told in the language of the page", () => {
  expect(ended("The disk is full.", "디스크가 가득 찼습니다.")).toMatch(/lang=en>The disk is full\.</);
  setLanguage("ko");
  expect(ended("The disk is full.", "디스크가 가득 찼습니다.")).toMatch(/lang=ko>디스크가 가득 찼습니다\.</);
});

test("what the run itself said is told as it is, and marked as English", () => {
  setLanguage("ko");
  for (const none of [null, undefined])
    expect(ended("error: no such model", none)).toMatch(/lang=en>error: no such model</);
});

test("a run that was not ended gives no reason", () => {
  expect(ended("", null)).toBe("");
});
