"""What price lists say, in good shape and bad; and addresses that answer, or do not."""

import contextlib
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stubs.prices import day, litellm_map, openrouter_list

from pipeline.catalog.history.documents import read_document
from pipeline.catalog.history.fetch import Bounds
from pipeline.catalog.history.quotes import Quote, read_prices
from pipeline.catalog.history.refresh import Sources, refresh
from pipeline.errors import InputError, MachineError, XRouterError


def test_prices_are_read_to_nine_decimals() -> None:
    raw = {"input": "0.0000006000000000000001", "output": 1e-05, "cached_input": 0, "reasoning": ""}
    prices, faults = read_prices(raw)
    assert prices == {"input": 0.6, "output": 10.0, "cached_input": 0.0, "reasoning": None}
    assert faults == ()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("-1", "is -1: the list leaves the price to the model that is picked"),
        (-1e-6, "below zero"),
        (float("nan"), "is 'nan', which is no number"),
        ("Infinity", "which is no number"),
        ("free", "is 'free', which is no number"),
        (True, "which is no number"),
        ({"tier": 1}, "which is no number"),
        (1e4, "no price in any unit"),
    ],
)
def test_what_is_no_price_is_said(value: Any, words: str) -> None:
    prices, faults = read_prices({"input": value})
    assert prices == {"input": None}
    assert words in faults[0]


def test_the_price_map_is_read() -> None:
    entry = {
        "input_cost_per_token": 1.25e-6,
        "output_cost_per_token": 1e-5,
        "cache_read_input_token_cost": 3.1e-7,
        "input_cost_per_token_above_200k_tokens": 2.5e-6,
        "output_cost_per_token_above_200k_tokens": 1.5e-5,
        "input_cost_per_token_above_500k_tokens": 5e-6,
        "max_input_tokens": 1_048_576,
        "max_output_tokens": "as the provider says",
        "litellm_provider": "vertex_ai-language-models",
        "mode": "chat",
        "deprecation_date": "2026-06-17",
    }
    content = litellm_map(g=entry, picture={"mode": "image_generation"}, odd=3)
    document = read_document("litellm", content, "map")
    assert document.quotes == {
        "g": Quote("vertex_ai", "chat", 1.25, 10.0, 0.31, None, None, 200_000, 2.5, 15.0, 1_048_576,
                   None, "2026-06-17")
    }  # fmt: skip
    assert document.skipped == {"no text model": 1, "no object": 1}


def test_the_list_of_models_is_read() -> None:
    overrides = [
        {"min_prompt_tokens": 256_000, "prompt": "0.000004", "completion": "0.000008"},
        {"min_prompt_tokens": 32_000, "prompt": "0.000002", "completion": "0.000006"},
    ]
    priced = {"prompt": "0.000001", "completion": "0.000004", "overrides": overrides}
    content = openrouter_list(m=priced, auto={"prompt": "-1", "completion": "-1"}, bare={})
    quotes = read_document("openrouter", content, "list").quotes
    assert quotes["openrouter/v/m"] == Quote(
        "openrouter", "chat", 1.0, 4.0, above_tokens=32_000, input_above=2.0, output_above=6.0,
        max_input_tokens=1000,
    )  # fmt: skip
    assert len(quotes["openrouter/v/auto"].faults) == 2
    assert quotes["openrouter/v/bare"].prices == {}


@pytest.mark.parametrize(
    ("price_list", "content", "message"),
    [
        ("litellm", b"<html>no", r"not a whole JSON document .* begin with '<html>no'"),
        ("litellm", litellm_map(a=(1, 2))[:-9], "not a whole JSON document"),
        ("litellm", b"\xff\xfe\x00", "not a whole JSON document"),
        ("litellm", b"[" * 100_000, "not a whole JSON document"),
        ("litellm", b"[]", "not LiteLLM's price map"),
        ("litellm", openrouter_list(a={}), "OpenRouter's list goes with --openrouter"),
        ("litellm", b"{}", "lists no text model"),
        ("openrouter", litellm_map(a=(1, 2)), "LiteLLM's map goes with --litellm"),
        ("openrouter", b'{"data": [], "total_count": 3}', "0 of 3 models"),
        ("openrouter", b'{"data": [{"id": 7}, null]}', "lists no text model"),
    ],
)
def test_bad_documents_are_named(price_list: str, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_document(price_list, content, "there")


Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


def say(status: int, content: bytes = b"", **headers: str) -> Answer:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


def unless_known(request: http.server.BaseHTTPRequestHandler) -> None:
    known = request.headers.get("If-None-Match") == '"v1"'
    say(304 if known else 200, b"" if known else litellm_map(a=(1, 2)), ETag='"v1"')(request)


def never(request: http.server.BaseHTTPRequestHandler) -> None:
    time.sleep(1.5)
    request.close_connection = True


def drop_by_drop(request: http.server.BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(30):
            request.wfile.write(b" ")
            request.wfile.flush()
            time.sleep(0.05)


def cut_short(request: http.server.BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b'{"a": ')


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Serve one answer to whoever asks, on this machine; returns its address."""
    servers = []

    def start(answer: Answer) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, *_: Any) -> None:
                return

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        return f"http://user:secret@127.0.0.1:{server.server_port}/map.json?key=hidden"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_an_address_is_read_and_only_what_changed_is_sent_again(
    serve: Callable[[Answer], str], tmp_path: Path
) -> None:
    sources = Sources(litellm=serve(unless_known))
    folder = tmp_path / "prices"
    assert len(refresh(folder, sources, at=day(0)).events) == 1
    again = refresh(folder, sources, at=day(1))
    assert again.events == ()
    assert again.read[0].endswith("/map.json, unchanged")
    # Of a history that is gone nothing is unchanged.
    for path in folder.glob("*.parquet"):
        path.unlink()
    assert len(refresh(folder, sources, at=day(2)).events) == 1


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (say(429, Retry_After="17"), MachineError, "answers 429 for now; try again in 17 s"),
        (say(500, b"oops"), MachineError, "answers 500 for now; try again later"),
        (say(404), InputError, "answers 404; correct the address"),
        (say(200, b"<html>"), InputError, "not a whole JSON document"),
        (say(200, b" " * 3_000_000), InputError, "larger than 2 MB"),
        (say(302, Location="ftp://x/y"), MachineError, "cannot be reached"),
        (cut_short, MachineError, "cannot be reached"),
        (never, MachineError, r"no whole answer within 0\.5 s"),
        (drop_by_drop, MachineError, r"no whole answer within 0\.5 s"),
    ],
)
def test_addresses_that_give_no_list_are_named(
    serve: Callable[[Answer], str],
    tmp_path: Path,
    answer: Answer,
    error: type[XRouterError],
    message: str,
) -> None:
    with pytest.raises(error, match=message) as caught:
        refresh(tmp_path / "prices", Sources(litellm=serve(answer)), bounds=Bounds(0.5, 2))
    assert "secret" not in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert not list(tmp_path.rglob("*.parquet"))


def test_nobody_at_home_and_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="cannot be reached"):
        refresh(tmp_path / "prices", Sources(litellm="http://127.0.0.1:9/x"))
    with pytest.raises(InputError, match=r"nothing\.json: cannot be read"):
        refresh(tmp_path / "prices", Sources(openrouter=str(tmp_path / "nothing.json")))


def test_bad_prices_are_events_with_a_reason(tmp_path: Path) -> None:
    entry = {"litellm_provider": "x", "mode": "chat", "output_cost_per_token": 1e-6}
    models = {
        "nan": entry | {"input_cost_per_token": float("nan")},
        "words": entry | {"input_cost_per_token": "free of charge"},
        "below": entry | {"input_cost_per_token": -2e-6},
        "none": entry,
        "nought": entry | {"input_cost_per_token": 0},
    }
    (tmp_path / "map.json").write_text(json.dumps(models))
    report = refresh(tmp_path / "prices", Sources(litellm=str(tmp_path / "map.json")), at=day(0))
    status = {event.draft.model: event.status for event in report.events}
    assert [name for name in models if status[name] == "quarantined"] == ["nan", "words", "below"]
    assert refresh(tmp_path / "prices", Sources(litellm=str(tmp_path / "map.json"))).events == ()
