"""What decides the bits of a result besides the study: source files, libraries, the machine.

Source is what a study can reach: the files of the components it names and of this package's
runner, and all they import from their own packages, found by reading their import statements, with the
TOML files that lie beside them (drugs are such files, the user's own too). A new device elsewhere in the tree changes
nothing here; an edited equation, or an edited number of a drug, does.
"""

import ast
import functools
import hashlib
import importlib.metadata
import importlib.util
import pathlib
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import twinbed
from twinbed.studies.components import component
from twinbed.studies.design import ENDPOINTS, Study
from twinbed.studies.scenarios import LOW_TREATMENT
from twinbed.studies.shards import groups
from twinbed.vocab.drugs import FILES

_LIBRARIES = ("jax", "jaxlib", "equinox", "numpy", "scipy", "pyarrow")
_DRUGS = "twinbed.vocab.drugs"
_TELLS = "twinbed.studies.acute.evidence"
"""What is made anew of the results by every command, with sentences of the report, and decides no bit of them."""
_ALWAYS = ("twinbed.studies.execute", "twinbed.studies.analysis")


def component_modules(study: Study) -> dict[str, str]:
    """The module of every component that a study names, by id."""
    layers = [layer for arm in study.arms for d in arm.devices for layer in (d, *d.wrap)]
    named = {layer.device for layer in layers} | {p.id for p in study.cohort.populations}
    named |= {f"{ENDPOINTS}/{name}" for name in study.endpoints} | {g.model_id for g in groups(study)}
    named |= {LOW_TREATMENT} if study.scenario.low_treatment.carbohydrate_g else set()
    return {id_: component(id_).__module__ for id_ in sorted(named)}


def components(study: Study) -> dict[str, str]:
    """SHA-256 of the source file of every component that a study names, by id."""
    return {id_: _sha256(_file(module)) for id_, module in component_modules(study).items()}


def fingerprint(study: Study) -> dict[str, str]:
    """The code and the libraries that a study runs on."""
    return _software((*_ALWAYS, *component_modules(study).values()))


def _software(modules: Sequence[str]) -> dict[str, str]:
    """The code that some modules reach, and the libraries below it."""
    return {
        "twinbed": twinbed.__version__,
        "source": _digest(tuple(modules)),
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: importlib.metadata.version(name) for name in _LIBRARIES},
        "machine": f"{platform.system()} {platform.machine()}",
    }


@functools.cache
def _digest(modules: tuple[str, ...]) -> str:
    """One digest of all that the modules reach; taken once, as the code is loaded once."""
    digest = hashlib.sha256()
    code = reachable(modules)
    for module, file in sorted(code.items()):
        digest.update(f"{module} {_sha256(file)}\n".encode())
    for file in data_of(code):
        digest.update(f"{file.parent.name}/{file.name} {_sha256(file)}\n".encode())
    return digest.hexdigest()


def data_of(code: Mapping[str, pathlib.Path]) -> list[pathlib.Path]:
    """The TOML files of the packages that modules with their files belong to."""
    folders = {file.parent for module, file in code.items() if "." in module or file.name == "__init__.py"}
    ours = {data for folder in folders for data in folder.glob("*.toml")}
    drugs = FILES if any(module.startswith(_DRUGS) for module in code) else ()
    return [*sorted(ours), *(file for file in drugs if file not in ours)]


def reachable(modules: Sequence[str]) -> dict[str, pathlib.Path]:
    """The modules and all that they import from their own packages, with their files."""
    roots = {m.split(".", 1)[0] for m in modules} | {"twinbed"}
    found: dict[str, pathlib.Path] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module.split(".", 1)[0] not in roots or module in found or module == _TELLS:
            continue
        file = _file(module)
        if file is not None:
            found[module] = file
            waiting += _imports(file)
    return found


def _imports(file: pathlib.Path) -> Iterator[str]:
    """Names that may be modules; those that are not have no file. Imports for type checkers do not count."""
    waiting: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)


@functools.cache
def _file(module: str) -> pathlib.Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except (ModuleNotFoundError, ValueError):  # the parent is no package, or the name no module
        return None
    return pathlib.Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


def _sha256(file: pathlib.Path | None) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file else ""


def versions(study: Study) -> dict[str, Any]:
    """The fingerprint, the exact Python, and the git revision of the project where there is one."""
    return _exact(fingerprint(study))


def versions_of(modules: Sequence[str]) -> dict[str, Any]:
    """The same of what is no study: of some modules and all that they reach."""
    return _exact(_software(modules))


def _exact(software: dict[str, str]) -> dict[str, Any]:
    return {**software, "python_full": sys.version.split()[0], "git": _git()}


def _git() -> dict[str, Any] | None:
    folder = pathlib.Path(twinbed.__file__).parent
    ask = lambda *words: subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=20, check=True
    ).stdout.strip()
    try:
        return {
            "revision": ask("rev-parse", "HEAD"),
            "changed": bool(ask("status", "--porcelain", "--", ".")),
        }
    except (OSError, subprocess.SubprocessError):
        return None
