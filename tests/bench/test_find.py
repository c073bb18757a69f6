"""Protocols and devices by name; wrong names say what to write."""

import pytest

from twinbed.bench import Command, Isolated, Recorded, find
from twinbed.core.errors import NotFound, ReadError

NOISE = find.protocol("ecg/noise_stress", persons=1)


def test_a_protocol_with_settings():
    assert NOISE.count == 21
    with pytest.raises(NotFound, match=r"ecg/noise_stress"):
        find.protocol("ecg/noise_stres")
    with pytest.raises(NotFound, match="persons"):
        find.protocol("ecg/noise_stress", people=3)


def test_a_laboratory_gives_its_own_limits(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text("[noisy_sensitivity]\nvalue = 97.5\n")
    limit = find.protocol("ecg/noise_stress", own).limits["noisy_sensitivity"]
    assert (limit.value, limit.mark) == (97.5, "laboratory")


def test_what_can_be_a_device(tmp_path):
    assert find.device("qrs", NOISE).described()["name"] == "qrs"
    assert isinstance(find.device(str(tmp_path), NOISE), Recorded)
    told = tmp_path / "d.toml"
    told.write_text('command = "detect {input} {output}"\nname = "d"\nversion = "2"\n')
    assert find.device(str(told), NOISE) == Command("detect {input} {output}", tmp_path, "d", "2")
    script = tmp_path / "own.py"
    script.write_text("def detect(given):\n    return {}\n")
    own = find.device(f"{script}:detect", NOISE)
    assert isinstance(own, Isolated)
    own.close()


@pytest.mark.parametrize("name", ["nothing", "devices/monitoring/thermometer", "nowhere.py:detect"])
def test_what_cannot_be_one_is_told(name):
    with pytest.raises(NotFound):
        find.device(name, NOISE)


def test_a_command_file_without_a_command_is_told(tmp_path):
    told = tmp_path / "d.toml"
    told.write_text('program = "x"\n')
    with pytest.raises(ReadError, match="command ="):
        find.device(str(told), NOISE)
