"""Static files, and one page for every other address."""

import pytest

from twinbed.server.pages import unbuilt

PAGE = "<!doctype html><title>twinbed</title>"


@pytest.fixture
def built(house):
    (house.settings.static / "assets").mkdir(parents=True)
    (house.settings.static / "index.html").write_text(PAGE)
    (house.settings.static / "assets" / "index-4f2a.js").write_text("export {}")
    (house.settings.static.parent / "secret.txt").write_text("secret")
    return house


def test_what_was_not_built_is_said_with_what_to_do(house):
    answer = house.browser().get("/")
    assert answer.status_code == 503
    assert "make serve" in answer.text
    assert str(house.settings.static) in answer.text


@pytest.mark.parametrize("path", ["/", "/beds/abc", "/people", "/deep/er/still?x=1", "/apis"])
def test_every_address_is_the_page(built, path):
    answer = built.browser().get(path)
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"


def test_files_have_their_kind_and_hashed_ones_are_kept_for_ever(built):
    answer = built.browser().get("/assets/index-4f2a.js")
    assert answer.text == "export {}"
    assert "javascript" in answer.headers["content-type"]
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["/assets/none.js", "/favicon.ico", "/api", "/api/none/none", "/assets/%00.js"])
def test_a_file_that_is_not_there_is_no_page(built, path):
    assert built.browser().get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/..%5csecret.txt", "//etc/passwd", "/" + "a" * 5000]
)  # fmt: skip
def test_nothing_outside_the_folder_is_served(built, path):
    answer = built.browser().get(path)
    assert answer.status_code in (200, 404)
    assert answer.text == PAGE or answer.status_code == 404


def test_pages_are_only_read(built):
    assert built.browser().post("/").status_code == 405
    assert built.browser().head("/").status_code == 200


def test_who_serves_no_pages_is_told_what_to_do(tmp_path):
    assert "make serve" in unbuilt(tmp_path)[0]
    (tmp_path / "index.html").touch()
    assert unbuilt(tmp_path) == []
