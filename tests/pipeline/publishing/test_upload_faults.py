import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stubs.hub_repo import TOKEN, HubState
from stubs.publications import REPO, TARGET, sent

from pipeline.errors import (
    BusyError,
    InputError,
    IntegrityError,
    MachineError,
    SettingsError,
    XRouterError,
)
from pipeline.publishing import upload
from pipeline.publishing.hub import Hub
from pipeline.publishing.repository import Publication

# huggingface_hub uploads through an argument that httpx would rather have called by another name.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.mark.parametrize(
    "step", ["/commit/staging", "/tag/", "/commit/main", "PUT ", "/branch/", "resolve"]
)
@pytest.mark.parametrize("status", [500, 0])
def test_after_a_failure_anywhere_the_same_call_goes_on(
    hub: HubState, made: Publication, step: str, status: int
) -> None:
    hub.fail[step] = status
    with pytest.raises(MachineError, match=r"nothing is tagged|same command again"):
        sent(made)
    tags = dict(hub.repos[REPO].tags)
    assert not tags or step == "/commit/main"
    kept = [line for line in hub.asked if line.startswith("PUT ")] if step != "PUT " else []
    hub.fail.clear()
    hub.asked.clear()
    done = sent(made)
    assert hub.repos[REPO].tags == {done.tag: done.commit}
    assert hub.repos[REPO].branches.keys() == {"main", "staging"}
    again = [line for line in hub.asked if line.startswith("PUT ")]
    assert not (set(kept) & set(again)), "what was uploaded is not sent twice"


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, SettingsError, "HF_TOKEN"),
        (403, SettingsError, "right to write"),
        (404, InputError, "no such repository"),
        (409, BusyError, "somebody else"),
        (412, BusyError, "somebody else"),
        (429, MachineError, "asks to wait"),
        (500, MachineError, "the Hub failed"),
        (503, MachineError, "the Hub failed"),
        (400, InputError, "refused"),
        (0, MachineError, "could not be reached"),
    ],
)
@pytest.mark.parametrize("step", ["/commit/staging", "/tag/"])
def test_every_answer_of_the_hub_says_what_to_do(
    hub: HubState, made: Publication, status: int, kind: type[XRouterError], words: str, step: str
) -> None:
    hub.fail[step] = status
    with pytest.raises(kind, match=words) as error:
        sent(made)
    assert REPO in str(error.value)
    assert hub.repos[REPO].tags == {}


@pytest.mark.parametrize(
    ("token", "words"), [("", "401"), ("hf_wrong", "401"), ("hf_reads", "403")]
)
def test_a_token_that_is_missing_wrong_or_weak_is_named_and_not_shown(
    hub: HubState,
    made: Publication,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    token: str,
    words: str,
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    monkeypatch.setenv("HF_TOKEN", token)
    hub.tokens["hf_reads"] = False
    with pytest.raises(SettingsError, match=words) as error:
        sent(made)
    assert not token or token not in repr(error.value)
    assert hub.repos == {}


def test_the_token_is_in_no_log_and_no_error(
    hub: HubState, made: Publication, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    sent(made)
    hub.fail["/tag/"] = 500
    with pytest.raises(MachineError) as error:
        sent(made, TARGET._replace(tag="again"))
    out, err = capfd.readouterr()
    assert TOKEN not in caplog.text + out + err + repr(error.value) + repr(error.value.__cause__)


def test_no_network_is_said(
    made: Publication, monkeypatch: pytest.MonkeyPatch, hub: HubState
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(MachineError, match="could not be reached"):
        sent(made)


def test_what_arrives_changed_is_not_tagged(hub: HubState, made: Publication) -> None:
    hub.spoil = "data/rl/test-00000-of-00001.parquet"
    with pytest.raises(IntegrityError, match="arrives with other content"):
        sent(made)
    assert hub.repos[REPO].tags == {}
    assert hub.repos[REPO].commits[hub.repos[REPO].branches["main"]].keys() == {".gitattributes"}
    hub.spoil = None
    assert sent(made).tagged


def test_somebody_elses_commit_in_between_is_not_overwritten(
    hub: HubState, made: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Hub.commit

    def late(self: Hub, branch: str, parent: str, *rest: Any) -> str:
        repo = hub.repos[REPO]
        repo.branches[branch] = hub.commit(repo, {"README.md": hub.keep(b"theirs")})
        return real(self, branch, parent, *rest)

    monkeypatch.setattr(Hub, "commit", late)
    with pytest.raises(BusyError, match="somebody else"):
        sent(made)
    assert hub.repos[REPO].tags == {}


def test_two_at_once_end_with_one_tag(hub: HubState, made: Publication) -> None:
    outcomes: list[Any] = []

    def one() -> None:
        try:
            outcomes.append(sent(made))
        except XRouterError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed = [o for o in outcomes if isinstance(o, XRouterError)]
    assert all(isinstance(error, BusyError) for error in failed), outcomes
    done = sent(made)
    repo = hub.repos[REPO]
    assert list(repo.tags) == [done.tag]
    assert {
        n: d for n, d in repo.commits[done.commit].items() if n != ".gitattributes"
    } == made.files


def test_a_kill_before_the_tag_leaves_none_and_the_next_run_sets_it(
    hub: HubState, made: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> Iterator[None]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(upload, "verify", killed)
        with pytest.raises(KeyboardInterrupt):
            sent(made)
    assert hub.repos[REPO].tags == {}
    hub.asked.clear()
    done = sent(made)
    assert (done.committed, done.tagged) == (False, True)
    assert sum("GET" in line and "resolve" in line for line in hub.asked) == len(made.files)
