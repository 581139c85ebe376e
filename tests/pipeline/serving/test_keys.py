"""Keys, what they may do, and that nobody ever sees one."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from stubs.provider import Provider, Reply, tokens
from stubs.serving import Start, live, until

from pipeline.errors import InputError, SettingsError
from pipeline.serving.errors import ApiError
from pipeline.serving.keys import Key, load_keys, new_key
from pipeline.serving.quotas import DAY, Quotas


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.toml"


def test_a_key_is_made_once_and_kept_as_a_hash(file: Path) -> None:
    token = new_key(file, "ann", 60, 2.5)
    other = new_key(file, "bob", None, None)
    assert token not in file.read_text()
    assert token.rpartition("-")[2] not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ring = load_keys(file)
    found = ring.find(f"Bearer {token}")
    assert (found.id, found.requests_per_minute, found.usd_per_day) == ("ann", 60, 2.5)
    assert ring.find(f"bearer {other}").id == "bob"
    with pytest.raises(SettingsError, match="there is a key 'ann'"):
        new_key(file, "ann", None, None)
    with pytest.raises(SettingsError, match="id"):
        new_key(file, "Ann Smith", None, None)


@pytest.mark.parametrize(
    "wrong",
    ["", "Bearer ", "Bearer x", "Basic KEY", "KEY", "Bearer KEYx", "Bearer sk-xr-bob-SECRET"],
)
def test_a_wrong_key_is_refused(file: Path, wrong: str) -> None:
    token = new_key(file, "ann", None, None)
    new_key(file, "bob", None, None)
    shown = wrong.replace("KEY", token).replace("SECRET", token.rpartition("-")[2])
    with pytest.raises(ApiError) as refusal:
        load_keys(file).find(shown)
    assert refusal.value.status == 401
    assert token not in str(refusal.value.body())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "keys"),
        ("[[keys]]\nid = 'a'\nsha256 = 'sk-xr-plain-secret'\n", "sha256"),
        ("[[keys]\n", "not TOML"),
        (f"[[keys]]\nid = 'a'\nsha256 = '{'0' * 64}'\nlimit = 3\n", "limit"),
        (f"[[keys]]\nid = 'a'\nsha256 = '{'0' * 64}'\n" * 2, "twice"),
    ],
)
def test_a_broken_file_is_explained_without_its_values(file: Path, text: str, fault: str) -> None:
    file.write_text(text)
    with pytest.raises(InputError, match=fault) as error:
        load_keys(file)
    assert "secret" not in str(error.value)


class Clock:
    def __init__(self) -> None:
        self.now = 20_000.4 * DAY

    def __call__(self) -> float:
        return self.now


def key(**limits: Any) -> Key:
    return Key(id="ann", sha256="0" * 64, **limits)


def test_requests_are_counted_over_the_last_minute(tmp_path: Path) -> None:
    clock = Clock()
    quotas = Quotas(tmp_path / "spent.json", clock)
    ann = key(requests_per_minute=3)
    for _ in range(3):
        quotas.enter(ann)
        clock.now += 10
    with pytest.raises(ApiError) as refusal:
        quotas.enter(ann)
    assert refusal.value.headers()["retry-after"] == "30"
    clock.now += 30.1
    quotas.enter(ann)


def test_money_is_counted_over_the_day_and_outlives_a_restart(tmp_path: Path) -> None:
    clock, path, ann = Clock(), tmp_path / "spent.json", key(usd_per_day=1.0)
    quotas = Quotas(path, clock)
    assert quotas.reserve(ann, float("inf")) == 1.0
    quotas.charge("ann", 0.4)
    assert quotas.reserve(ann, 0.5) == 0.5
    assert quotas.reserve(ann, 0.5) == pytest.approx(0.1)
    with pytest.raises(ApiError):
        quotas.reserve(ann, 0.5)
    quotas.settle(ann, 0.5, 0.5)
    quotas.settle(ann, 0.5, 0.1)
    quotas.charge("ann", 0.7)
    quotas.save()
    again = Quotas(path, clock)
    with pytest.raises(ApiError) as refusal:
        again.reserve(ann, float("inf"))
    assert refusal.value.status == 429
    assert float(refusal.value.headers()["retry-after"]) == pytest.approx(0.6 * DAY, abs=2)
    clock.now += DAY
    assert again.reserve(ann, float("inf")) == 1.0
    assert Quotas(path, clock).reserve(ann, float("inf")) == 1.0


def test_broken_spending_is_not_taken_for_none(tmp_path: Path) -> None:
    path = tmp_path / "spent.json"
    path.write_text("{")
    with pytest.raises(InputError, match="remove it"):
        Quotas(path)


def test_keys_over_http(start: Start, provider: Provider, file: Path, tmp_path: Path) -> None:
    provider.answer = lambda body: Reply("blue", usage=tokens(1000, 1000))
    ann, bob = new_key(file, "ann", 2, None), new_key(file, "bob", None, 1e-6)
    running = start(live(provider), keys_file=file)
    assert running.ask().status_code == 401
    assert running.ask(**bearer("sk-xr-ann-" + "0" * 64)).status_code == 401
    assert running.http.get("/v1/models").status_code == 401
    assert running.http.get("/metrics").status_code == 401
    assert running.http.get("/ready").status_code == 200
    assert [running.ask(**bearer(ann)).status_code for _ in range(3)] == [200, 200, 429]
    late = running.ask(**bearer(ann))
    assert 1 <= int(late.headers["retry-after"]) <= 60
    # The worst case of the call is over the limit of the day: it is not made.
    dear = running.ask(**bearer(bob))
    assert (dear.status_code, dear.json()["error"]["code"]) == (429, "spend_limit_exceeded")
    assert 1 <= int(dear.headers["retry-after"]) <= DAY
    rows = running.rows()
    assert [row["api_key_id"] for row in rows] == ["ann", "ann", "bob"]
    assert json.loads((tmp_path / "out/serve-spending.json").read_text())["spent_usd"].keys() == {
        "ann"
    }


def test_a_key_that_is_taken_out_is_refused_without_a_restart(start: Start, file: Path) -> None:
    ann, bob = new_key(file, "ann", None, None), new_key(file, "bob", None, None)
    running = start(keys_file=file)
    assert running.ask(**bearer(bob)).status_code == 200
    kept = file.read_text().partition('[[keys]]\nid = "bob"')[0]
    file.write_text(kept)
    until(lambda: running.ask(**bearer(bob)).status_code == 401)
    file.write_text("broken")
    until(lambda: running.http.get("/ready").json()["notes"] != [])
    assert running.ask(**bearer(ann)).status_code == 200


def test_a_strict_limit_of_requests_keeps_the_day_strict(
    start: Start, provider: Provider, file: Path
) -> None:
    provider.answer = lambda body: Reply("blue", usage=tokens(10, 100), delay=0.2)
    limits = {"call_tokens": 100, "spend_usd": 0.001}
    token = new_key(file, "ann", None, 0.0025)
    running = start(live(provider, limits=limits), keys_file=file)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: running.ask(**bearer(token)), range(8)))
    assert {a.status_code for a in answers} <= {200, 429, 400}
    assert sum(r["total_cost_usd"] for r in running.rows()) <= 0.0025
