import { api } from "../api";
import { feedAt } from "../glucose/past";
import type { BedFeed } from "../live/feed";
import { decodeFrame } from "../live/frame";
import type { Past } from "../monitor/monitor";
import { isSlow } from "../text/moment";

const WAVES_S = 40;
const DAY_S = 86_400;

/** A bed as it stood at a moment of its past: what its monitor showed, and all of it for its other parts. */
export interface Then {
  at_s: number;
  past: Past;
  back: BedFeed;
}

/** Asks for what was shown at a moment: the waves before it, what every device said, and of a bed that goes by the hour
 * the day before it page by page. What the server cannot say is left out. */
export async function shownAt(feed: BedFeed, at_s: number): Promise<Then> {
  const { id, view } = feed.bed;
  const known = <T>(asked: Promise<T>): Promise<T | null> => asked.catch(() => null);
  const [day, told, frame] = await Promise.all([
    isSlow(view.page_s) ? known(api.trends(id, Math.max(0, at_s - DAY_S), at_s, Math.ceil(DAY_S / view.page_s))) : null,
    known(api.moment(id, at_s)),
    view.waves.length ? known(api.waves(id, Math.max(0, at_s - WAVES_S), at_s).then(decodeFrame)) : null,
  ]);
  const back = feedAt(feed, at_s, day, told?.devices);
  if (told && Object.keys(told.values).length) back.numbers = back.measure.numbers(told.values);
  back.body = told?.body ?? {};
  back.body_s = at_s;
  if (frame) back.before(frame);
  return { at_s, back, past: { t_s: at_s, rings: back.rings, numbers: back.numbers, alarms: back.alarms } };
}
