"""Which weights a server has loaded: a name on the Hub or a folder comes in, a revision goes out.

Looks at the disk only, after the server has downloaded what it needs.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

COMMIT = re.compile(r"[0-9a-f]{40}")
DEFAULT_BRANCH = "main"
WHOLE_BYTES = 32 * 2**20
SAMPLE_BYTES = 2**20
SAMPLES = 16
DIGITS = 16
MODEL_FILES = {".json", ".jinja", ".model", ".safetensors", ".bin", ".txt"}


def loaded_revision(model: str, revision: str | None, environment: Mapping[str, str]) -> str:
    """Commit of a model on the Hub, or fingerprint of a folder.

    Args:
        model: As the server was told.
        revision: Likewise.
        environment: The server's; says where the Hub's cache is.

    Returns:
        A commit; `files-` and a hash for a folder; the branch or tag itself where the cache does
        not tell its commit.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return f"files-{fingerprint(folder)}"
    wanted = revision or DEFAULT_BRANCH
    if COMMIT.fullmatch(wanted):
        return wanted
    ref = hub_cache(environment) / f"models--{model.replace('/', '--')}" / "refs" / wanted
    try:
        return ref.read_text(encoding="utf-8").strip() or wanted
    except OSError:
        return wanted


def is_commit(revision: str) -> bool:
    """Whether a revision can never come to mean other weights."""
    return COMMIT.fullmatch(revision) is not None


def hub_cache(environment: Mapping[str, str]) -> Path:
    """The folder in which the Hub's client keeps models, as it finds it itself."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if environment.get(name):
            return Path(environment[name]).expanduser()
    base = environment.get("XDG_CACHE_HOME", "~/.cache")
    home = environment.get("HF_HOME", f"{base}/huggingface")
    return Path(home).expanduser() / "hub"


def fingerprint(folder: Path) -> str:
    """Hash of the files of a model; of large ones, of their size and of samples all over them.

    Hashing 65 GB takes minutes, and weights that differ do so nearly everywhere.
    """
    total = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.is_file() and p.suffix in MODEL_FILES):
        total.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        total.update(_digest(path))
    return total.hexdigest()[:DIGITS]


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    size = path.stat().st_size
    with path.open("rb") as handle:
        if size <= WHOLE_BYTES:
            digest.update(handle.read())
        else:
            for n in range(SAMPLES):
                handle.seek((size - SAMPLE_BYTES) * n // (SAMPLES - 1))
                digest.update(handle.read(SAMPLE_BYTES))
    return digest.digest()
