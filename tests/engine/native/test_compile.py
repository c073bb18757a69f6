"""The cache of compiled libraries: found again, whole, and never somebody else's."""

import concurrent.futures
import ctypes
import multiprocessing
import os
import time

import pytest

from twinbed.engine.native import cache as kept_in
from twinbed.engine.native import compile as module
from twinbed.engine.native.compile import library
from twinbed.engine.native.errors import NoCompiler

SOURCE = 'extern "C" int answer() { return %d; }'


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TWINBED_CACHE", str(tmp_path))
    return tmp_path / "twinbed" / "native"


def answer(number):
    return library(SOURCE % number, width=1).answer()


def test_a_source_is_compiled_once(cache, monkeypatch):
    assert answer(41) == 41
    monkeypatch.setattr(module, "_compile", lambda *_: pytest.fail("compiled again"))
    assert answer(41) == 41
    assert len(list(cache.iterdir())) == 1


def test_who_watches_is_told_while_a_compiler_works(cache):
    told = []
    with module.watched(told.append):
        answer(38)
        answer(38)
    answer(37)
    assert told == [True, False]


def test_own_flags_are_used_and_make_another_library(cache, monkeypatch):
    assert answer(40) == 40
    monkeypatch.setenv("TWINBED_CXXFLAGS", "-Danswer=given")
    assert library(SOURCE % 40, width=1).given() == 40
    assert len(list(cache.iterdir())) == 2


def test_processes_may_compile_at_the_same_time(cache):
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(3, mp_context=context) as pool:
        assert list(pool.map(answer, [43] * 3)) == [43] * 3
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("left", [b"", b"half a library"])
def test_a_broken_library_is_made_again(cache, left):
    library(SOURCE % 44, width=1)
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.unlink()  # not written over: it is loaded
    file.write_bytes(left or whole[:3000])
    file.chmod(0o700)
    assert answer(44) == 44
    assert whole in [f.read_bytes() for f in cache.iterdir()]


@pytest.mark.parametrize("made", ["a file", "no folder at all", "a link to nothing"])
def test_a_cache_that_cannot_be_used_is_no_compiler(tmp_path, monkeypatch, made):
    place = tmp_path / "place"
    if made == "a file":
        place.write_text("")
    elif made == "a link to nothing":
        place.mkdir()
        (place / "twinbed").symlink_to(tmp_path / "nowhere")
    monkeypatch.setenv("TWINBED_CACHE", str(place if made != "no folder at all" else "/proc/none"))
    with pytest.raises(NoCompiler, match="TWINBED_CACHE"):
        answer(48)


@pytest.mark.skipif(os.name == "nt", reason="folders of a Windows profile are private")
def test_a_cache_below_a_folder_of_everybody_is_not_used(tmp_path, monkeypatch):
    tmp_path.chmod(0o777)
    monkeypatch.setenv("TWINBED_CACHE", str(tmp_path / "mine"))
    with pytest.raises(NoCompiler, match="others could put another folder"):
        answer(49)
    assert not list(tmp_path.rglob("*.so"))


@pytest.mark.skipif(os.name == "nt", reason="folders of a Windows profile are private")
def test_a_folder_or_file_that_others_can_write_is_not_used(cache):
    assert answer(46) == 46
    (file,) = cache.iterdir()
    file.chmod(0o666)
    before = file.stat().st_ino
    library(SOURCE % 46, width=1)
    assert file.stat().st_ino != before  # made again, not trusted
    cache.chmod(0o777)
    with pytest.raises(NoCompiler, match="no folder of yours alone"):
        answer(47)


def test_what_was_not_used_for_the_longest_time_goes_when_the_cache_is_full(cache, monkeypatch):
    for number in (31, 32, 33):
        answer(number)
    files = sorted(cache.iterdir(), key=lambda f: f.stat().st_mtime_ns)
    for age, file in zip((300.0, 200.0, 100.0), files, strict=True):
        os.utime(file, (file.stat().st_atime, time.time() - age))
    assert answer(31) == 31  # used now
    left = cache / "making-left"
    left.mkdir()
    os.utime(left, (0.0, 0.0))
    (cache / "xla").mkdir()
    monkeypatch.setattr(kept_in, "MOST_BYTES", 3 * max(f.stat().st_size for f in files))
    answer(34)
    assert not left.exists()
    assert (cache / "xla").exists()
    assert files[0].exists()
    assert not files[1].exists()
    assert files[2].exists()
    monkeypatch.setattr(kept_in, "MOST_BYTES", 1)
    assert answer(35) == 35  # what is new stays, whatever its size
    assert len(list(cache.glob("*.so"))) == 1


def test_a_source_that_does_not_compile_says_why():
    with pytest.raises(NoCompiler, match="error"):
        library("this is no C++", width=1)


def test_without_a_compiler_the_message_says_what_to_install(monkeypatch):
    module.compiler.cache_clear()
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(NoCompiler, match="CXX"):
        module.compiler()
    monkeypatch.delenv("CXX")
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    monkeypatch.setitem(__import__("sys").modules, "ziglang", None)
    with pytest.raises(NoCompiler, match="install g\\+\\+"):
        module.compiler()
    module.compiler.cache_clear()


def test_libraries_are_loaded_by_ctypes():
    assert isinstance(library(SOURCE % 48, width=1), ctypes.CDLL)
