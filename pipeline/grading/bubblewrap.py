"""The bubblewrap command line: what a sandbox can see and do."""

import compileall
import functools
import shutil
import sys
import sysconfig
from pathlib import Path

TMPFS_BYTES = 64 << 20
INSIDE = Path(__file__).with_name("inside")
START = "import sys; sys.path.insert(0, '/opt'); from inside.runner import main; main()"


@functools.cache
def command() -> tuple[str, ...]:
    """The command that starts the runner; it still wants the number of its control descriptor."""
    # Without compiled files every start would compile the runner again: 30 ms.
    compileall.compile_dir(INSIDE, quiet=2)
    bwrap = shutil.which("bwrap") or "bwrap"
    return (
        *(bwrap, "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc"),
        *("--unshare-uts", "--unshare-cgroup", "--die-with-parent", "--new-session"),
        *("--as-pid-1",),
        *("--uid", "65534", "--gid", "65534", "--hostname", "sandbox", "--cap-drop", "ALL"),
        *_system_libraries(),
        *_python(),
        *("--ro-bind", str(INSIDE), "/opt/inside"),
        *(part for name in ("null", "zero", "urandom") for part in _device(name)),
        *("--size", str(TMPFS_BYTES), "--tmpfs", "/tmp"),
        *("--size", str(TMPFS_BYTES), "--tmpfs", "/work", "--chdir", "/work", "--remount-ro", "/"),
        *("--clearenv", "--setenv", "PATH", "/opt/python/bin", "--setenv", "HOME", "/work"),
        *("--setenv", "LANG", "C.UTF-8", "--setenv", "LD_LIBRARY_PATH", "/opt/python/lib"),
        # The environment is ours alone, so `-s -P` stand for `-I`, which would ignore the hash
        # seed.
        *("--setenv", "PYTHONHASHSEED", "0", "--"),
        *("/opt/python/bin/python3", "-s", "-P", "-S", "-B", "-X", "utf8", "-c", START),
    )


def _device(name: str) -> tuple[str, ...]:
    return ("--dev-bind", f"/dev/{name}", f"/dev/{name}")


def _system_libraries() -> list[str]:
    """Shared libraries of the system, whether /lib is a directory or a link into /usr."""
    parts = []
    for name in ("lib", "lib32", "lib64", "usr/lib", "usr/lib32", "usr/lib64"):
        path = Path("/", name)
        if path.is_symlink():
            parts += ["--symlink", str(path.readlink()), f"/{name}"]
        elif path.is_dir():
            parts += ["--ro-bind", str(path), f"/{name}"]
    return [*parts, "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]


def _python() -> list[str]:
    """The interpreter, its standard library and its shared library, under a neutral path."""
    base = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    binary = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    parts = ["--ro-bind", str(binary), "/opt/python/bin/python3"]
    for folder in dict.fromkeys(("lib", sys.platlibdir)):
        library = base / folder / version
        if not library.is_dir():
            continue
        parts += ["--ro-bind", str(library), f"/opt/python/{folder}/{version}"]
        for packages in ("site-packages", "dist-packages"):
            if (library / packages).is_dir():
                parts += ["--tmpfs", f"/opt/python/{folder}/{version}/{packages}"]
                parts += ["--remount-ro", f"/opt/python/{folder}/{version}/{packages}"]
    shared = sysconfig.get_config_var("INSTSONAME")
    if shared and (base / "lib" / shared).is_file():
        parts += ["--ro-bind", str(base / "lib" / shared), f"/opt/python/lib/{shared}"]
    return parts
