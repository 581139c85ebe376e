"""Runs the server: where it listens, and how it comes to an end."""

import asyncio
import contextlib
import gc
import ipaddress
import signal
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pipeline.errors import MachineError, SettingsError
from pipeline.serve_settings import ServeSettings
from pipeline.serving.lines import log_to_stderr
from pipeline.settings import Settings

if TYPE_CHECKING:
    from uvicorn import Server

    from pipeline.serving.service import Service

BACKLOG = 2048
# For what was broken off to be written down and told.
LAST_SECONDS = 2.0


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until told to stop.

    Args:
        settings: Of the server and of its router.
        announce: Told the address once it listens.

    Raises:
        SettingsError: A setting cannot be used.
        MachineError: The port is taken, the ledger cannot be written, or a package is missing.
    """
    try:
        import fastapi  # noqa: F401
        import orjson  # noqa: F401
        import prometheus_client  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        message = f"{error.name} is not installed; get it with: pip install 'xrouter[serve]'"
        raise MachineError(message) from error
    check_bind(settings.serve)
    log_to_stderr()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve_here(settings, announce, lambda *_: _spare_collections()))


async def serve_here(
    settings: Settings,
    announce: Callable[[str], None],
    begun: "Callable[[Server, Service], None] | None" = None,
) -> None:
    """Serve in this event loop.

    Args:
        settings: As of `serve`.
        announce: Likewise.
        begun: Told what to stop it with, by whoever cannot send a signal.

    Raises:
        SettingsError: As `serve`.
        MachineError: Likewise.
    """
    import uvicorn

    from pipeline.serving.app import make_app
    from pipeline.serving.service import open_service

    chosen = settings.serve
    with _listening(chosen) as listener:
        async with open_service(settings) as service:
            config = uvicorn.Config(
                make_app(service), access_log=False, log_config=None, lifespan="off", ws="none",
                server_header=False, backlog=BACKLOG,
                timeout_graceful_shutdown=max(1, round(chosen.drain_seconds)),
            )  # fmt: skip
            server = _server(config, service)
            if begun is not None:
                begun(server, service)
            announce(_address(listener))
            await server.serve(sockets=[listener])
            service.draining = True
            await service.drained(LAST_SECONDS)


def _server(config: Any, service: "Service") -> "Server":
    """A server that leaves the books to be closed when it was told to stop."""
    import uvicorn

    class Stopping(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            # uvicorn's own sends the signal again at the end, before anything is written.
            loop = asyncio.get_running_loop()
            taken = []
            for number in (signal.SIGINT, signal.SIGTERM):
                with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                    loop.add_signal_handler(number, self.handle_exit, number, None)
                    taken.append(number)
            try:
                yield
            finally:
                # A late signal must not break off the closing of the books.
                for number in taken:
                    loop.add_signal_handler(number, lambda: None)

        def handle_exit(self, sig: int, frame: Any) -> None:
            service.draining = True
            super().handle_exit(sig, frame)

    return Stopping(config)


def check_bind(chosen: ServeSettings) -> None:
    """Refuse to let the world in without keys.

    Raises:
        SettingsError: The address is not of this machine alone, and there are no keys.
    """
    if chosen.keys_file is None and not is_loopback(chosen.host):
        raise SettingsError(
            f"--host {chosen.host} is open to others, and there are no keys: make one with "
            "`xrouter keys new ID --keys FILE` and serve with --keys FILE, or bind to 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def _listening(chosen: ServeSettings) -> Iterator[socket.socket]:
    with contextlib.ExitStack() as stack:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                chosen.host.strip("[]"), chosen.port, type=socket.SOCK_STREAM
            )[0]
            made = stack.enter_context(socket.socket(family, kind, protocol))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(address)
            made.listen(BACKLOG)
            made.setblocking(False)
        except OSError as error:
            raise MachineError(
                f"cannot listen at {chosen.host}:{chosen.port} ({error.strerror or error}); choose "
                "another --port, or stop what holds it"
            ) from error
        yield made


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The fastest loop there is; None: Python's own."""
    with contextlib.suppress(ImportError):
        import uvloop

        return uvloop.new_event_loop
    return None


def _spare_collections() -> None:
    """Look for cycles less often, and never among what was there at the start.

    Episodes wait for the ledger by the thousand, and looking through all of them again and again
    doubled the slowest hundredth of answers (tests/benchmarks/serving.py).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
