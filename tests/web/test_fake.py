"""The built pages against the fake of the server with which they are developed: what only a browser can tell."""

import os
import subprocess
import sys

import pytest

from tests.web.browser import ROOT, are_built, chromium

pytestmark = pytest.mark.long

_UNAVAILABLE = 3, 4
"""What web/build.py ends with where Node or its packages are not to be had."""


def test_pages_hold_against_the_fake():
    if (found := chromium()) is None:
        pytest.skip("no browser: apt-get install chromium")
    if not are_built():
        pytest.skip("the pages are not built: make pages")
    ran = subprocess.run(
        [sys.executable, str(ROOT / "web" / "build.py"), "test:browser"],
        env=os.environ | {"TWINBED_CHROMIUM": found}, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    if ran.returncode in _UNAVAILABLE:
        pytest.skip("no Node, or no packages for it: " + ran.stderr.strip())
    failed = [line for line in ran.stdout.splitlines() if line.startswith("not ok")]
    assert ran.returncode == 0, "\n".join([*failed, ran.stdout[-4000:], ran.stderr[-2000:]])
    assert "# fail 0" in ran.stdout
