"""The rules of the house that no linter knows: sizes, docstrings, what may not stand in a tree."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(
    path
    for package in ("schemas", "pipeline", "warehouse", "flows", "tests")
    for path in (ROOT / package).rglob("*.py")
)


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 300, "split the file"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 60, f"split {node.name}"


@pytest.mark.parametrize("path", [p for p in SOURCES if "tests" not in p.parts], ids=ids)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / line for line in listing.stdout.splitlines() if (ROOT / line).exists()]


def test_no_home_directories_or_lock_files_are_tracked() -> None:
    home = re.compile(r"/(?:home|Users|root)/\w")
    for path in tracked():
        assert path.name not in {"uv.lock", "poetry.lock", "package-lock.json"}
        if path.suffix in {".py", ".md", ".toml", ".sql", ".yaml", ".html"}:
            found = home.search(path.read_text(errors="replace"))
            assert found is None or path == Path(__file__).resolve(), f"{path}: {found}"


def test_readme_is_short_and_its_tree_is_real() -> None:
    text = (ROOT / "README.md").read_text()
    assert text.count("\n") <= 150
    for name in set(re.findall(r"`((?:pipeline|flows|schemas|warehouse|tests)/[\w./-]+)`", text)):
        assert (ROOT / name).exists(), f"README names {name}"
