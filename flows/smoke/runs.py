"""Flow runs over the API: started, waited for, answered."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Completed, Running

from pipeline.errors import MachineError

RUN_SECONDS = 400.0
LOOK_SECONDS = 0.5


def start(client: SyncPrefectClient, deployment: str) -> UUID:
    """Start a run of `flow/deployment` with the parameters it was deployed with."""
    found = client.read_deployment_by_name(deployment)
    return client.create_flow_run_from_deployment(found.id).id


def runs_of(client: SyncPrefectClient, deployment: str) -> list[FlowRun]:
    """Every run of a deployment."""
    found = client.read_deployment_by_name(deployment)
    only = DeploymentFilter(id=DeploymentFilterId(any_=[found.id]))
    return client.read_flow_runs(deployment_filter=only)


def triggered(client: SyncPrefectClient, deployment: str) -> UUID:
    """Wait for a run that an event started, and no schedule.

    Raises:
        MachineError: There is none in time.
    """

    def look() -> UUID | None:
        made = [run for run in runs_of(client, deployment) if not run.auto_scheduled]
        return made[0].id if made else None

    started: UUID = wait(look, f"a run of {deployment} that an event started")
    return started


def ended(client: SyncPrefectClient, run: UUID, name: str) -> State[Any]:
    """Wait until a run has ended or waits for somebody, in the state of that name.

    Raises:
        MachineError: It has come to another state, or takes too long.
    """

    def look() -> State[Any] | None:
        state = client.read_flow_run(run).state
        return state if state and (state.is_final() or state.is_paused()) else None

    state: State[Any] = wait(look, f"the end of run {run}")
    if state.name != name:
        raise MachineError(f"run {run} is {state.name}, not {name}: {state.message}")
    return state


def answer(client: SyncPrefectClient, run: UUID, approve: bool) -> None:
    """Say yes or no to a run that waits for it.

    Raises:
        MachineError: The server refuses.
    """
    reply = client.resume_flow_run(run, run_input={"approve": approve, "comment": "smoke"})
    if reply.status.value != "ACCEPT":
        raise MachineError(f"run {run} cannot be resumed: {reply.details}")


def pretend_completed(client: SyncPrefectClient, deployment: str) -> None:
    """Complete a run without running it, so that the server tells of it as of any other."""
    run = start(client, deployment)
    states: tuple[State[Any], ...] = (Running(), Completed())
    for state in states:
        client.set_flow_run_state(run, state, force=True)


def wait(look: Callable[[], Any], what: str) -> Any:
    """Look until there is something.

    Raises:
        MachineError: There is nothing in time.
    """
    until = time.monotonic() + RUN_SECONDS
    while (found := look()) is None:
        if time.monotonic() > until:
            raise MachineError(f"waited {RUN_SECONDS:g} s for {what}")
        time.sleep(LOOK_SECONDS)
    return found
