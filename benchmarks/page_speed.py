"""How smoothly the page of a bed draws: frames a second and how busy the page is, also on a processor made slower.

A real anaesthesia bed, served as `twinbed serve` does it, is watched in Chromium without a window and without a GPU
(drawing is done by the processor, which a laptop's GPU would take over). The page's processor is slowed by Chromium
itself (`Emulation.setCPUThrottlingRate`): 4 and 6 times stand for weak laptops. What is counted are animation frames
in ten seconds, the longest time between two, and the share of a second that the page's thread works; with the strips
that a bed has at first, and with twelve.

    python benchmarks/page_speed.py [--json] [--seconds 10]

Needs Chromium, Playwright and built pages (`make pages`), as the browser tests do.
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from tests.web.browser import DESK, Served, browsing, make_account, preferring

SLOWER = (1, 4, 6)
_READY_MS = 600_000
_TWELVE = 12
_ELSEWHERE = ("airway_flow", "lung_volume")  # which the ventilator's own screen shows
_CHOOSE = "(waves) => { localStorage.twinbed = JSON.stringify({ ...JSON.parse(localStorage.twinbed), waves }); }"

_FRAMES = """(seconds) => new Promise((done) => {
  const times = [];
  const step = (now) => {
    times.push(now);
    if (now - times[0] < 1000 * seconds) requestAnimationFrame(step);
    else {
      const gaps = times.slice(1).map((t, i) => t - times[i]).sort((a, b) => a - b);
      const passed_s = (times.at(-1) - times[0]) / 1000;
      done({ frames_s: gaps.length / passed_s, longest_ms: gaps.at(-1), p99_ms: gaps[Math.floor(0.99 * gaps.length)] });
    }
  };
  requestAnimationFrame(step);
})"""


def measured(page, session, rate, seconds):
    """Frames and work of a page whose processor is so many times slower."""
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    before = _metrics(session)
    found = page.evaluate(_FRAMES, seconds)
    after = _metrics(session)
    passed = after["Timestamp"] - before["Timestamp"]
    busy = {name: round((after[name] - before[name]) / passed, 3) for name in ("TaskDuration", "ScriptDuration")}
    return {"slower": rate, **{k: round(v, 1) for k, v in found.items()}, "busy": busy["TaskDuration"],
            "scripts": busy["ScriptDuration"]}  # fmt: skip


def _metrics(session):
    return {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}


def _strips(page, session, seconds):
    """All rates, with the strips that are there."""
    strips = page.locator("twin-monitor canvas.trace").count()
    page.wait_for_timeout(3000)  # strips fill, which is not to be timed
    return {"strips": strips, "rates": [measured(page, session, rate, seconds) for rate in SLOWER]}


def run(seconds):
    """At one bed, with its own strips and with twelve."""
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        served = Served(pathlib.Path(folder) / "data", real=True)
        try:
            context = browser.new_context(viewport=DESK)
            preferring(context)
            page = context.new_page()
            make_account(page, served.link, "Looking")
            headers = {"X-Twinbed": "1", "Origin": served.origin}
            made = context.request.post(
                f"{served.origin}/api/beds", data={"template": "anaesthesia"}, headers=headers
            ).json()
            bed = f"{served.origin}/api/beds/{made['id']}"
            page.goto(f"{served.origin}/#/bed/{made['id']}")
            page.locator("twin-monitor canvas.trace").first.wait_for(timeout=_READY_MS)
            session = context.new_cdp_session(page)
            session.send("Performance.enable")
            found = [_strips(page, session, seconds)]
            waves = context.request.get(bed).json()["view"]["waves"]
            strips = [w["id"] for w in waves if not w.get("counts") and w["id"] not in _ELSEWHERE]
            page.evaluate(_CHOOSE, strips[:_TWELVE])
            page.reload()
            page.locator("twin-monitor canvas.trace").nth(_TWELVE - 1).wait_for(timeout=_READY_MS)
            found.append(_strips(page, session, seconds))
        finally:
            served.kill()
    return {"window": DESK, "strips": found, "load": os.getloadavg()[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = run(args.seconds)
    print(json.dumps(found, indent=None if args.json else 1))


if __name__ == "__main__":
    main()
