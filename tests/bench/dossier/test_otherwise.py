"""Whoever opens any document of a dossier sees that a run was of a part, or not with the usual settings."""

import csv
import io
import zipfile

import pytest
from markupsafe import Markup

from tests.bench.test_settings import run
from twinbed.bench.dossier import write_dossier
from twinbed.bench.dossier.device_file import read_device
from twinbed.bench.dossier.text import Text
from twinbed.bench.verdict import Verdict

SAID = {
    "en": ("2 of 5 records, narrowed by --set", "with other settings than usual"),
    "ko": ("5개 중 2개만 사용(--set으로 줄임)", "기본값과 다른 설정"),
}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_run_of_some_records_is_marked_in_every_document_that_judges(tmp_path, lang):
    run(tmp_path / "logs", ["bath_0", "bath_1"])
    (tmp_path / "r.csv").write_text("id,text,protocol,criterion\nR1,measures,toy/bath,largest\n")
    (tmp_path / "device.toml").write_text('requirements = "r.csv"\n[device]\nlogged_as = ["good"]\n')
    write_dossier(tmp_path / "logs", tmp_path / "device.toml", tmp_path / "out", lang=lang)
    sentence, mark = SAID[lang]
    plain = lambda name: Markup((tmp_path / "out" / f"{name}.html").read_text(encoding="utf-8")).striptags()
    for name in ("index", "validation", "estar", "analytical-performance", "anomalies"):
        assert sentence in plain(name), name
    assert 'class="answer open"' in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    matrix = plain("validation").partition("R1")[2]
    assert mark in matrix[: matrix.index("toy/bath: shown")]
    word = zipfile.ZipFile(tmp_path / "out" / "estar.docx").read("word/document.xml").decode()
    assert SAID[lang][0].split(" ")[-1] in Markup(word).striptags()
    table = (tmp_path / "out" / "traceability.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [r["outcome"] for r in rows] == ["pass", "disclosed"]
    assert all(r["notes"].startswith("records is 2 of 5: bath_0, bath_1 (usual:") for r in rows)


def test_a_run_with_the_usual_settings_is_not_marked(tmp_path):
    run(tmp_path / "logs", ["bath_0", "bath_1", "bath_2", "bath_3", "bath_4"])
    (tmp_path / "device.toml").write_text('[device]\nlogged_as = ["good"]\n')
    write_dossier(tmp_path / "logs", tmp_path / "device.toml", tmp_path / "out")
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "settings than usual" not in index
    assert 'class="answer good"' in index


def test_why_there_is_no_value_is_said_in_korean(tmp_path):
    (tmp_path / "device.toml").write_text("[device]\n")
    none = Verdict("shutdown", "", "not applicable", "the device reported no shutdown")
    said = Text("ko", read_device(tmp_path / "device.toml")).result("ecg/beat_detection", none)
    assert said == "기기가 판독 중단을 알리지 않음"
