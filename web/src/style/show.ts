import { prefs } from "../prefs";
import { setLanguage } from "../text/text";

/** Shows what somebody prefers at an element that has the tokens of the themes, and in all texts. */
export function showPrefs(at: HTMLElement): void {
  const { language, theme, palette } = prefs();
  setLanguage(language);
  const dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  at.lang = language;
  at.dataset["theme"] = dark ? "dark" : "light";
  at.dataset["palette"] = palette;
}
