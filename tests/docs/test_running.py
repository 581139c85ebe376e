"""Commands of the pages, run in small, in the order of `register.RUN`, in one directory."""

import contextlib
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from docs.pages import ROOT, blocks
from docs.register import RUN
from stubs.evaluating import write_suite
from stubs.prices import EVENTS, litellm_map, openrouter_list
from typer.testing import CliRunner

from flows.cli.app import app
from schemas.problems import problem_id

MODELS = ROOT / "pipeline" / "catalog" / "models.toml"
PROBLEMS = 12
MAPPING = """
form = "long"
data_source = "s"
licence = "MIT"
[problem]
prompt = "q"
model = "m"
[cells]
correct = "ok"
"""


def write_problems(folder: Path) -> None:
    """A few problems as Reasoning360 has them, and somebody's answers to them."""
    asked = [f"What is {number} + {number}?" for number in range(PROBLEMS)]
    rows: list[dict[str, Any]] = [
        {
            "data_source": "math__docs",
            "prompt": [{"role": "user", "content": question}],
            "ability": "math",
            "reward_model": {"style": "rule", "ground_truth": str(2 * number)},
            "extra_info": {"index": number},
        }
        for number, question in enumerate(asked)
    ]
    (folder / "problems").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), folder / "problems" / "train.parquet")
    answers = [
        {
            "problem_id": problem_id(row["data_source"], row["prompt"]),
            "reference": "somebody",
            "sample": sample,
            "text": f"\\boxed{{{2 * (number - number % 2 * sample)}}}",
        }
        for number, row in enumerate(rows)
        for sample in range(2)
    ]
    lines = [json.dumps(answer) + "\n" for answer in answers]
    (folder / "answers.jsonl").write_text("".join(lines))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The directory of all commands, with everything that they name and do not make."""
    folder = tmp_path_factory.mktemp("reader")
    write_problems(folder)
    (folder / "simpleqa.csv").write_text("problem,answer,metadata\nWhere is Paris?,France,{}\n")
    write_suite(folder / "suites", PROBLEMS)
    (folder / "eval.jsonl").write_text('{"question": "What is the capital of Italy?"}\n')
    (folder / "faq.csv").write_text("asked,answered\nWhere is Rome?,Italy\n")
    (folder / "faq.toml").write_text(block("pipeline/sources/README.md", "toml"))
    # Without GPUs a plan needs to be told of which kind they would be.
    (folder / "gpu.toml").write_text('[tiering.vllm]\nprofile = "h100"\n')
    (folder / "m.toml").write_text(MAPPING)
    (folder / "set.csv").write_text("q,m,ok\none,a,true\none,b,no\n")
    (folder / "more.csv").write_text("q,m,ok\ntwo,a,no\n")
    (folder / "litellm.json").write_bytes(litellm_map(a=(1, 2)))
    (folder / "openrouter.json").write_bytes(openrouter_list(b=(1, 2)))
    shutil.copy(EVENTS, folder / "price_events.csv")
    shutil.copy(MODELS, folder / "mine.toml")
    bucket = fsspec.filesystem("memory")
    for name in ("problems/train.parquet", "simpleqa.csv", "answers.jsonl"):
        bucket.pipe(f"/bucket/{name}", (folder / name).read_bytes())
    with contextlib.chdir(folder):
        yield folder
    bucket.store.clear()


def block(page: str, language: str) -> str:
    """The first block of a page in a language."""
    found = blocks((ROOT / page).read_text(encoding="utf-8"))
    return next("\n".join(lines) for name, lines in found if name == language)


def in_this_process(arguments: list[str]) -> str:
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "160"})
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def in_one_of_its_own(words: list[str]) -> str:
    command = [sys.executable, str(ROOT / words[1]), *words[2:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("text", list(RUN))
def test_a_command_of_a_page_works(text: str, place: Path) -> None:
    words = shlex.split(RUN[text] or text)
    run = in_this_process(words[1:]) if words[0] == "xrouter" else in_one_of_its_own(words)
    assert run.strip()


@pytest.mark.slow
def test_the_example_of_own_problems_is_read(place: Path) -> None:
    (place / "own-problems" / "problems").mkdir(parents=True)
    with contextlib.chdir(place / "own-problems"):
        exec(block("pipeline/sources/README.md", "python"), {})
        out = in_this_process(["build", "--problems", "problems", "--dry-run", "--json"])
    assert json.loads(out)["sources"]["problems:problems"] == 1


@pytest.mark.parametrize("text", [text for text, instead in RUN.items() if instead])
def test_what_is_run_is_the_command_of_the_page(text: str) -> None:
    """The same program and subcommand, with at least the same options."""
    shown, really = shlex.split(text), shlex.split(RUN[text] or "")
    assert really[:2] == shown[:2]
    options = {word for word in shown if word.startswith("--")}
    assert options <= set(really)
