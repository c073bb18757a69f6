"""What a result is said to come from: the code that is reached, and the data that it reads."""

import importlib
import sys

import pytest

from twinbed.studies import provenance


@pytest.mark.long
def test_drugs_and_not_reports_are_data_of_a_simulation():
    code = provenance.reachable(["twinbed.studies.acute.run"])
    found = {f"{file.parent.name}/{file.name}" for file in provenance.data_of(code)}
    assert "drugs/propofol.toml" in found
    assert not any(name.startswith("report/") for name in found)


def test_an_edited_number_of_a_package_changes_its_digest(tmp_path, monkeypatch):
    package = tmp_path / "acme_drugs"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "drug.toml").write_text("clearance = 1.9\n")
    (tmp_path / "alone.toml").write_text("x = 1\n")  # beside the package, not in it
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()

    def digest():
        provenance._digest.cache_clear()
        provenance._file.cache_clear()
        return provenance._digest(("acme_drugs",))

    before = digest()
    (tmp_path / "alone.toml").write_text("x = 2\n")
    assert digest() == before
    (package / "drug.toml").write_text("clearance = 1.8\n")
    assert digest() != before
    sys.modules.pop("acme_drugs", None)
    provenance._digest.cache_clear()
    provenance._file.cache_clear()
