"""Runs Reasoning360's own graders from a checkout, in an interpreter that has their imports.

In: JSON lines {"domain", "text", "truth", "extra"} on standard input. Out: one JSON line each, with
the score or the error. Packages above the graders are replaced by empty ones, so that torch and ray
are not needed. Run by `grader_agreement.py`; needs nothing of this project.
"""

import contextlib
import importlib
import io
import json
import os
import random
import sys
import types
from pathlib import Path
from typing import Any

ROOM = "verl.utils.reward_score"
MODULES = {
    "math": "naive_dapo",
    "table": "tablereason",
    "zebra": "zebra_puzzle",
    "ordering": "puzzles_dataset",
    "graph": "graph_dataset",
    "grid": "arcagi",
    "codeio": "codeio",
    "cruxeval": "cruxeval",
    "code": "coder1",
    "gpqa": "gpqa",
    "supergpqa": "supergpqa",
    "ifeval": "ifeval",
    "stem": "stem_llm_judge",
}
NOWHERE = "http://127.0.0.1:9"


def main() -> None:
    checkout = Path(sys.argv[1]).resolve()
    _stub_packages(checkout)
    random.seed(0)
    for line in sys.stdin:
        pair = json.loads(line)
        with contextlib.redirect_stdout(io.StringIO()):
            result = _score(pair)
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


def _stub_packages(checkout: Path) -> None:
    """Empty packages with the checkout's folders, so that no `__init__` above a grader runs."""
    for name in ("verl", "verl.utils", ROOM):
        folder = checkout.joinpath(*name.split("."))
        if not folder.is_dir():
            sys.exit(f"{folder}: no such folder; give a checkout of LLM360/Reasoning360")
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package


def _score(pair: dict[str, Any]) -> dict[str, Any]:
    try:
        grade = _grader(pair["domain"])
        result = grade(pair["text"], _truth(pair), pair.get("extra") or {})
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is upstream's result
        return {"error": f"{type(error).__name__}: {str(error)[:200]}"}
    score = result["score"] if isinstance(result, dict) else result
    return {"score": float(score)}


def _truth(pair: dict[str, Any]) -> Any:
    if pair["domain"] != "grid":
        return pair["truth"]
    import numpy

    # As a reader of parquet hands it over: rows are arrays.
    return numpy.array([numpy.array(row) for row in pair["truth"]])


def _grader(domain: str) -> Any:
    if domain == "ifeval":
        _tokenize_without_data()
    os.environ.setdefault("STEM_LLM_JUDGE_URL", NOWHERE)
    # Programs run in this interpreter, by upstream's default way: a subprocess without a sandbox.
    os.environ.setdefault("CONDA_BIN_PATH", str(Path(sys.executable).parent))
    module = importlib.import_module(f"{ROOM}.{MODULES[domain]}")
    if domain == "stem":
        return lambda text, truth, extra: module.compute_score("stem_web", text, truth, extra)
    return lambda text, truth, extra: module.compute_score(text, truth, extra_info=extra)


def _tokenize_without_data() -> None:
    """NLTK's word tokenizer without its downloads; its sentence counter stays as it is."""
    import nltk
    from nltk.tokenize import NLTKWordTokenizer

    nltk.word_tokenize = NLTKWordTokenizer().tokenize


if __name__ == "__main__":
    main()
