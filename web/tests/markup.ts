import { nothing, type TemplateResult } from "lit";

/** What a template would write, without a browser: its own text, and what is filled in but for functions. */
export function markup(of: unknown): string {
  if (of === nothing || of === null || of === undefined || typeof of === "function") return "";
  if (Array.isArray(of)) return of.map(markup).join("");
  if (typeof of !== "object" || !("strings" in of)) return String(of);
  const { strings, values } = of as TemplateResult;
  return strings.map((text, i) => text + markup(values[i])).join("");
}
