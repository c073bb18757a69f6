import { span, t } from "../text/text";

const FROM = 0.1;

/** How long futures take still, by how far they came since somebody looks; nothing before a tenth of them is there. */
export class Left {
  private since_s = NaN;
  private from = 0;

  /** Seconds that are left when so much is done at a time of the wall. */
  at(progress: number, wall_s: number): number | null {
    if (!(wall_s >= this.since_s && progress >= this.from)) {
      this.since_s = wall_s;
      this.from = progress;
    }
    const [done, passed_s] = [progress - this.from, wall_s - this.since_s];
    if (progress < FROM || done <= 0 || passed_s <= 0) return null;
    return (passed_s / done) * (1 - progress);
  }
}

/** About how long, rounded so that it does not flicker. */
export function leftInWords(left_s: number | null): string {
  if (left_s === null) return "";
  const step = left_s < 20 ? 1 : left_s < 60 ? 5 : left_s < 120 ? 15 : 60;
  return t("fork.left", { span: span(Math.max(Math.ceil(left_s / step) * step, 1)) });
}
