"""Interpreters of other environments: the named one, or ours where what is needed is in it."""

import importlib.util
import shutil
import sys
from pathlib import Path

from pipeline.errors import MachineError


def find_interpreter(python: Path | None, package: str, how: str) -> str:
    """Where the interpreter is. Virtual environments are found by the path, so links stay links.

    Args:
        python: As named; None: ours.
        package: That must be importable here where none is named.
        how: To get it, for the error.

    Raises:
        MachineError: None is named and the package is not here, or the named one does not exist.
    """
    if python is None:
        if importlib.util.find_spec(package) is None:
            raise MachineError(f"{package} is not in this environment ({sys.executable}); {how}")
        return sys.executable
    found = shutil.which(python.expanduser())
    if found is None:
        raise MachineError(f"{python} is no program; {how}")
    return str(Path(found).absolute())
