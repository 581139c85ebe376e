"""Ports of this machine: one run has them at a time, and nobody else listens there."""

import contextlib
import socket
from collections.abc import Iterator, Sequence

from pipeline.errors import BusyError, MachineError
from pipeline.tiering.vllm.command import HOST


@contextlib.contextmanager
def reserved(ports: Sequence[int]) -> Iterator[None]:
    """Keep other runs off the ports, from before a server listens until after it has ended.

    The names stand for the ports in the same network namespace, and go with the process.

    Raises:
        BusyError: Another run has one of them.
        MachineError: Something else listens on one of them.
    """
    with contextlib.ExitStack() as held:
        for port in ports:
            name = held.enter_context(socket.socket(socket.AF_UNIX))
            try:
                name.bind(f"\0xrouter-vllm-{port}")
            except OSError as error:
                raise BusyError(
                    f"port {port}: another run starts its servers there; wait for it, or choose "
                    "another port"
                ) from error
            check_port(port)
        yield


def check_port(port: int) -> None:
    """See that nobody listens.

    vLLM shares its port (SO_REUSEPORT), so without this two servers would answer in turn.

    Raises:
        MachineError: Somebody does.
    """
    with socket.socket() as probe:
        # Connections of a server that has just ended must not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise MachineError(
                f"port {port} cannot be used ({error.strerror}); see what listens there "
                f"(`ss -ltnp 'sport = :{port}'`) or choose another port"
            ) from error
