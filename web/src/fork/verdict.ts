import type { Band, Fork, NumberView } from "../contract";
import type { BedFeed } from "../live/feed";
import { clock, shown, t } from "../text/text";

/** How much a number has to differ, in halves of its band, before it is said to. */
const TOLD = 0.5;

interface Difference {
  number: NumberView;
  asIs: Band;
  changed: Band;
  size: number;
}

/** Numbers by how far their medians part at the end, measured in the spread of their members; the farthest first. */
export function differences(numbers: readonly NumberView[], fork: Fork): Difference[] {
  const out: Difference[] = [];
  for (const number of numbers) {
    const [asIs, changed] = [fork.as_is?.[number.id], fork.changed?.[number.id]];
    if (!asIs || !changed) continue;
    const i = asIs.p50.length - 1;
    const spread = ((asIs.p95[i] ?? NaN) - (asIs.p5[i] ?? NaN) + (changed.p95[i] ?? NaN) - (changed.p5[i] ?? NaN)) / 4;
    const gap = Math.abs((changed.p50[i] ?? NaN) - (asIs.p50[i] ?? NaN));
    const least = 10 ** -number.digits;
    if (Number.isFinite(gap)) out.push({ number, asIs, changed, size: gap / Math.max(Number.isFinite(spread) ? spread : 0, least) });
  }
  return out.sort((a, b) => b.size - a.size);
}

const FIRST = ["MAP", "SpO2", "glucose", "HR", "etCO2", "BIS"];

/** What the two futures say, in a sentence: the number that matters most of those that differ. */
export function verdict(feed: Pick<BedFeed, "bed">, fork: Fork): string {
  const told = differences(feed.bed.view.numbers, fork).filter((d) => d.size >= TOLD);
  const [first] = told.sort((a, b) => rank(a.number.id) - rank(b.number.id) || b.size - a.size);
  const end = clock(fork.t_s?.[fork.t_s.length - 1] ?? 0);
  if (!first) return t("fork.nothing", { t: end });
  const { digits, label, unit } = first.number;
  const of = (band: Band) => {
    const i = band.p50.length - 1;
    return `${shown(band.p50[i], digits)} ${unit} (${shown(band.p5[i], digits)}–${shown(band.p95[i], digits)})`;
  };
  return t("fork.verdict", { label, t: end, changed: of(first.changed), asIs: of(first.asIs) });
}

function rank(id: string): number {
  return FIRST.includes(id) ? FIRST.indexOf(id) : FIRST.length;
}
