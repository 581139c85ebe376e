import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stubs.hub import COMMIT, FakeHub, parquet

from pipeline.errors import InputError, MachineError
from pipeline.settings import Settings
from pipeline.sources import hub, specs
from pipeline.sources.routes import data_file

REPO = "someone/problems"

Row = Callable[..., dict[str, Any]]


def source(spec: str, group: str = "problems") -> specs.Source:
    settings = Settings(sources={"problems": [], "everyday": [], group: [spec]})  # type: ignore[arg-type]
    return specs.sources(settings)[0]


def read(spec: str, group: str = "problems") -> list[Any]:
    return list(specs.read(source(spec, group)))


def test_problems_with_commit_and_licence(server: FakeHub, row: Row) -> None:
    server.files[REPO] = {
        "README.md": b"x",
        "train/b [1].parquet": parquet(row(data_source="math__new", question="b")),
        "train/a.parquet": parquet(row(question="a"), row(truth=None)),
        "huge.bin": b"never fetched",
    }
    first, reject, second = read(f"hub:{REPO}")
    assert (first.file, second.file) == ("train/a.parquet", "train/b [1].parquet")
    assert (first.revision, second.revision) == (COMMIT, COMMIT)
    assert (first.dataset, first.licence) == ("openai/grade-school-math", "MIT")
    assert (second.dataset, second.licence) == (REPO, "cc-by-4.0")
    assert reject.key == "train/a.parquet#1"
    assert not [path for path in server.asked if "huge.bin" in path or "README" in path]


def test_second_reading_downloads_nothing(server: FakeHub, row: Row) -> None:
    server.files[REPO] = {"a.parquet": parquet(row())}
    once = read(f"hub:{REPO}")
    server.asked.clear()
    assert read(f"hub:{REPO}") == once
    assert not [path for path in server.asked if path.startswith("GET /datasets/")]


def test_revision_of_the_user(server: FakeHub, row: Row) -> None:
    server.files[REPO] = {"a.parquet": parquet(row())}
    assert read(f"hub:{REPO}@v1")[0].revision == "1" * 40
    with pytest.raises(InputError, match="no such revision"):
        read(f"hub:{REPO}@gone")


def test_guru_is_read_from_its_train_folder_and_must_be_whole(server: FakeHub, row: Row) -> None:
    repo = "LLM360/guru-RL-92k"
    pin = data_file("hub.toml")[repo]["revision"]
    server.revisions[pin] = pin
    data = [parquet(row(data_source="math__x", question=str(i))) for i in range(15)]
    server.files[repo] = {f"train/{i}.parquet": file for i, file in enumerate(data)}
    server.files[repo]["online_eval/z.parquet"] = data[0]
    rows = read(f"hub:{repo}")
    assert len(rows) == 15
    assert {(r.dataset, r.licence, r.revision) for r in rows} == {(repo, "MIT", pin)}
    assert read(f"hub:{repo}@main")[0].revision == COMMIT
    del server.files[repo]["train/7.parquet"]
    with pytest.raises(InputError, match=r"14 files instead of the 15 .*@COMMIT"):
        read(f"hub:{repo}")


def test_everyday_from_the_hub(server: FakeHub) -> None:
    repo = "google-research-datasets/nq_open"
    server.files[repo] = {
        "nq_open/validation-00000-of-00001.parquet": parquet(
            {"question": "q", "answer": ["a", "b"]}
        ),
        "nq_open/train-00000-of-00001.parquet": parquet({"question": "t", "answer": ["a"]}),
    }
    (row,) = read(f"hub:{repo}", "everyday")
    assert (row.domain, row.ground_truth, row.revision) == ("retrieval", ["a", "b"], COMMIT)
    with pytest.raises(InputError, match=r"none of its files applies.*\[\[sets\]\]"):
        server.files[REPO] = {"a.parquet": b""}
        read(f"hub:{REPO}", "everyday")


@pytest.mark.parametrize("card", [{}, {"license": []}, {"license": ["mit", "cc0-1.0"]}])
def test_licences_of_cards(server: FakeHub, row: Row, card: dict[str, Any]) -> None:
    server.card = card
    server.files[REPO] = {"a.parquet": parquet(row(data_source="math__x"))}
    wanted = " AND ".join(card.get("license", [])) or "unknown"
    assert read(f"hub:{REPO}")[0].licence == wanted


def test_unknown_and_gated_datasets(server: FakeHub) -> None:
    with pytest.raises(InputError, match="hub:no/where: no such dataset, or it is private"):
        read("hub:no/where")
    server.gated = True
    with pytest.raises(InputError, match="access is restricted"):
        read("hub:no/where")


def test_dataset_without_parquet(server: FakeHub) -> None:
    server.files[REPO] = {"data.arrow": b""}
    with pytest.raises(InputError, match=r"none of its files applies \(data\.arrow\)"):
        read(f"hub:{REPO}")


def test_broken_file_on_the_hub(server: FakeHub, row: Row) -> None:
    server.files[REPO] = {"a.parquet": parquet(row())[:-5]}
    with pytest.raises(InputError, match=r"a\.parquet: not a readable parquet file"):
        read(f"hub:{REPO}")


def test_hub_that_is_down(server: FakeHub) -> None:
    server.status = 500
    with pytest.raises(MachineError, match=r"could not be reached .*give their directory"):
        read(f"hub:{REPO}")


def test_no_network(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(MachineError, match=r"could not be reached .*'sample'"):
        read(f"hub:{REPO}")


def test_offline_switch_of_the_library(environment: pytest.MonkeyPatch) -> None:
    code = (
        "from pipeline.errors import MachineError\n"
        "from pipeline.sources import hub\n"
        "try:\n    hub.fetch('hub:a/b', lambda name: True)\n"
        "except MachineError as error:\n    assert 'OfflineModeIsEnabled' in str(error), error\n"
        "else:\n    raise SystemExit('reached the Hub')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "spec", ["hub:", "hub:name", "hub:a/b/c", "hub:a/b@", "hub:a/b c", "hub:../x y"]
)
def test_specs_of_another_form(spec: str) -> None:
    with pytest.raises(InputError, match="not of the form hub:ORG/NAME"):
        hub.parse(spec)


def test_spec_with_and_without_revision() -> None:
    assert hub.parse("hub:LLM360/guru-RL-92k") == ("LLM360/guru-RL-92k", None)
    assert hub.parse("hub:a/b.c@refs/pr/1") == ("a/b.c", "refs/pr/1")
