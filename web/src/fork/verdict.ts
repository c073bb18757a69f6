import type { Band, Fork, NumberView } from "../contract";
import type { BedFeed } from "../live/feed";
import { labelOfNumber } from "../monitor/reading";
import { moment } from "../text/moment";
import { either, shown, t } from "../text/text";

/** How far medians have to part, in halves of their bands, before it is said. */
const TOLD = 1;

export interface Difference {
  number: NumberView;
  asIs: Band;
  changed: Band;
  /** Where the medians are farthest apart, and how far in halves of the bands. */
  place: number;
  size: number;
}

/** What is measured rarely says the same as what is measured always. */
const isRare = (id: string) => /^(N(SYS|DIA|MAP)|SMBG|trend)$/.test(id);

/** Where and how far the medians of each number part at most. */
export function differences(numbers: readonly NumberView[], fork: Fork): Difference[] {
  const out: Difference[] = [];
  for (const number of numbers) {
    const [asIs, changed] = [fork.as_is?.[number.id], fork.changed?.[number.id]];
    if (!asIs || !changed || isRare(number.id)) continue;
    let [place, size] = [asIs.p50.length - 1, 0];
    for (let i = 0; i < asIs.p50.length; i++) {
      const here = apart(asIs, changed, i, 10 ** -number.digits);
      if (here > size) [place, size] = [i, here];
    }
    out.push({ number, asIs, changed, place, size });
  }
  return out;
}

/** How far the medians are apart at a place, measured by the mean half of the two bands (at least one step of the number). */
function apart(asIs: Band, changed: Band, i: number, step: number): number {
  const gap = Math.abs((changed.p50[i] ?? NaN) - (asIs.p50[i] ?? NaN));
  const spread = ((asIs.p95[i] ?? NaN) - (asIs.p5[i] ?? NaN) + (changed.p95[i] ?? NaN) - (changed.p5[i] ?? NaN)) / 4;
  return Number.isFinite(gap) ? gap / Math.max(Number.isFinite(spread) ? spread : 0, step) : 0;
}

const FIRST = ["MAP", "SpO2", "glucose", "HR", "etCO2", "BIS"];
const rank = (id: string) => (FIRST.includes(id) ? FIRST.indexOf(id) : FIRST.length);

/** Whether the patient alone was played: then there is no band, and nothing is said of one. */
export function isAlone(fork: Fork | null | undefined): boolean {
  return fork?.spread?.of === "patient" || fork?.members === 1;
}

/** Where nine of ten members are at a place, after their median; nothing where there is one member. */
export function spread(band: Pick<Band, "p5" | "p95">, i: number, digits: number, alone: boolean): string {
  return alone ? "" : ` (${shown(band.p5[i], digits)}–${shown(band.p95[i], digits)})`;
}

/** What the two futures say, in a sentence: of the numbers that part, the one that matters most, where it parts most and in the end. */
export function verdict(feed: Pick<BedFeed, "bed">, fork: Fork): string {
  const times = fork.t_s ?? [];
  const { page_s } = feed.bed.view;
  const alone = isAlone(fork);
  const last = times.length - 1;
  const told = differences(feed.bed.view.numbers, fork).filter((d) => d.size >= TOLD);
  const [first] = told.sort((a, b) => rank(a.number.id) - rank(b.number.id) || b.size - a.size);
  if (!first) return t(alone ? "fork.nothingOne" : "fork.nothing", { t: moment(times[last] ?? 0, page_s) });
  const { digits, unit } = first.number;
  const of = (band: Band, i: number) => `${shown(band.p50[i], digits)} ${unit}${spread(band, i, digits, alone)}`;
  const at = (i: number) => ({
    t: moment(times[i] ?? 0, page_s),
    changed: of(first.changed, i),
    asIs: of(first.asIs, i),
  });
  const most = t("fork.verdict", { label: labelOfNumber(first.number), ...at(first.place) });
  return first.place === last ? most : `${most} ${t("fork.verdictEnd", at(last))}`;
}

/** What lines and bands are, and what the members were drawn from where the server says that. */
export function legend(fork: Fork, members: number): string {
  const lines = isAlone(fork) ? t("fork.explainOne") : t("fork.explain", { n: members });
  const text = either(fork.spread, "text");
  return text ? `${lines} ${text}${text.endsWith(".") ? "" : "."}` : lines;
}
