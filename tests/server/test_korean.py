"""Whoever is refused is told why in Korean too: no reason is without, and none has English sentences in it."""

import ast
import pathlib
import re

import pytest

import twinbed
from twinbed.core.errors import NotFound
from twinbed.server import passwords
from twinbed.server.errors import Refused, Taken
from twinbed.server.limits import too_many
from twinbed.server.problems import as_refused, too_large

ROOT = pathlib.Path(twinbed.__file__).parent
_TERMS = {"twinbed", "serve", "toml", "json", "origin", "get", "api", "openapi", "arms", "path", "list", "run"}


def _reasons():
    """The Korean of every refusal that the server's files have, without what is filled in."""
    for file in sorted((ROOT / "server").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "korean" and isinstance(node.value, ast.Tuple):
                texts = [
                    n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant) and isinstance(n.value, str)
                ]
                if re.search(r"\w", " ".join(texts)):  # else it hands on what somebody else said
                    yield pytest.param(" ".join(texts), id=f"{file.stem}:{node.value.lineno}")


@pytest.mark.parametrize("korean", list(_reasons()))
def test_every_reason_of_the_server_is_korean(korean):
    assert re.search("[가-힣]", korean)
    words = re.findall(r"[A-Za-z]{2,}", re.sub(r"`[^`]*`|--\w+|GET \S+|X-\w+|\w+/\S+|[A-Z_]{4,}", "", korean))
    assert len([word for word in words if word.lower() not in _TERMS]) <= 3, "at most names of files and settings"


def test_a_refusal_without_korean_cannot_be_written():
    with pytest.raises(TypeError, match="korean"):
        Refused(404, "not_found", "There is no bed.")  # pyright: ignore[reportCallIssue]


def test_errors_of_the_library_are_told_in_korean_too():
    for error in (NotFound("there is no bed"), Taken("this name is taken"), too_large(), too_many(3.0)):
        message, _ = as_refused(error).korean
        assert re.fullmatch("[가-힣 .]+", message)


def test_a_weak_password_is_refused_with_what_is_wrong_in_korean():
    with pytest.raises(Refused) as refused:
        passwords.check_password("short", "Kim")
    assert refused.value.korean[0] == "이 비밀번호는 너무 짧습니다."
