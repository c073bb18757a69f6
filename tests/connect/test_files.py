"""A file is whole or not there, whoever writes it."""

import concurrent.futures
import os
import threading

from twinbed.connect import files


def test_threads_that_write_one_file_at_once_do_not_meet(tmp_path, monkeypatch):
    """Both have written beside before either moves its file into place."""
    written, move = threading.Barrier(2, timeout=60.0), os.replace

    def replace(beside, path):
        written.wait()
        move(beside, path)

    monkeypatch.setattr(os, "replace", replace)
    path, contents = tmp_path / "moment", (b"one" * 1000, b"another" * 1000)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda content: files.write_bytes(path, content), contents))
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]
