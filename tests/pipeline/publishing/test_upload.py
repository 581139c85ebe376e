import shutil
from pathlib import Path

import pytest
from stubs.hub_repo import HubState
from stubs.publications import REPO, TARGET, sent

from pipeline.accounting import Silent
from pipeline.errors import SettingsError
from pipeline.io import sha256_file
from pipeline.publishing.hub import Hub
from pipeline.publishing.repository import Publication
from pipeline.publishing.upload import Sent, differs, send

# huggingface_hub uploads through an argument that httpx would rather have called by another name.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def other(made: Publication, tmp_path: Path) -> Publication:
    """The same data with a changed card."""
    shutil.copytree(made.root, tmp_path / "other")
    card = tmp_path / "other" / "README.md"
    card.write_text(card.read_text() + "\nMore.\n")
    files = made.files | {"README.md": sha256_file(card)}
    return made._replace(root=tmp_path / "other", content_hash="f" * 64, files=files)


def test_a_new_repository_gets_a_verified_commit_a_tag_and_main(
    hub: HubState, made: Publication
) -> None:
    assert differs(Hub(REPO), made, TARGET)
    assert hub.wrote() == []
    done = sent(made)
    repo = hub.repos[REPO]
    assert done == Sent(
        repo.branches["staging"], f"data-{made.content_hash[:12]}", True, True, True
    )
    assert repo.tags == {done.tag: done.commit}
    for commit in repo.branches.values():
        files = {n: d for n, d in repo.commits[commit].items() if n != ".gitattributes"}
        assert files == made.files
    order = [
        line for line in hub.asked if "resolve" in line or "/tag/" in line or "/commit/" in line
    ]
    verified = [i for i, line in enumerate(order) if line.startswith("GET")]
    tagged = order.index(f"POST /api/datasets/{REPO}/tag/{done.commit}")
    assert len(verified) == len(made.files)
    assert max(verified) < tagged < order.index(f"POST /api/datasets/{REPO}/commit/main")


def test_equal_content_is_not_committed_again(hub: HubState, made: Publication) -> None:
    first = sent(made)
    hub.asked.clear()
    again = sent(made)
    assert again == Sent(first.commit, first.tag, False, False, False)
    assert hub.wrote() == []
    assert not differs(Hub(REPO), made, TARGET)
    assert len(hub.repos[REPO].commits) == 3


def test_new_content_sends_only_what_changed_and_removes_what_is_gone(
    hub: HubState, made: Publication, other: Publication
) -> None:
    first = sent(made)
    gone = "data/prices/train-00000-of-00001.parquet"
    smaller = other._replace(files={n: d for n, d in other.files.items() if n != gone})
    hub.asked.clear()
    second = sent(smaller)
    assert second.commit != first.commit
    assert not [line for line in hub.asked if line.startswith("PUT")]
    files = hub.repos[REPO].commits[second.commit]
    assert gone not in files
    assert files["README.md"] == other.files["README.md"]
    assert set(hub.repos[REPO].tags) == {first.tag, second.tag}


def test_without_promotion_main_stays_as_it_was(hub: HubState, made: Publication) -> None:
    hub.create(REPO)
    before = hub.repos[REPO].branches["main"]
    done = sent(made, TARGET._replace(promote=False, branch="v2", tag="v2.0"))
    assert hub.repos[REPO].branches == {"main": before, "v2": done.commit}
    assert hub.repos[REPO].tags == {"v2.0": done.commit}
    straight = sent(made, TARGET._replace(branch="main"))
    assert hub.repos[REPO].branches["main"] == straight.commit


def test_files_of_others_are_left_alone_and_foreign_datasets_untouched(
    hub: HubState, made: Publication
) -> None:
    repo = hub.create(REPO)
    repo.branches["main"] = hub.commit(
        repo, {"LICENSE": hub.keep(b"mine"), "README.md": hub.keep(b"x")}
    )
    sent(made)
    assert repo.commits[repo.branches["main"]]["LICENSE"] == hub.keep(b"mine")
    other = hub.repos["org/other"] = type(repo)()
    other.branches["main"] = hub.commit(other, {"data/a.parquet": hub.keep(b"theirs")})
    with pytest.raises(SettingsError, match="another dataset"):
        send(Hub("org/other"), made, TARGET, Silent())
    assert len(other.commits) == 1


def test_a_tag_is_never_moved(hub: HubState, made: Publication, other: Publication) -> None:
    first = sent(made, TARGET._replace(tag="v1"))
    for call in (
        lambda: sent(other, TARGET._replace(tag="v1")),
        lambda: differs(Hub(REPO), other, TARGET._replace(tag="v1")),
    ):
        with pytest.raises(SettingsError, match="tag v1 has other content"):
            call()
    assert hub.repos[REPO].tags == {"v1": first.commit}
    assert hub.repos[REPO].branches["staging"] == first.commit


def test_private_means_private(hub: HubState, made: Publication) -> None:
    sent(made, TARGET._replace(private=True))
    assert hub.repos[REPO].private
    hub.create("org/open")
    with pytest.raises(SettingsError, match="is public"):
        send(Hub("org/open"), made, TARGET._replace(private=True), Silent())
    assert len(hub.repos["org/open"].commits) == 1


@pytest.mark.parametrize("name", ["routes", "a/b/c", "org/", "-/x", "org/a--b", "org/na me"])
def test_names_that_the_hub_has_not_are_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="ORG/NAME"):
        Hub(name)


def test_a_loaded_dataset_comes_from_the_tag(
    hub: HubState, made: Publication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    import datasets.config

    done = sent(made)
    api = Hub(REPO)._api
    path = api.snapshot_download(
        REPO, repo_type="dataset", revision=done.tag, cache_dir=tmp_path / "hub"
    )
    rows = datasets.load_dataset(path, "rl", split="test", cache_dir=str(tmp_path / "cache"))
    assert rows.num_rows == made.splits["rl"]["test"]
