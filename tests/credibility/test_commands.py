"""`twinbed validate` and `twinbed cards` as a person types them."""

import json

import pytest
from typer.testing import CliRunner

from twinbed.cli.app import app, main
from twinbed.credibility import validation

invoke = CliRunner().invoke
TINY = ["--patient", "tests.credibility.tiny:patient", "--backend", "xla"]


@pytest.mark.long
def test_json_is_all_that_is_on_standard_output(tmp_path):
    found = invoke(app, ["validate", "haemorrhage", *TINY, "--json", "--html", str(tmp_path)])
    assert found.exit_code == 0
    told = json.loads(found.stdout)
    assert list(told["systems"]) == ["haemorrhage"]
    assert told["rows"] == told["good"] + told["fair"] + told["bad"]
    assert told["rows"] > 10
    assert told["not_expressed"] > 10
    assert (tmp_path / "index.html").is_file()


def test_a_language_that_is_not_there_is_refused_before_anything_is_played(tmp_path, monkeypatch):
    monkeypatch.setattr(validation, "validate", lambda *a, **k: pytest.fail("it was played"))
    found = invoke(app, ["validate", "haemorrhage", "--html", str(tmp_path), "--lang", "xx"])
    assert found.exit_code == 2
    assert "--lang" in found.output


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_played(tmp_path, monkeypatch):
    monkeypatch.setattr(validation, "validate", lambda *a, **k: pytest.fail("it was played"))
    (tmp_path / "file").write_text("in the way")
    found = invoke(app, ["validate", "haemorrhage", "--html", str(tmp_path / "file" / "folder")])
    assert found.exit_code == 2
    assert "--html" in found.output


def test_an_interrupted_validation_promises_nothing(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(validation, "validate", interrupted)
    found = invoke(app, ["validate", "haemorrhage"])
    assert found.exit_code == 130
    assert "interrupted" in found.output
    assert "goes on" not in found.output


def test_an_unknown_system_ends_with_2_and_the_nearest(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["validate", "hemorrhage"])
    assert stop.value.code == 2
    assert "haemorrhage" in capsys.readouterr().err
