"""Native code is tested as it ships."""

import pytest


@pytest.fixture(autouse=True, scope="package")
def as_it_ships():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TWINBED_CXXFLAGS", raising=False)
        yield
