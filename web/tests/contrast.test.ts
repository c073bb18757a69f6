import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const TOKENS = readFileSync(new URL("../src/style/tokens.css", import.meta.url), "utf8");
const light = TOKENS.indexOf(':root[data-theme="light"]');
const THEMES = { dark: TOKENS.slice(0, light), light: TOKENS.slice(light) };

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const v = parseInt(hex.slice(i, i + 2), 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dim, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (bright + 0.05) / (dim + 0.05);
}

test.each(["dark", "light"] as const)("small print has a contrast of 4.5 on every ground of the %s theme", (theme) => {
  const of = (name: string) => new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(THEMES[theme])![1]!;
  for (const ink of ["faint", "soft", "ink"])
    for (const ground of ["ground", "panel", "raised", "field"])
      expect(contrast(of(ink), of(ground)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
});
