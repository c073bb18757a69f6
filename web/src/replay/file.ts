import page from "../style/page.css?inline";
import { prefsChanged } from "../prefs";
import { showPrefs } from "../style/show";
import { t } from "../text/text";
import { fromBase64, readFilm } from "./film";
import "./replay";

const FILM = "twinbed-film";
const text = (id: string) => document.getElementById(id)?.textContent ?? "";

/** Whether this page is a file that replays. */
export const isFile = () => typeof document !== "undefined" && document.getElementById(FILM) !== null;

/** Plays the film that stands in the page. `#t=90` begins there and stands still. */
export async function playFile(): Promise<void> {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(page);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const show = () => showPrefs(document.documentElement);
  prefsChanged.addEventListener("change", show);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
  try {
    await play();
  } catch {
    document.body.append(t(typeof DecompressionStream === "undefined" ? "replay.old" : "replay.broken"));
  }
}

async function play(): Promise<void> {
  const element = document.createElement("twin-replay");
  element.film = await readFilm(fromBase64(text(FILM)));
  element.licences = text("twinbed-licences");
  document.body.append(element);
  await element.updateComplete;
  element.focus({ preventScroll: true });
  const told = new URLSearchParams(location.hash.slice(1)).get("t");
  const at_s = told === null ? NaN : Number(told);
  if (Number.isFinite(at_s)) element.player.seek(at_s);
  else if (!matchMedia("(prefers-reduced-motion: reduce)").matches) element.player.play();
}
