"""`python -m schemas.page` writes README.md beside it: every table, column by column.

The page is made of the schemas alone: what is not said there cannot be read here.
"""

import inspect
import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import dataframely as dy
import polars as pl
import pyarrow as pa
from pydantic import BaseModel

import schemas

PAGE = Path(__file__).with_name("README.md")
HEAD = """# Data contracts

Every table that one part of the project hands to another, made from the modules of `schemas/` by
`python -m schemas.page`; a test compares. Files are parquet, zstd-compressed, sorted by key. Money
is USD, prices are USD per million tokens, times are UTC. A key is marked `*`; `?` means that a
value may be missing. In Arrow schemas (tables without a `*`) the text says so.
"""


def modules() -> Iterator[ModuleType]:
    """The modules of the package, in order of name."""
    for found in sorted(pkgutil.iter_modules(schemas.__path__), key=lambda each: each.name):
        if found.name not in ("columns", "page"):
            yield import_module(f"schemas.{found.name}")


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for module in modules():
        tables = list(_tables(module))
        if tables:
            parts += [f"## {module.__name__}\n\n{inspect.getdoc(module)}\n", *tables]
    return "\n".join(parts)


def _tables(module: ModuleType) -> Iterator[str]:
    for name, value in vars(module).items():
        if isinstance(value, type) and value.__module__ == module.__name__:
            if issubclass(value, dy.Schema):
                yield _table(name, inspect.getdoc(value), map(_frame_row, value.columns().values()))
            elif issubclass(value, BaseModel):
                yield _table(name, inspect.getdoc(value), _model_rows(value))
        elif isinstance(value, pa.Schema):
            yield _table(name, None, map(_arrow_row, value))


def _table(name: str, says: str | None, rows: Iterator[tuple[str, str, str]]) -> str:
    lines = [
        f"### {name}",
        "",
        *([says, ""] if says else []),
        "| column | type | what |",
        "|---|---|---|",
    ]
    lines += [f"| {' | '.join(_cell(part) for part in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _frame_row(column: dy.Column) -> tuple[str, str, str]:
    kind = f"{_polars(column.dtype)}{'?' if column.nullable else ''}"
    checks = list(column.check) if isinstance(column.check, dict) else []
    pattern = getattr(column, "regex", None)
    said = [column.description or "", *checks, _range(column), f"`{pattern}`" if pattern else ""]
    return (
        f"`{column.name}`{'*' if column.primary_key else ''}",
        kind,
        "; ".join(filter(None, said)),
    )


def _range(column: dy.Column) -> str:
    least, most = (getattr(column, side, None) for side in ("min", "max"))
    if least is None and most is None:
        return ""
    return f"at least {least}" if most is None else f"{least} to {most}"


def _polars(kind: pl.DataType) -> str:
    if isinstance(kind, pl.List):
        return f"list of {_polars(kind.inner)}"  # type: ignore[arg-type]
    if isinstance(kind, pl.Struct):
        inner = (f"{field.name}: {_polars(field.dtype)}" for field in kind.fields)  # type: ignore[arg-type]
        return f"{{{', '.join(inner)}}}"
    return str(kind).partition("(")[0].lower()


def _arrow_row(field: pa.Field) -> tuple[str, str, str]:
    doc = (field.metadata or {}).get(b"doc", b"").decode()
    return f"`{field.name}`", _arrow(field.type), doc


def _arrow(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_arrow(kind.value_type)}"
    if pa.types.is_struct(kind):
        return f"{{{', '.join(f'{field.name}: {_arrow(field.type)}' for field in kind)}}}"
    return str(kind)


def _model_rows(model: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        kind = inspect.formatannotation(field.annotation)
        yield f"`{name}`", f"`{kind}`", field.description or ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
