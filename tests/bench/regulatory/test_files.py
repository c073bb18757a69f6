"""The lists of the authorities are read as they are given away."""

import json
import lzma
import zipfile

import pytest

from twinbed.bench.regulatory import load
from twinbed.bench.regulatory.files import (
    read_ai_devices,
    read_clearances,
    read_korean_items,
    read_product_codes,
)
from twinbed.connect.data import data_root
from twinbed.core.errors import NotFound, ReadError

HEAD = (
    "REVIEW_PANEL|MEDICALSPECIALTY|PRODUCTCODE|DEVICENAME|DEVICECLASS|UNCLASSIFIED_REASON|GMPEXEMPTFLAG|THIRDPARTYFLAG|"
    "REVIEWCODE|REGULATIONNUMBER|SUBMISSION_TYPE_ID|DEFINITION|PHYSICALSTATE|TECHNICALMETHOD|TARGETAREA|Implant_Flag|"
    "Life_Sustain_support_flag|SummaryMalfunctionReporting"
)
FOI = HEAD + (
    '\nAN|CV|DQA|Oximeter|2||N|N||870.2700|1|measures a patient\x92s "6" inch|||finger|N|N|Eligible'
    "\nCV|CV|QZZ|Heart, Artificial|f||N|N|||6||||heart|Y|Y|Ineligible\n"
)
OPENFDA = {
    "meta": {},
    "results": [
        {
            "product_code": "DQA", "device_name": "Oximeter", "device_class": "2", "regulation_number": "870.2700",
            "review_panel": "AN", "definition": None, "submission_type_id": "1", "implant_flag": "N",
            "life_sustain_support_flag": "Y",
        }
    ],
}  # fmt: skip


def test_the_text_of_the_fda_keeps_its_quotation_marks_and_windows_letters(tmp_path):
    path = tmp_path / "foiclass.txt"
    path.write_bytes(FOI.encode("latin-1"))
    oximeter, heart = read_product_codes(path)
    assert oximeter.definition == 'measures a patient’s "6" inch'
    assert (oximeter.code, oximeter.device_class, oximeter.regulation) == ("DQA", "2", "870.2700")
    assert oximeter.submission == "510(k)"
    assert not oximeter.implant
    assert (heart.device_class, heart.submission, heart.implant, heart.life_sustaining) == ("HDE", "HDE", True, True)


def test_a_download_of_openfda_is_read_packed_or_not(tmp_path):
    plain, zipped, packed = (tmp_path / f"device-classification.json{end}" for end in ("", ".zip", ".xz"))
    text = json.dumps(OPENFDA)
    plain.write_text(text)
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("device-classification-0001-of-0001.json", text)
    packed.write_bytes(lzma.compress(text.encode()))
    first, *others = [read_product_codes(path) for path in (plain, zipped, packed)]
    assert others == [first, first]
    assert (first[0].code, first[0].definition, first[0].life_sustaining) == ("DQA", "", True)


def test_dates_of_ai_devices_are_iso_and_heads_may_be_written_otherwise(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "Date of Final Decision,Submission Number,Device,Company,Panel (lead),Primary Product Code\n"
        '03/29/2024,K233211,AVIEW CAC,"Coreline Soft Co., Ltd.",Radiology,qih\n,,,,,\n'
    )
    (device,) = read_ai_devices(path)
    assert (device.decided, device.company, device.panel, device.product_code) == (
        "2024-03-29", "Coreline Soft Co., Ltd.", "Radiology", "QIH",
    )  # fmt: skip


def test_deleted_korean_items_are_left_out_and_doubtful_ones_say_so(tmp_path):
    path = tmp_path / "items.csv"
    path.write_text(
        "code,name_ko,class,parse_flag\nA26010.02,다기능 심전계,2,ok\nE11030.02,<삭제>(2025.4.7.),,check\n"
        "A01010.07,분만대,1 / 1,check\nA01010.08,,1,ok\n",
        encoding="utf-8",
    )
    first, second = read_korean_items(path)
    assert (first.name, first.device_class, first.certain) == ("다기능 심전계", "2", True)
    assert (second.code, second.device_class, second.certain) == ("A01010.07", "", False)


def test_510k_decisions_are_read(tmp_path):
    path = tmp_path / "device-510k.json"
    record = {
        "k_number": "K1",
        "device_name": "X",
        "applicant": "Y",
        "decision_date": "2020-01-02",
        "product_code": "dqa",
    }
    path.write_text(json.dumps({"results": [record]}))
    assert read_clearances(path)[0].product_code == "DQA"


@pytest.mark.parametrize("text", ["{}", '{"results": [{"other": 1}]}', "{no", "A|B\n1|2\n"])
def test_another_file_is_refused(text, tmp_path):
    path = tmp_path / "device-classification.json"
    path.write_text(text)
    with pytest.raises(ReadError):
        read_product_codes(path)


def test_where_nothing_is_the_advice_names_the_variable_and_the_files(tmp_path, monkeypatch):
    monkeypatch.setenv("TWINBED_DATA", str(tmp_path))
    with pytest.raises(NotFound, match=r"(?s)TWINBED_DATA.*foiclass.*open\.fda\.gov.*별표 1"):
        load()
    (tmp_path / "regulatory").mkdir()
    with pytest.raises(NotFound, match="foiclass"):
        load()


def test_one_list_is_enough_and_openfda_goes_before_the_text(tmp_path):
    (tmp_path / "foiclass_2020.txt").write_bytes(FOI.encode("latin-1"))
    assert len(load(tmp_path).product_codes) == 2
    other = tmp_path / "other"
    other.mkdir()
    (other / "foiclass_2020.txt").write_bytes(FOI.encode("latin-1"))
    (other / "device-classification-0001-of-0001.json").write_text(json.dumps(OPENFDA))
    catalogue = load(other)
    assert len(catalogue.product_codes) == 1
    assert catalogue.sources == {"product_codes": "device-classification-0001-of-0001.json"}
    assert catalogue.ai_devices == ()


def test_the_real_lists_have_as_many_entries_as_their_source_says():
    root = data_root()
    if root is None or not (root / "regulatory").is_dir():
        pytest.skip("no lists of authorities (set TWINBED_DATA)")
    catalogue = load()
    assert len(catalogue.product_codes) == 6617
    assert len(catalogue.ai_devices) == 882
    assert len({c.code for c in catalogue.product_codes}) == 6617
    assert sum(i.certain for i in catalogue.korean_items) > 1900
    assert not [i for i in catalogue.korean_items if "삭제" in i.name]
