"""Publishing as a flow: a directory is written once, and a declined run sends nothing."""

import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("prefect", reason="needs the extra `flows`")


@pytest.fixture(scope="module")
def build(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(built / "xrouter-data", tmp_path_factory.mktemp("own") / "data"))


def test_a_directory_is_written_once(server: None, build: Path, tmp_path: Path) -> None:
    from prefect.client.orchestration import get_client

    from flows.publish_dataset import publish_dataset

    plan, settings = {"to": str(tmp_path / "hub")}, {"out": str(build)}
    result = publish_dataset(plan, settings, approval=False)
    assert result.changed
    assert (tmp_path / "hub" / "README.md").is_file()
    state = publish_dataset(plan, settings, approval=False, return_state=True)
    assert state.name == "Unchanged"
    with get_client(sync_client=True) as client:
        (shown, *_) = [a for a in client.read_artifacts() if a.key == "publication"]
    assert result.content_hash[:16] in str(shown.data)


@pytest.mark.parametrize("approve", [True, False])
def test_an_answer_holds_for_what_was_asked(
    server: None, build: Path, tmp_path: Path, approve: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Prefect does with a question is the smoke run's to show; here, what we do with one."""
    from flows import approval
    from flows.publish_dataset import publish_dataset

    asked: list[str] = []

    def answer(wait_for_input: Any, key: str, timeout: int) -> Any:
        asked.append(key)
        return wait_for_input(approve=approve, comment="seen")

    monkeypatch.setattr(approval, "suspend_flow_run", answer)
    state = publish_dataset({"to": str(tmp_path / "hub")}, {"out": str(build)}, return_state=True)
    assert len(asked) == 1
    assert asked[0].startswith("publication-")
    assert (tmp_path / "hub").exists() == approve
    assert state.name == ("Completed" if approve else "Declined")
    if not approve:
        assert "declined: seen" in str(state.message)


def test_without_a_deployment_there_is_nobody_to_ask(
    server: None, build: Path, tmp_path: Path
) -> None:
    from flows.publish_dataset import publish_dataset

    with pytest.raises(RuntimeError, match="without a deployment"):
        publish_dataset({"to": str(tmp_path / "hub")}, {"out": str(build)})
    assert not (tmp_path / "hub").exists()
