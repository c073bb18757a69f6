import tokens from "../style/tokens.css?inline";
import { prefsChanged } from "../prefs";
import { readFilm, type Film } from "../replay/film";
import "../replay/replay";
import { showPrefs } from "../style/show";
import { t } from "../text/text";
import "./bedside";
import { KernelBed, type Model } from "./model";

const beds = new WeakMap<Model, KernelBed>();
const films = new WeakMap<Model, Promise<Film>>();

/** The same for all views of a model. */
function kept<T>(all: WeakMap<Model, T>, model: Model, make: () => T): T {
  const found = all.get(model) ?? make();
  all.set(model, found);
  return found;
}

/** A place in a foreign page that has the tokens of the themes, and whose keys are its own. */
function placed(el: HTMLElement): { root: ShadowRoot; leave: () => void } {
  const host = document.createElement("div");
  // Digits and letters that are typed here are no commands of the notebook.
  host.dataset["lmSuppressShortcuts"] = "true";
  for (const name of ["keydown", "keypress", "keyup"]) host.addEventListener(name, (e) => e.stopPropagation());
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(tokens.replace(/:root(\[[^\]]+\])?/g, (_, of?: string) => (of ? `:host(${of})` : ":host")));
  root.adoptedStyleSheets = [sheet];
  const show = () => showPrefs(host);
  prefsChanged.addEventListener("change", show);
  show();
  el.append(host);
  return { root, leave: () => (prefsChanged.removeEventListener("change", show), host.remove()) };
}

function bytes(told: unknown): Uint8Array<ArrayBuffer> {
  const view = told as DataView<ArrayBuffer>;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** What a notebook calls to show a widget; it calls what is returned when the view goes. */
export async function render({ model, el }: { model: Model; el: HTMLElement }): Promise<() => void> {
  const { root, leave } = placed(el);
  if (model.get("kind") === "bed") {
    const element = document.createElement("twin-bedside");
    element.kernel = kept(beds, model, () => new KernelBed(model));
    root.append(element);
    return leave;
  }
  try {
    const element = document.createElement("twin-replay");
    element.film = await kept(films, model, () => readFilm(bytes(model.get("film"))));
    root.append(element);
  } catch {
    root.append(t("replay.broken"));
  }
  return leave;
}
