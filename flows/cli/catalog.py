"""`xrouter catalog`: which models at which price, and whether the list agrees with LiteLLM's."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Show and check the base list of models.", no_args_is_help=True)
Models = Annotated[Path | None, typer.Option(help="Your own models.toml.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
