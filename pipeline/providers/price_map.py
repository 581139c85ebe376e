"""LiteLLM's bundled price map: limits and prices of thousands of models, without its import."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline.errors import MachineError

MAP_FILE = "model_prices_and_context_window_backup.json"


def bundled_map() -> tuple[Mapping[str, Mapping[str, Any]], str]:
    """LiteLLM's price map as it was packaged, and the package's version.

    The file is read where the package keeps it: importing LiteLLM takes seconds and may ask the
    network for a newer map.

    Raises:
        MachineError: LiteLLM is not installed, or keeps its map elsewhere.
    """
    package = find_spec("litellm")
    if package is None or package.origin is None:
        raise MachineError("litellm is not installed; run `pip install litellm`")
    path = Path(package.origin).with_name(MAP_FILE)
    try:
        return json.loads(path.read_bytes()), version("litellm")
    except OSError as error:
        raise MachineError(
            f"litellm {version('litellm')} has no {MAP_FILE}; install a version from 1.100 on"
        ) from error
