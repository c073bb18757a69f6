"""What is read of the log of a run."""

import pytest

from twinbed.server.runs.progress import Progress, last_words, lines, progress


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log.txt"


def test_the_last_line_that_tells_how_far_it_is_counts(log):
    assert progress(log) == Progress()
    log.write_text("ecg: 10 %, case 1 of 10\nnote: 3 % of it is wrong\ntiny: starting: 40 %\nnote: well\n")
    assert progress(log) == Progress(0.4, "tiny: starting", "")
    with log.open("a") as file:
        file.write("ecg: 70 %, case 8 of 10, 3 s left\nhalf a line: 90")
    assert progress(log) == Progress(0.7, "ecg", "case 8 of 10, 3 s left")


def test_lines_are_read_on_from_where_one_was_and_only_whole_ones(log):
    log.write_bytes(b"one\ntwo\nthr")
    first = lines(log)
    assert (first.lines, first.next) == (["one", "two"], 8)
    log.write_bytes(b"one\ntwo\nthree\n")
    assert lines(log, first.next).lines == ["three"]
    assert lines(log, 10**9).lines == []  # after the end is nothing
    assert lines(log.with_name("none")).lines == []


def test_of_a_long_log_the_end_is_given_and_no_half_line(log):
    log.write_text("".join(f"line {i:06d}\n" for i in range(20_000)))
    found = lines(log)
    assert found.lines[-1] == "line 019999"
    assert all(len(line) == len("line 000000") for line in found.lines)
    assert found.next == log.stat().st_size


def test_what_is_no_text_harms_nobody(log):
    log.write_bytes(b"\xff\xfe\x00\x1b[31mred\x1b[0m\n" + b"x" * 10_000 + b"\n")
    said = lines(log).lines
    assert all(c.isprintable() for line in said for c in line)
    assert max(map(len, said)) <= 500


def test_why_it_failed_is_what_the_command_says(log):
    log.write_text("starting: 0 %\ntwinbed: the study is not TOML: x\nnote: bye\n")
    assert last_words(log) == "the study is not TOML: x"
    log.write_text("Traceback:\n  File x\nValueError: y\n\n")
    assert last_words(log) == "ValueError: y"
