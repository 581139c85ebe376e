"""The command `xrouter`: one module per command, heavy imports inside the functions."""

from flows.cli.app import main

__all__ = ["main"]
