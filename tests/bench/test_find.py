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
    (tmp_path / "person_0-muscle-0.json").write_text("{}")
    assert isinstance(find.device(str(tmp_path), NOISE), Recorded)
    told, program = tmp_path / "d.toml", tmp_path / "detect"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    told.write_text('command = "./detect {input} {output}"\nname = "d"\nversion = "2"\n')
    assert find.device(str(told), NOISE) == Command("./detect {input} {output}", tmp_path, "d", "2")
    script = tmp_path / "own.py"
    script.write_text("def detect(given):\n    return {}\n")
    own = find.device(f"{script}:detect", NOISE)
    assert isinstance(own, Isolated)
    own.close()


@pytest.mark.parametrize("name", ["nothing", "devices/monitoring/thermometer", "nowhere.py:detect"])
def test_what_cannot_be_one_is_told(name):
    with pytest.raises(NotFound):
        find.device(name, NOISE)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-program {input}", "no program 'no-such-program' is on the path"),
        ("detect {input}", r"write \./detect"),
        ("./missing {input}", "there is no .*missing"),
        ("./detect {input}", "chmod \\+x"),
        ("'half", "No closing quotation"),
        ("", "it is empty"),
    ],
)
def test_a_program_that_cannot_be_started_is_told_before_the_first_case(tmp_path, command, words):
    (tmp_path / "detect").write_text("#!/bin/sh\n")
    (tmp_path / "d.toml").write_text(f'command = "{command}"\n')
    with pytest.raises(ReadError, match=words):
        find.device(str(tmp_path / "d.toml"), NOISE)


@pytest.mark.parametrize(
    ("text", "function", "words"),
    [
        ("def own(given): return {}", "owm", "it has own; write module:function"),
        ("import no_such_package", "own", "install what is missing"),
        ("def own(given) return {}", "own", "SyntaxError.*while the file was loaded"),
    ],
)
def test_a_function_that_cannot_be_loaded_is_told_with_advice(tmp_path, text, function, words):
    (tmp_path / "own.py").write_text(text)
    with pytest.raises(NotFound, match=words):
        find.device(f"{tmp_path / 'own.py'}:{function}", NOISE)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"persons": "many"}, 'persons is "many"; write a value such as 3'),
        ({"persons": 1.5}, "write a value such as 3"),
        ({"seed": True}, "write a value such as 11"),
        ({"person": 1}, "did you mean persons"),
    ],
)
def test_a_setting_of_another_kind_is_refused(settings, words):
    with pytest.raises(NotFound, match=words):
        find.protocol("ecg/noise_stress", **settings)


def test_a_word_that_looks_like_a_number_is_a_word():
    assert find.protocol("oximetry/saturation_accuracy", edition=2013).settings["edition"] == "2013"
    with pytest.raises(NotFound, match="write one of 2013, draft 2025"):
        find.protocol("oximetry/saturation_accuracy", edition=2025)


def test_limits_that_change_nothing_are_named(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text("[noisy_sensitivity]\nvalue = 97.5\n[qrs_sensitivity]\nvalue = 99.9\n")
    assert find.unused_limits(own, find.protocol("ecg/noise_stress", own)) == ["qrs_sensitivity"]
    for useless, has in (("[qrs_sensitivity]\nvalue = 99.9\n", "qrs_sensitivity"), ("", "no limit")):
        own.write_text(useless)
        with pytest.raises(
            NotFound, match=rf"changes nothing of ecg/noise_stress: it uses noisy_.*the file has {has}$"
        ):
            find.protocol("ecg/noise_stress", own)
    own.write_text("[noisy_sensitivty]\nvalue = 97.5\n")
    with pytest.raises(NotFound, match="did you mean noisy_sensitivity"):
        find.protocol("ecg/noise_stress", own)


def test_a_command_file_without_a_command_is_told(tmp_path):
    told = tmp_path / "d.toml"
    told.write_text('program = "x"\n')
    with pytest.raises(ReadError, match="command ="):
        find.device(str(told), NOISE)
