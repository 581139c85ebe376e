"""Every error of the pipeline, grouped by who must act.

A message names the thing, the value seen and the fix. A bad row or a failed provider call is not an
error but data: a reject or a verdict.
"""


class XRouterError(Exception):
    """Base class; the command line prints the message and exits with `exit_code`."""

    exit_code = 1


class InputError(XRouterError):
    """The user's data must change: a missing file, a missing column, a wrong type."""

    exit_code = 2


class SettingsError(XRouterError):
    """The user's settings must change: an unknown name, a value out of range."""

    exit_code = 2


class MachineError(XRouterError):
    """The machine must change: no sandbox, no space, a missing program."""

    exit_code = 3


class BusyError(XRouterError):
    """Somebody else is at work on the same thing: wait, or choose another directory."""

    exit_code = 4


class IntegrityError(XRouterError):
    """Our own output contradicts itself: a bug to report, never to work around."""

    exit_code = 5
