"""Assembles the commands and turns errors into one line and an exit code."""

import errno
import json
import sys

import typer

from flows.cli import (
    build,
    catalog,
    chat,
    collect,
    decontaminate,
    doctor,
    evaluate,
    export,
    host,
    import_outcomes,
    load,
    publish,
    push,
    report,
    serve,
    sql,
    tier,
    train,
    whatif,
)

app = typer.Typer(
    name="xrouter",
    help="Build the data that trains cost-aware LLM routers, and ask what every decision cost.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Boxes and colours in help texts would cost as much time again as everything else.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("build")(build.build)
app.command("tier")(tier.tier)
app.command("decontaminate")(decontaminate.decontaminate)
app.command("import-outcomes")(import_outcomes.import_outcomes)
app.command("collect")(collect.collect)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("host")(host.host)
app.command("serve")(serve.serve)
app.add_typer(serve.keys, name="keys")
app.command("chat")(chat.chat)
app.command("load")(load.load)
app.command("sql")(sql.sql)
app.command("whatif")(whatif.whatif)
app.command("report")(report.report)
app.command("export")(export.export)
app.command("push")(push.push)
app.command("publish")(publish.publish)
app.add_typer(catalog.app, name="catalog")
app.command("doctor")(doctor.doctor)


def _fail(message: str, kind: str, code: int) -> None:
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"error": {"type": kind, "message": message}}) + "\n")
    sys.stderr.write(f"error: {message}\n")
    raise SystemExit(code)


def _os_error(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"{error.filename or 'output'}: no space left on the device; free some or choose "
            "another --out, then run the same command again: finished work is kept"
        )
    return str(error)


def main() -> None:
    """Entry point of the console script.

    Every error of ours carries an `exit_code`; anything else is a bug and keeps its traceback.
    """
    try:
        app()
    except KeyboardInterrupt:
        _fail("interrupted; run the same command again to go on", "KeyboardInterrupt", 130)
    except OSError as error:
        _fail(_os_error(error), type(error).__name__, 3)
    except Exception as error:
        code = getattr(error, "exit_code", None)
        if not isinstance(code, int):
            raise
        _fail(str(error), type(error).__name__, code)
