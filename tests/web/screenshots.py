"""Pictures of every page in both languages and both themes, on a desk and on a phone, to look at.

    python -m tests.web.screenshots [--out out/screenshots] [--real]

With `--real` the bed is a patient under anaesthesia, which is compiled for a minute or two the first time.
"""

import argparse
import itertools
import pathlib
import sys
import tempfile
from typing import Any

from tests.server.test_registry import live_twin
from tests.web.browser import DESK, PHONE, Served, Visitor, are_built, browsing, chromium, make_account, preferring

_PAGES = {
    "ward": "twin-tile twin-number, twin-tile canvas",
    "bed/{bed}": "twin-monitor canvas.trace",
    "bed/{bed}/what-if?fork={fork}": "twin-future path.band",
    "bed/{bed}/devices": "twin-device",
    "bed/{bed}/body": "twin-body",
    "bed/{bed}/timeline": "twin-trends",
    "bed/{bed}/timeline?at={at}": "twin-monitor canvas.trace",
    "bed/{glucose}": "twin-glucose-chart circle",
    "bed/{glucose}/devices": "twin-device .curve path",
    "bed/{glucose}/timeline?at=21600": "twin-glucose[still] circle",
    "studies": "twin-studies .run",
    "studies?start=loop": "twin-start-study input[type=radio]",
    "studies/{run}": "twin-run .files a",
    "twins": "twin-twins article",
    "twins/devices": "twin-twins article",
    "twins/fitted": "twin-twins h1",
    "twins/of/Ann": "twin-fitted h1",
    "people": "twin-people tbody tr",
    "audit": "twin-audit tbody tr",
}
"""Addresses, and what is there once a page is whole."""
_DONE = {"phenylephrine_rate": 0.1, "carbohydrate": 40.0}
"""What is done at the bed, whichever it has."""
_LIVED_S = 60.0
_COMPILED_MS = 900_000
"""A bed of a new kind is compiled for minutes."""
_SETTLES_MS = 600
"""Waves are drawn and pages laid out; nothing depends on it but how a picture looks."""


def main() -> int:
    """Takes them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/screenshots"))
    parser.add_argument("--real", action="store_true", help="a bed of anaesthesia in place of a tiny one")
    wanted = parser.parse_args()
    if chromium() is None or not are_built():
        sys.stderr.write("Pictures need Chromium (apt-get install chromium) and the pages (make pages).\n")
        return 2
    wanted.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        served = Served(pathlib.Path(folder) / "data", real=wanted.real)
        try:
            _all(browser, served, wanted.out)
        finally:
            served.kill()
    return 0


def _all(browser: Any, served: Served, out: pathlib.Path) -> None:
    first = _visitor(browser, served, None, "en", "dark")
    make_account(first.page, served.link, "Dr Han")
    kept = {"cookies": first.context.cookies(), "origins": []}
    live_twin(served.folder)
    places = _lived(first, real=served.real)
    for language, theme in itertools.product(("en", "ko"), ("dark", "light")):
        stranger = _visitor(browser, served, None, language, theme)
        _taken(stranger, {"": "twin-sign-in form"}, out, f"{language}_{theme}")
        stranger.context.close()
        first.send("PATCH", "/api/me", {"language": language, "theme": theme})
        visitor = _visitor(browser, served, kept, language, theme)
        _taken(visitor, places, out, f"{language}_{theme}")
        visitor.context.close()


def _visitor(browser: Any, served: Served, kept: Any, language: str, theme: str) -> Visitor:
    context = browser.new_context(storage_state=kept, viewport=DESK)
    preferring(context, language=language, theme=theme)
    visitor = Visitor(context, context.new_page(), served.origin)
    visitor.page.set_default_timeout(300_000)
    return visitor


def _lived(visitor: Visitor, *, real: bool) -> dict[str, str]:
    """Lets the bed live a minute with something done and something asked, and says where everything is."""
    page = visitor.page
    page.locator("twin-tile a, twin-tile [href]").first.wait_for()
    bed = visitor.do("/api/beds", {"template": "anaesthesia"})["id"] if real else visitor.get("/api/beds")[0]["id"]
    visitor.open(f"bed/{bed}")
    page.locator("twin-monitor canvas.trace").first.wait_for(timeout=_COMPILED_MS)
    clock = f"/api/beds/{bed}/clock"
    visitor.do(clock, {"do": "pause"})
    t_s = 0.0
    while t_s < _LIVED_S:
        t_s = visitor.do(clock, {"do": "step"})["clock"]["t_s"]
    known = {c["id"] for c in visitor.get(f"/api/beds/{bed}")["controls"]}
    change = next({"control": control, "value": value} for control, value in _DONE.items() if control in known)
    visitor.do(f"/api/beds/{bed}/requests", change)
    visitor.do(clock, {"do": "resume"})
    asked = {"at_s": t_s / 2, "horizon_s": 300, "members": 12, "changes": [change]}
    fork = visitor.do(f"/api/beds/{bed}/forks", asked)["fork"]
    visitor.open(f"bed/{bed}/what-if?fork={fork}")
    page.locator("twin-fork .said").wait_for()
    said = {"bed": bed, "fork": fork, "run": _tested(visitor), "at": round(t_s / 2), "glucose": _diabetes(visitor)}
    return {where.format(**said): there for where, there in _PAGES.items()}


def _diabetes(visitor: Visitor) -> str:
    """Opens a bed of diabetes, which stands where it was opened, and says which it is."""
    bed = visitor.do("/api/beds", {"template": "diabetes"})["id"]
    visitor.open(f"bed/{bed}")
    visitor.page.locator("twin-glucose-chart circle").first.wait_for()
    visitor.do(f"/api/beds/{bed}/clock", {"do": "pause"})
    return bed


def _tested(visitor: Visitor) -> str:
    """Tests a device on the bench, and says which run it is."""
    run = visitor.do("/api/studies/bench", {"protocol": "alarms/visual_signals", "device": "bad_colour"})["id"]
    visitor.open(f"studies/{run}")
    visitor.page.locator("twin-run .verdict").wait_for()
    return run


def _taken(visitor: Visitor, places: dict[str, str], out: pathlib.Path, kind: str) -> None:
    """A picture of every place on either screen."""
    for size, viewport in (("desk", DESK), ("phone", PHONE)):
        visitor.page.set_viewport_size(viewport)
        for where, there in places.items():
            visitor.open(where)
            visitor.page.locator(there).first.wait_for(state="attached")
            visitor.page.wait_for_timeout(_SETTLES_MS)
            steps = [step for step in where.partition("?")[0].split("/") if step]
            name = "_".join([*(s for i, s in enumerate(steps) if not (steps[0] == "bed" and i == 1))]) or "sign-in"
            if steps[:1] == ["studies"] and len(steps) > 1:
                name = "run"
            name += "_glucose" if "twin-glucose" in there or "curve" in there else ""
            name += "_past" if "?at=" in where else "_start" if "?start=" in where else ""
            visitor.page.screenshot(path=out / f"{name}_{size}_{kind}.png")


if __name__ == "__main__":
    sys.exit(main())
