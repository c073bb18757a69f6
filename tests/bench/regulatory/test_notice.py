"""What the Korean notice says of its items is read where it is in order, and nowhere else."""

import io
import lzma
import tarfile

import pytest

from twinbed.bench.regulatory import load
from twinbed.bench.regulatory.notice import read_notice
from twinbed.connect.data import data_root
from twinbed.core.errors import ReadError

PAGES = """(A) Medical Instruments
A17190.01

펄스 옥시미터 [2]

Pulse oximeter, line-powered

프로브에 의한 광검출을 이용하여 혈액의

산소포화도를 경피적으로 측정하는 기구
A17190.02

기능 검사 옥시미터
self-test

[2]

Test instrument

근적외광을 검출
\fA26180.01

심음계 [2]

Monitor, alpha

Phonocardiograph

뇌파 중 알파파를 측정하는 기구
A26190.01

체강 측정장치 [2]

Intracavity
instrument

음향을 기록하는 장치Prosthesis, tracheal기관
"""
MANY = "".join(f"B{k:05d}.01\n" for k in range(100))


def packed(path, texts):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, text in texts.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    path.write_bytes(lzma.compress(made.getvalue()))
    return path


def test_an_item_is_read_where_code_name_class_english_and_description_follow_each_other(tmp_path):
    path = tmp_path / "mfds_notice.txt"
    path.write_text(PAGES + MANY, encoding="utf-8")
    assert read_notice(path) == {
        "A17190.01": (
            "펄스 옥시미터", "Pulse oximeter, line-powered",
            "프로브에 의한 광검출을 이용하여 혈액의산소포화도를 경피적으로 측정하는 기구",
        ),
        "A26190.01": ("체강 측정장치", "Intracavity instrument", "음향을 기록하는 장치"),
    }  # fmt: skip


def test_the_notice_is_found_among_other_texts_of_an_archive(tmp_path):
    texts = {"a.md": "A17190.01 is an oximeter", "b.md": PAGES + MANY}
    assert "A17190.01" in read_notice(packed(tmp_path / "texts.tar.xz", texts))
    assert read_notice(packed(tmp_path / "others.tar.xz", {"a.md": PAGES})) == {}


def test_what_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "texts.tar.xz"
    path.write_bytes(lzma.compress(b"no archive"))
    with pytest.raises(ReadError):
        read_notice(path)


def test_an_item_has_the_english_of_the_notice_only_under_the_same_name(tmp_path):
    (tmp_path / "mfds_notice_2025-04.txt").write_text(PAGES + MANY, encoding="utf-8")
    (tmp_path / "mfds_device_classification.csv").write_text(
        "code,name_ko,class\nA17190.01,펄스옥시미터,2\nA26190.01,다른 장치,2\n", encoding="utf-8"
    )
    catalogue = load(tmp_path)
    assert [item.english for item in catalogue.korean_items] == ["Pulse oximeter, line-powered", ""]
    assert catalogue.dates == {"korean_items": "", "korean_notice": "2025-04"}


def test_most_items_of_the_real_notice_have_an_english_name():
    root = data_root()
    if root is None or not (root / "regulatory" / "texts.tar.xz").is_file():
        pytest.skip("no text of the Korean notice (set TWINBED_DATA)")
    english = {item.code: item.english for item in load().korean_items if item.english}
    assert len(english) > 1200
    assert english["A90050.01"] == "U-healthcare, pulse oximeter"
