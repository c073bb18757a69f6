"""The cache of compiled libraries: found again, whole, and never somebody else's."""

import concurrent.futures
import ctypes
import multiprocessing
import os

import pytest

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


def test_processes_may_compile_at_the_same_time(cache):
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(3, mp_context=context) as pool:
        assert list(pool.map(answer, [43] * 3)) == [43] * 3
    assert len(list(cache.iterdir())) == 1


def test_what_a_crash_left_behind_is_not_loaded(cache):
    assert answer(44) == 44
    left = cache / "making-x"
    left.mkdir()
    (left / "run.so").write_bytes(b"half a library")
    assert answer(45) == 45


@pytest.mark.skipif(os.name == "nt", reason="folders of a Windows profile are private")
def test_a_folder_or_file_that_others_can_write_is_not_used(cache):
    assert answer(46) == 46
    (file,) = cache.iterdir()
    file.chmod(0o666)
    before = file.stat().st_ino
    library(SOURCE % 46, width=1)
    assert file.stat().st_ino != before  # made again, not trusted
    cache.chmod(0o777)
    with pytest.raises(NoCompiler, match="can be written by others"):
        answer(47)


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
