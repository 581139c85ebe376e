"""Takes rights away from the current process for good: resource limits and a system call filter.

Model code gets no second process, no program to execute, no signal to anybody, no socket and no way
into the memory of a neighbour. Numbers are from the Linux tables of x86_64 and aarch64.
"""

import ctypes
import errno
import math
import os
import resource
import struct

MEGABYTE = 1 << 20
STACK_BYTES = 64 * MEGABYTE
FILE_BYTES = 16 * MEGABYTE
OPEN_FILES = 64
PROCESSES = 64
# A verdict must not depend on how busy the machine is: processor time decides, the wall clock only
# ends a program that waits.
WALL_FACTOR = 3.0

# Audit architecture (linux/audit.h) and column of the table below.
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

DENIED: dict[str, tuple[int | None, int | None]] = {
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "setpriority": (141, 140),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "memfd_create": (319, 279),  # memory outside RLIMIT_AS, like the three below
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "socket": (41, 198),
}
CLONE = (56, 220)
CLONE3 = (435, 435)
PRLIMIT = (302, 261)
CLONE_THREAD = 0x10000
X32_BIT = 0x40000000
FIRST_ARGUMENT = 16  # offset in struct seccomp_data

_LOAD, _JUMP_EQ, _JUMP_GE, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2

Instruction = tuple[int, int, int, int]


def filter_program(machine: str) -> list[Instruction]:
    """The filter as classic BPF instructions (code, jump if true, jump if false, operand).

    Raises:
        KeyError: The architecture is not in the tables.
    """
    audit, column = ARCHITECTURES[machine]
    numbers = sorted(n for n in (pair[column] for pair in DENIED.values()) if n is not None)
    program: list[Instruction] = [
        (_LOAD, 0, 0, 4),
        (_JUMP_EQ, 1, 0, audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
        (_JUMP_GE, 0, 1, X32_BIT),
        (_RETURN, 0, 0, _KILL),
        # glibc falls back to clone, whose flags a filter can see.
        (_JUMP_EQ, 0, 1, CLONE3[column]),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
    ]
    for number in numbers:
        program += [(_JUMP_EQ, 0, 1, number), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    program += [
        (_JUMP_EQ, 0, 4, CLONE[column]),
        (_LOAD, 0, 0, FIRST_ARGUMENT),
        (_JUMP_SET, 0, 1, CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        # Limits of another process: only the own ones (pid 0) may be read or lowered.
        (_JUMP_EQ, 0, 3, PRLIMIT[column]),
        (_LOAD, 0, 0, FIRST_ARGUMENT),
        (_JUMP_EQ, 1, 0, 0),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return program


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def forbid_system_calls() -> None:
    """Install the filter; there is no way back, for threads and children neither.

    Raises:
        OSError: The kernel refused it, or the architecture is unknown.
    """
    machine = os.uname().machine
    if machine not in ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no system call table for {machine}")
    program = filter_program(machine)
    packed = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(packed, len(packed))
    header = _Filter(len(program), ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    if not done or libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(header), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refused the system call filter")


def limit_resources(seconds: float, memory_mb: int) -> None:
    """Bound processor time, memory, files and processes of this process.

    The kernel counts processor time in whole seconds; it sends SIGXCPU first and SIGKILL a second
    later.
    """
    cpu = math.ceil(seconds)
    hard_cpu = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard_cpu == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory_mb * MEGABYTE),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_NPROC, PROCESSES),
        (resource.RLIMIT_STACK, STACK_BYTES),
    ):
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
