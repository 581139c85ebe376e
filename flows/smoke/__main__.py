"""Deploys everything to a Prefect of its own, plays it, and says how each step went."""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from flows.smoke.programs import POOL, Place, command, free_port, program, server, tail
from pipeline.errors import XRouterError

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

DEPLOYMENTS = Path(__file__).parents[1] / "prefect.yaml"
BEGAN = time.monotonic()


def say(text: str) -> None:
    """One line, with the seconds since the start."""
    sys.stdout.write(f"{time.monotonic() - BEGAN:6.1f} s  {text}\n")
    sys.stdout.flush()


def deploy(place: Place) -> None:
    """The two commands of the page beside `prefect.yaml`."""
    command(place, "prefect", "work-pool", "create", "--type", "process", POOL)
    command(place, "prefect", "--no-prompt", "deploy", "--prefect-file", str(DEPLOYMENTS), "--all")


def decide(place: Place) -> None:
    """One decision of the router, for the ledger to have something."""
    words = ("xrouter", "chat", "Why is the sky blue?", "--out", "xrouter-data", "--json")
    command(place, *words, cwd=place.home)


def play(client: "SyncPrefectClient", place: Place) -> None:
    """What a worker runs: build, load, pages, and what hangs on events and on a person's word."""
    from flows.smoke import checks, runs

    build = runs.start(client, "build-dataset/build")
    training = runs.start(client, "train-router/training")
    decide(place)
    runs.ended(client, training, "Suspended")
    say("training: waits for a person, who says no")
    runs.answer(client, training, approve=False)
    runs.ended(client, build, "Completed")
    say(f"build: {checks.built(place.home)}")
    ledger = runs.start(client, "load-warehouse/ledger")
    publication = runs.triggered(client, "publish-dataset/publication")
    runs.ended(client, ledger, "Completed")
    say(f"ledger: {checks.loaded(place.home)}")
    pages = runs.start(client, "report/pages")
    runs.ended(client, publication, "Suspended")
    say("publication: started by the build, waits for a person, who says yes")
    runs.answer(client, publication, approve=True)
    runs.ended(client, pages, "Completed")
    say(f"pages: {checks.pages(client, place.home)}")
    runs.ended(client, publication, "Completed")
    say(f"publication: {checks.published(place.home)}")
    added = ("xrouter.problems.added", "--resource-id", "xrouter.problems")
    command(place, "prefect", "event", "emit", *added)
    runs.ended(client, runs.triggered(client, "tier-problems/tiers"), "NothingNew")
    say("tiers: started by an event, saw nothing new")
    runs.ended(client, training, "Declined")
    say("training: declined")


def smoke(root: Path) -> None:
    """Everything, in order.

    Raises:
        XRouterError: Something is not as it must be.
    """
    place = Place(root, free_port())
    place.home.mkdir()
    with server(place):
        say(f"server at {place.api}")
        deploy(place)
        os.environ.update(place.environment())
        # Prefect reads its variables when it is imported.
        from prefect.client.orchestration import get_client

        from flows.smoke import checks, runs

        with get_client(sync_client=True) as client:
            declared = yaml.safe_load(DEPLOYMENTS.read_text())["deployments"]
            say(f"deployed: {checks.deployed(client, declared)}")
            with program(place, "worker", "prefect", "worker", "start", "--pool", POOL) as log:
                try:
                    play(client, place)
                except XRouterError:
                    say(f"the worker's last words:\n{tail(log)}")
                    raise
            runs.pretend_completed(client, "train-router/training")
            runs.triggered(client, "evaluate-router/evaluation")
            say("evaluation: started by the end of training")


def main() -> int:
    """Run it in a folder that goes with it; returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="xrouter-smoke-") as folder:
        try:
            smoke(Path(folder))
        except XRouterError as error:
            say(f"FAILED: {error}")
            return error.exit_code
    say("all of it works")
    return 0


if __name__ == "__main__":
    sys.exit(main())
