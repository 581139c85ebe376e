"""The ledger where things go wrong: kill -9, two writers, broken files, full disks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from stubs import ledger_writers

from pipeline.errors import InputError, MachineError
from pipeline.tiering.measured.ledger import Identity, Ledger, Sample, judge_key, request_key

WRITERS = Path(ledger_writers.__file__)
SIZES = {"tiny": "32k", "small": "600k", "locked": "600k"}
UNSHARE = ("unshare", "--map-root-user", "--mount", "sh", "-c")


def run(*arguments: object, mounts: str | None = None) -> list[str]:
    """Run the writers; returns the lines that they printed."""
    command = [sys.executable, str(WRITERS), *map(str, arguments)]
    shell = [] if mounts is None else [*UNSHARE, f'{mounts} && exec "$@"', "sh"]
    done = subprocess.run(
        [*shell, *command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def key(n: int) -> bytes:
    return request_key(str(n), Identity("m", None, "bf16", {}))


def test_a_killed_writer_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    acknowledged = int(run("killed", path)[0])
    assert acknowledged > 30
    with Ledger(path) as ledger:
        for n in range(acknowledged):
            assert ledger.sample(key(n), 0).text.startswith(f"{n} "), n


def test_two_writers_at_once(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.sqlite" for n in range(3)]
    for path, line in zip(paths, run("together", *paths), strict=True):
        kept = [int(count) for count in line.split()]
        assert sum(kept) == 300
        with Ledger(path) as ledger:
            texts = [ledger.sample(key(n), 0).text for n in range(300)]
        assert [texts.count("a" * 500), texts.count("b" * 500)] == kept


@pytest.mark.parametrize("content", [b"PAR1" * 1000, b"not a database, but long enough " * 50])
def test_a_file_of_another_kind(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"not a readable ledger .*; restore a copy, or name"):
        Ledger(path)
    assert path.read_bytes() == content


def test_a_truncated_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        for n in range(200):
            text = os.urandom(999).hex()
            ledger.add(key(n), 0, Sample(text, None, 1, 1, 1.0, None, "vllm", None))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    def read_all() -> None:
        with Ledger(path) as ledger:
            for n in range(200):
                ledger.entries(key(n), judge_key("math"))
                ledger.sample(key(n), 0)

    with pytest.raises(InputError, match="not a readable ledger"):
        read_all()


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="the ledger cannot be used"):
        Ledger(tmp_path)


def test_full_and_read_only_disks(tmp_path: Path) -> None:
    """Real ones: small file systems in a mount namespace of their own."""
    disks = [tmp_path / name for name in SIZES]
    for disk in disks:
        disk.mkdir()
    sized = zip(disks, SIZES.values(), strict=True)
    mounts = " && ".join(f"mount -t tmpfs -o size={size} none {disk}" for disk, size in sized)
    trial = [*UNSHARE, mounts]
    if shutil.which("unshare") is None or subprocess.run(trial, check=False).returncode:
        pytest.skip("no mount namespace can be had here: a full disk cannot be tried")
    with Ledger(tmp_path / "ledger.sqlite"):
        pass
    mounts += f" && cp {tmp_path}/ledger.sqlite {disks[2]} && mount -o remount,ro {disks[2]}"
    lines = run("fill", *(disk / "ledger.sqlite" for disk in disks), mounts=mounts)
    for disk, line in zip(disks, lines, strict=True):
        assert f"MachineError {disk}/ledger.sqlite: " in line
    assert all("no space left on the device" in line for line in lines[:2]), lines
    assert int(lines[1].split()[0]) > 20
    assert "the ledger cannot be used" in lines[2]
    assert "can be read and written" in lines[2]
