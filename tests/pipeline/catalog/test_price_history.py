"""Refreshing the history: once each, in any order, whole or not at all, never over the past."""

import datetime
import multiprocessing
import random
import signal
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stubs.prices import EVENTS, day, litellm_map, openrouter_list

from pipeline.catalog.history.event_file import read_events
from pipeline.catalog.history.files import history_files, owned, read_history
from pipeline.catalog.history.refresh import RefreshReport, Sources, refresh
from pipeline.errors import BusyError, InputError
from schemas.prices import PriceEvents


def listed(folder: Path, content: bytes, number: int, **more: float) -> RefreshReport:
    path = folder.parent / "map.json"
    path.write_bytes(content)
    return refresh(folder, Sources(litellm=str(path)), at=day(number), **more)  # type: ignore[arg-type]


def kinds(report: RefreshReport) -> list[tuple[str, str]]:
    return [(event.draft.model, event.kind) for event in report.events]


def test_a_file_of_events_becomes_one_file_of_history(tmp_path: Path) -> None:
    report = refresh(tmp_path / "prices", Sources(events=(EVENTS,)))
    assert report.counts == {
        "changed accepted": 2,
        "changed quarantined": 2,
        "delisted accepted": 2,
        "listed accepted": 5,
        "meta accepted": 1,
        "relisted accepted": 2,
    }
    assert list(report.files) == history_files(tmp_path / "prices")
    frame = pl.read_parquet(report.files[0])
    PriceEvents.validate(frame)
    assert frame["effective_at"].is_sorted()
    cut = frame.filter(model="cut", kind="changed").row(0, named=True)
    # Eight in the morning at +08:00.
    assert cut["effective_at"] == datetime.datetime(2025, 2, 1, tzinfo=datetime.UTC)
    assert (cut["input_per_million"], cut["cached_input_per_million"]) == (2.0, 0.5)
    assert (cut["max_output_tokens"], cut["origin"]) == (100_000, "LiteLLM price map, commit c02")


def test_the_same_again_adds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    first = refresh(folder, Sources(events=(EVENTS,)))
    again = refresh(folder, Sources(events=(EVENTS, EVENTS)))
    assert (again.events, again.files, again.known) == ((), (), 28)
    assert history_files(folder) == list(first.files)
    assert listed(folder, litellm_map(a=(1, 2)), 900, most_delisted=1).files
    assert listed(folder, litellm_map(a=(1, 2)), 900).events == ()
    assert listed(folder, litellm_map(a=(1, 2)), 901).events == ()


LINES = EVENTS.read_text().splitlines()


@settings(max_examples=25)
@given(st.randoms(use_true_random=False), st.integers(0, len(LINES) - 1))
def test_neither_order_nor_parts_matter(
    tmp_path_factory: pytest.TempPathFactory, shuffler: random.Random, cut: int
) -> None:
    root = tmp_path_factory.mktemp("parts")
    shuffled = LINES[1:]
    shuffler.shuffle(shuffled)
    parts = {"whole": shuffled, "first": LINES[1 : cut + 1], "rest": LINES[1:]}
    for name, lines in parts.items():
        (root / f"{name}.csv").write_text("\n".join([LINES[0], *lines]) + "\n")
    one = refresh(root / "one", Sources(events=(root / "whole.csv",)))
    for name in ("first", "rest"):
        refresh(root / "two", Sources(events=(root / f"{name}.csv",)))
    assert [e.row() for e in read_history(root / "two", "litellm")] == [e.row() for e in one.events]
    if cut in (0, len(LINES) - 1):
        other = history_files(root / "two")
        assert [path.read_bytes() for path in other] == [one.files[0].read_bytes()]


def test_a_list_is_compared_with_what_it_said_last(tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    assert kinds(listed(folder, litellm_map(a=(1, 2), b=(1, 2), c=(3, 4)), 0)) == [
        ("a", "listed"), ("b", "listed"), ("c", "listed")]  # fmt: skip
    wider = {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6, "mode": "chat",
             "litellm_provider": "openai", "max_input_tokens": 9000}  # fmt: skip
    news = listed(folder, litellm_map(a=(1, 3), b=wider, d=(5, 5)), 1)
    assert kinds(news) == [("c", "delisted"), ("a", "changed"), ("b", "meta"), ("d", "listed")]
    # A slip that the list goes on saying is said once; its correction is compared with what held.
    assert [e.slip for e in listed(folder, litellm_map(a=(1000, 3000), b=wider, d=(5, 5)), 2).events
            ] == ["new"]  # fmt: skip
    assert listed(folder, litellm_map(a=(1000, 3000), b=wider, d=(5, 5)), 3).events == ()
    (back,) = listed(folder, litellm_map(a=(1, 3), b=wider, d=(5, 5)), 4).events
    assert (back.status, back.reason) == ("accepted", "back at the prices that hold")


def test_a_person_may_vouch_for_a_price(tmp_path: Path) -> None:
    folder, path = tmp_path / "prices", tmp_path / "map.json"
    listed(folder, litellm_map(a=(1, 2)), 0)
    assert [e.holds for e in listed(folder, litellm_map(a=(500, 900)), 1).events] == [False]
    accepted = refresh(folder, Sources(litellm=str(path)), at=day(2), trusted=["a"])
    (event,) = accepted.events
    assert (event.kind, event.status, event.holds) == ("changed", "accepted", True)
    assert event.reason.startswith("accepted by hand, input 1 -> 500 (x500), output 2 -> 900")
    assert refresh(folder, Sources(litellm=str(path)), at=day(3), trusted=["a"]).events == ()
    with pytest.raises(InputError, match="b: in nothing that was read"):
        refresh(folder, Sources(litellm=str(path)), trusted=["b"])


def test_lists_do_not_delist_each_other(tmp_path: Path) -> None:
    folder, path = tmp_path / "prices", tmp_path / "router.json"
    path.write_bytes(openrouter_list(m={"prompt": "0.000001", "completion": "0.000002"}))
    listed(folder, litellm_map(a=(1, 2)), 0)
    report = refresh(folder, Sources(openrouter=str(path)), at=day(1))
    assert kinds(report) == [("openrouter/v/m", "listed")]
    assert {p.name.partition("-")[0] for p in history_files(folder)} == {"litellm", "openrouter"}


def test_a_list_cannot_change_the_past(tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    listed(folder, litellm_map(a=(1, 2)), 5)
    for number in (4, 5):
        with pytest.raises(InputError, match="cannot change the past: choose a later --at"):
            listed(folder, litellm_map(a=(1, 3)), number)


def test_a_part_of_a_list_is_refused(tmp_path: Path) -> None:
    folder, many = tmp_path / "prices", {f"m{n}": (1, 2) for n in range(30)}
    listed(folder, litellm_map(**many), 0)
    with pytest.raises(InputError, match="lacks 29 of the 30 models listed so far"):
        listed(folder, litellm_map(m0=(1, 2)), 1)
    assert len(listed(folder, litellm_map(m0=(1, 2)), 1, most_delisted=1).events) == 29


def test_the_bundled_map_is_read_where_nothing_is_named(tmp_path: Path) -> None:
    report = refresh(tmp_path / "prices")
    assert len(report.events) > 1000
    assert "bundled price map" in report.read[0]
    assert report.skipped["no text model"] > 100
    assert refresh(tmp_path / "prices").events == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2025-01-01,c,m,renamed,1e-6,1e-6", r"line 2: model 'm', event 'renamed'"),
        ("2025-01-01,c,,listed,1e-6,1e-6", r"line 2: model ''"),
        ("yesterday,c,m,listed,1e-6,1e-6", "committed_at 'yesterday' is no time"),
        ("2025-01-01,c,m,listed,1e-6", "another number of columns"),
        ("2025-01-01,c,m,listed,1e-6,1,1", "another number of columns"),
    ],
)
def test_lines_that_cannot_be_placed_are_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "events.csv"
    head = "committed_at,commit,model,event,input_cost_per_token,output_cost_per_token\n"
    path.write_text(head + line + "\n")
    with pytest.raises(InputError, match=message):
        refresh(tmp_path / "prices", Sources(events=(path,)))
    assert history_files(tmp_path / "prices") == []


def test_files_that_are_no_events_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: no such file"):
        read_events(tmp_path / "nowhere.csv")
    (tmp_path / "other.csv").write_text("model,price\na,1\n")
    with pytest.raises(InputError, match="lacks the columns"):
        read_events(tmp_path / "other.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="not a readable CSV"):
        read_events(tmp_path / "bytes.csv")


def test_a_damaged_history_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    (folder / "litellm-x.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"litellm-x\.parquet: not a readable parquet"):
        refresh(folder, Sources(events=(EVENTS,)))
    pl.DataFrame({"a": [1]}).write_parquet(folder / "litellm-x.parquet")
    with pytest.raises(InputError, match="no file of a price history"):
        refresh(folder, Sources(events=(EVENTS,)))


def test_a_second_refresh_waits_or_says_so(tmp_path: Path) -> None:
    with (
        owned(tmp_path / "prices", 0),
        pytest.raises(BusyError, match=r"another refresh is writing here, and did for 0\.2 s"),
    ):
        refresh(tmp_path / "prices", Sources(events=(EVENTS,)), wait_seconds=0.2)


def test_two_at_once_add_each_event_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=refresh, args=(tmp_path / "prices", Sources(events=(EVENTS,))))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len(history_files(tmp_path / "prices")) == 1


def _refresh_for_ever(folder: Path) -> None:
    for number in range(10_000):
        path = folder.parent / f"{number}.json"
        path.write_bytes(litellm_map(**{f"m{n}": (1 + number % 7, 2) for n in range(300)}))
        refresh(folder, Sources(litellm=str(path)), at=day(number))


def test_a_killed_refresh_leaves_whole_files(tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    worker = multiprocessing.get_context("spawn").Process(target=_refresh_for_ever, args=(folder,))
    worker.start()
    deadline = time.monotonic() + 60
    while len(history_files(folder)) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert worker.pid is not None
    worker.kill()
    worker.join(10)
    assert worker.exitcode == -signal.SIGKILL
    before = {path.name: path.read_bytes() for path in history_files(folder)}
    assert len(before) >= 3
    report = listed(folder, litellm_map(m0=(9, 9)), 20_000, most_delisted=1)
    assert len(report.files) == 1
    assert not list(folder.glob("*.partial"))
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert len(read_history(folder, "litellm")) >= 300
