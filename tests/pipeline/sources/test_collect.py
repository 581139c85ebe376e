import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.accounting import Silent
from pipeline.errors import InputError, MachineError
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.sources import parquet_columns, store
from pipeline.sources.collect import collect_sources, plan_sources
from pipeline.sources.json_text import json_text
from schemas.problems import Problems, References, problem_id, to_json

Row = Callable[..., dict[str, Any]]
Guru = Callable[..., Path]
Collect = Callable[..., Any]


def digests(layout: Layout) -> list[bytes]:
    return [
        layout.problems.read_bytes(),
        layout.references.read_bytes(),
        layout.rejects("sources").read_bytes(),
    ]


def test_tables_of_the_contract(guru: Guru, row: Row, collect: Collect) -> None:
    code = row(
        data_source="codegen__mbpp",
        question="Größe?\r\n日本",
        truth='{"functional": "assert f() == \'ü\'"}',
        extra_info={"reference": "def f(): return 'ü'"},
        qwen3_30b_pass_rate=0.5,
    )
    path = guru(row(), code, row(question="bad", truth=None), name="a/t.parquet")
    done = collect([path.parent.parent])
    Problems.validate(done.problems)
    References.validate(done.references)
    assert done.problems["problem_id"].is_sorted()
    kept = done.problems.row(by_predicate=pl.col("domain") == "code", named=True)
    messages = [{"role": "user", "content": "Größe?\r\n日本"}]
    assert kept == {
        "problem_id": problem_id("codegen__mbpp", messages),
        "data_source": "codegen__mbpp",
        "domain": "code",
        "kind": "reasoning",
        "messages": messages,
        "grader": "code",
        "ground_truth": '{"functional":"assert f() == \'ü\'"}',
        "grader_args": "{}",
        "published_pass_rates": [{"reference": "qwen3_30b", "rate": 0.5}],
        "origin": {
            "dataset": "google-research/mbpp",
            "revision": None,
            "file": "a/t.parquet",
            "row": 1,
            "licence": "CC-BY-4.0",
        },
    }
    assert done.references.rows() == [(kept["problem_id"], "def f(): return 'ü'")]
    assert done.rejects.select("stage", "key", "reason").rows() == [
        ("sources", "a/t.parquet#2", "missing_answer")
    ]
    assert (done.report.rows_in, done.report.rows_out) == (3, 2)
    assert done.report.rejected == {"missing_answer": 1}
    assert done.report.notes == {"code": 1, "math": 1}
    assert done.report.bytes == sum(map(len, digests(done.layout)))


def test_unknown_graders_are_rejects(guru: Guru, row: Row, collect: Collect) -> None:
    odd = row(data_source="logic__sudoku", question="later", truth="x", ability="logic")
    done = collect([guru(row(), odd)])
    assert done.rejects.select("reason", "detail").rows() == [
        ("unknown_grader", "none is known for data_source logic__sudoku; index=0")
    ]


def test_lone_surrogates_are_rejects(
    tmp_path: Path, guru: Guru, row: Row, collect: Collect
) -> None:
    bad = row(data_source="codegen__x", question="c", truth='{"functional": "\\ud800"}')
    path = guru(row(), bad)
    (tmp_path / "nq_open_dev.jsonl").write_text(
        '{"question": "\\ud800?", "answer": "x"}\n{"question": "x?", "answer": "x"}\n'
    )
    done = collect([path], [tmp_path / "nq_open_dev.jsonl"])
    assert done.rejects.select("key", "reason").rows() == [
        ("nq_open_dev.jsonl#0", "invalid_unicode"),
        ("train.parquet#1", "invalid_unicode"),
    ]


def test_users_mapping_through_the_settings(tmp_path: Path, collect: Collect) -> None:
    (tmp_path / "faq.csv").write_text("frage,antwort\nWie hoch?,3 m\n")
    (tmp_path / "my.toml").write_text(
        '[[sets]]\nfiles = "faq.csv"\nformat = "csv"\ndomain = "factual"\nquestion = "frage"\n'
        'answer = "antwort"\ndata_source = "faq"\ndataset = "ours"\nlicence = "CC0-1.0"\n'
    )
    done = collect(everyday=[tmp_path / "faq.csv"], everyday_mapping=tmp_path / "my.toml")
    assert done.problems["data_source"].to_list() == ["faq"]


def test_no_usable_row_is_an_error_and_the_rejects_say_why(
    tmp_path: Path, guru: Guru, row: Row, collect: Collect
) -> None:
    good = guru(row(), name="good.parquet")
    bad = guru(row(truth=None), row(truth=" "), name="bad.parquet")
    with pytest.raises(InputError, match=r"no usable row in .*bad\.parquet \(2 missing_answer\)"):
        collect([good, bad])
    layout = Layout(tmp_path / "out")
    assert not layout.problems.exists()
    assert pl.read_parquet(layout.rejects("sources")).height == 2


def test_no_source_at_all(collect: Collect) -> None:
    with pytest.raises(InputError, match="no source is named"):
        collect()


def test_file_without_rows(guru: Guru, row: Row, collect: Collect) -> None:
    path = guru(row())
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    with pytest.raises(InputError, match=r"\(no rows\)"):
        collect([path])


def test_a_source_that_only_repeats_another_is_fine(guru: Guru, row: Row, collect: Collect) -> None:
    path = guru(row())
    assert collect([path, path]).report.rejected == {"duplicate_prompt": 1}


def test_nothing_is_left_behind_by_a_broken_file(
    tmp_path: Path, guru: Guru, row: Row, collect: Collect
) -> None:
    good = guru(row(), name="1.parquet")
    broken = guru(row(), name="2.parquet")
    broken.write_bytes(broken.read_bytes()[:-9])
    with pytest.raises(InputError, match="not a readable parquet"):
        collect([good.parent])
    assert not [p for p in (tmp_path / "out").rglob("*") if p.is_file()]


def test_full_disk_while_parking_rows(row: Row, guru: Guru) -> None:
    if not os.access("/dev/full", os.W_OK):
        pytest.skip("no /dev/full here")
    path = guru(row(truth="9" * 3_000_000))
    layout = Layout(path.parent / "out")
    with store.Store(layout.root) as parked, pytest.raises(MachineError, match="no space left"):
        parked._file.close()
        parked._file = open("/dev/full", "w+b", buffering=0)  # noqa: SIM115, PTH123
        from pipeline.sources import reasoning360

        for item in reasoning360.read(str(path)):
            parked.add("0" * 16, item, "1")  # type: ignore[arg-type]


def test_batches_and_table_cuts_never_change_the_rows(
    guru: Guru, row: Row, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row(question=f"{i}", truth="x" * (i % 90), a_pass_rate=i / 300) for i in range(300)]
    path = guru(*rows)
    whole = collect([path], out="a")
    monkeypatch.setattr(parquet_columns, "BATCH_ROWS", 7)
    assert digests(collect([path], out="b").layout) == digests(whole.layout)
    monkeypatch.setattr(store, "TABLE_BYTES", 5000)
    cut = collect([path], out="c")
    assert pq.ParquetFile(cut.layout.problems).num_row_groups > 5
    assert cut.problems.equals(whole.problems)


def test_place_of_the_input_does_not_show(guru: Guru, row: Row, collect: Collect) -> None:
    path = guru(row(), row(truth=None))
    moved = path.parent.parent / "elsewhere"
    one = collect([path.parent], out="a")
    path.parent.rename(moved)
    assert digests(collect([moved], out="b").layout) == digests(one.layout)


class Steps(Silent):
    def __init__(self) -> None:
        self.bars: list[list[Any]] = []

    def start(self, label: str, total: int) -> None:
        self.bars.append([label, total, 0])

    def advance(self, steps: int = 1) -> None:
        self.bars[-1][2] += steps


def test_progress_and_plan_agree(guru: Guru, row: Row, tmp_path: Path) -> None:
    path = guru(*(row(question=str(i)) for i in range(2345)))
    facts = tmp_path / "nq_open_dev.jsonl"
    facts.write_text('{"question": "x", "answer": "y"}\n\n{"question": "z", "answer": "y"}\n')
    settings = Settings(sources={"problems": [str(path)], "everyday": [str(facts)]})  # type: ignore[arg-type]
    plan = plan_sources(settings)
    assert plan == {f"problems:{path}": 2345, f"everyday:{facts}": 2}
    steps = Steps()
    collect_sources(settings, Layout(tmp_path / "out"), steps)
    assert steps.bars == [
        ["problems: train.parquet", 2345, 2345],
        ["everyday: nq_open_dev.jsonl", 2, 2],
    ]


def test_plan_asks_no_network() -> None:
    settings = Settings(sources={"problems": ["hub:a/b"], "everyday": []})  # type: ignore[arg-type]
    assert plan_sources(settings) == {"problems:hub:a/b": None}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(JSON)
def test_json_text_is_to_json(value: Any) -> None:
    assert json_text(value) == to_json(value)
    json.loads(json_text(value))


def test_embedded_sample(collect: Collect) -> None:
    done = collect(["sample"], ["sample"])
    kinds = dict(done.problems["kind"].value_counts().iter_rows())
    assert kinds["reasoning"] >= 1500
    assert kinds["everyday"] >= 400
    assert done.report.rows_out == done.problems.height


def test_real_data(shared: Path, collect: Collect) -> None:
    done = collect([shared / "guru"], [shared / "everyday"])
    domains = done.report.notes
    assert domains["math"] == 7473 + 1319
    assert domains["code"] == 974 + 164
    assert domains["factual"] == 4326
    assert domains["retrieval"] == 3610
    assert set(done.report.rejected) == {"duplicate_prompt"}
    english = done.rejects.filter(pl.col("data_source") == "chitchat__english_professional")
    assert english.height >= 9000
    assert done.report.rows_in == done.report.rows_out + done.rejects.height
    assert done.problems["problem_id"].is_sorted()
    assert set(done.references["problem_id"]) <= set(done.problems["problem_id"])
