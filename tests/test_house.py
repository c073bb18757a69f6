"""The size budgets of the house, and what its start may cost."""

import ast
import json
import pathlib
import subprocess
import sys

import pytest

import twinbed

PACKAGE = pathlib.Path(twinbed.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
_FUNCTION, _FILE, _LONG, _SHARE = 60, 500, 50, 0.02


def _functions():
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body
                documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
                start = body[0].end_lineno if documented and len(body) > 1 else node.lineno
                yield f"{file.relative_to(PACKAGE)}::{node.name}", node.end_lineno - start + 1


def test_functions_are_short():
    sizes = dict(_functions())
    assert len(sizes) > 100
    assert {k: v for k, v in sizes.items() if v > _FUNCTION} == {}
    assert sum(v > _LONG for v in sizes.values()) <= _SHARE * len(sizes)


def test_files_are_short():
    assert {str(f): n for f in FILES if (n := len(f.read_text().splitlines())) > _FILE} == {}


@pytest.mark.parametrize(
    "module",
    [
        "twinbed.vocab.signals",
        "twinbed.core.recording",
        "twinbed.connect",
        "twinbed.connect.wfdb",
        "twinbed.bench.statistics.subgroups",
        "twinbed.bench.ec57.report",
        "twinbed.cli.app",
        "twinbed.server.store",
    ],
)
def test_what_starts_fast_imports_no_jax(module):
    code = f"import {module}, sys, json; print(json.dumps([m for m in ('jax', 'equinox', 'matplotlib') if m in sys.modules]))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(out.stdout) == []
