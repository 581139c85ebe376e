"""The interpreter with verl, for tests that need the real one; nothing is stubbed here."""

import os

import pytest

PYTHON = os.environ.get("XROUTER_TRAIN_PYTHON", "")
NEEDS_VERL = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not PYTHON,
        reason="XROUTER_TRAIN_PYTHON names no interpreter with verl; see "
        "pipeline/training/README.md",
    ),
]
