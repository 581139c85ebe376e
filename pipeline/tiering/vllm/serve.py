"""The servers of a run: settings come in, URLs of ready replicas go out; all end with the block.

with serve(settings, logs) as served:
    ...  # POST to f"{url}/chat/completions" for url in served.urls
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import MachineError
from pipeline.interpreters import find_interpreter
from pipeline.settings import VllmSettings
from pipeline.tiering.vllm import health
from pipeline.tiering.vllm.command import Launch, plan_launches, served_name
from pipeline.tiering.vllm.interpreter import HOW, PACKAGE, check_interpreter
from pipeline.tiering.vllm.plan import plan
from pipeline.tiering.vllm.ports import reserved
from pipeline.tiering.vllm.profiles import Profile
from pipeline.tiering.vllm.replica import Replica
from pipeline.tiering.vllm.revision import is_commit, loaded_revision
from pipeline.tiering.vllm.supervisor import Supervisor


class Served(NamedTuple):
    """Replicas that answer, and what an answer of theirs is: part of the key of a sample."""

    urls: tuple[str, ...]
    engine_version: str
    dtype: str
    model: str
    revision: str
    profile: Profile
    supervisor: Supervisor


@contextlib.contextmanager
def serve(settings: VllmSettings, logs: Path) -> Iterator[Served]:
    """Start the servers, wait until all are ready, watch over them, and end them.

    They end with this process, too, however it dies.

    Args:
        settings: What to start.
        logs: Folder for `replica-N.log`, which later runs continue.

    Raises:
        SettingsError: The profile is unknown, or `args` say what the profile says.
        InputError: The profiles file is wrong.
        MachineError: A server cannot be started; the message holds the end of its log.
        BusyError: Another run has servers on the same ports.
    """
    planned = plan(settings)
    python = find_interpreter(settings.python, PACKAGE, HOW)
    logs = logs.absolute()
    logs.mkdir(parents=True, exist_ok=True)
    launches = plan_launches(settings, planned.profile, python, planned.groups, logs)
    check_interpreter(python, launches[0].environment)
    replicas = [Replica(launch, settings) for launch in launches]
    supervisor = Supervisor(replicas, settings)
    with reserved([launch.port for launch in launches]):
        try:
            supervisor.start()
            served = _served(settings, planned.profile, launches, supervisor)
            for replica in replicas:
                if is_commit(served.revision):
                    replica.pin(served.revision)
            supervisor.watch()
            yield served
        finally:
            supervisor.stop()


def _served(
    settings: VllmSettings, profile: Profile, launches: Sequence[Launch], supervisor: Supervisor
) -> Served:
    model = served_name(settings.model)
    seen = [health.about(launch.port) for launch in launches]
    for launch, about in zip(launches, seen, strict=True):
        if model not in about.models or about.version != seen[0].version:
            raise MachineError(
                f"port {launch.port} serves {', '.join(about.models)} with vLLM {about.version}, "
                f"not {model} with {seen[0].version}; see what listens there, or choose another "
                "port"
            )
    return Served(
        urls=tuple(health.base_url(launch.port) for launch in launches),
        engine_version=seen[0].version,
        dtype=profile.precision,
        model=model,
        revision=loaded_revision(settings.model, settings.revision, launches[0].environment),
        profile=profile,
        supervisor=supervisor,
    )
