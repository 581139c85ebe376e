"""System call filters: what a process may never ask the kernel for.

Model code gets no second process, no program to execute, no signal to anybody, no socket, no word
in how a neighbour is scheduled, and no way into its memory. Most of this nobody in the sandbox
needs: one filter forbids it to all. A short second one takes what is left, where it would cost more
to install all of it for each program. Numbers are from the Linux tables of x86_64 and aarch64.
"""

import ctypes
import errno
import functools
import os
import struct
from collections.abc import Callable
from typing import NamedTuple

# Audit architecture (linux/audit.h) and column of the table below.
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

DENIED: dict[str, tuple[int | None, int | None]] = {
    "execve": (59, 221),
    "execveat": (322, 281),
    "pidfd_getfd": (438, 438),
    "ptrace": (101, 117),
    "kcmp": (312, 272),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
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
    "fanotify_init": (300, 262),
    "syslog": (103, 116),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "memfd_secret": (447, 447),  # memory outside RLIMIT_AS, like the four below
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # Owner, mode, times and attributes: of device files, whose owner may be who runs us, too.
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "socket": (41, 198),
    "sendmsg": (46, 211),  # can leave file descriptors in flight, like the one below
    "sendmmsg": (307, 269),
}
# What only the processes that run no model code may do.
DENIED_TO_PROGRAMS: dict[str, tuple[int | None, int | None]] = {
    "fork": (57, None),
    "vfork": (58, None),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434),
    "memfd_create": (319, 279),  # memory outside RLIMIT_AS
}


class Rule(NamedTuple):
    """A system call of which one argument decides.

    Attributes:
        numbers: The call, by architecture.
        argument: Position of the argument.
        values: What it is compared with.
        allowed: A match is allowed and all else denied, or the other way round.
        bits: A match shares a bit with a value, instead of being equal to it.
    """

    numbers: tuple[int, int]
    argument: int
    values: tuple[int, ...]
    allowed: bool
    bits: bool = False


CLONE_THREAD = 0x10000
RULES = {
    # Limits of another process: only the own ones (pid 0) may be read or lowered.
    "prlimit": Rule((302, 261), 0, (0,), allowed=True),
    # Owner of a descriptor and its signal: a way to send any signal to any process.
    "fcntl": Rule((72, 25), 1, (8, 10, 15), allowed=False),
    "ioctl": Rule((16, 29), 1, (0x8901, 0x8902), allowed=False),
}
RULES_FOR_PROGRAMS = {
    "clone": Rule((56, 220), 0, (CLONE_THREAD,), allowed=True, bits=True),
    # Names of threads and of memory; all else, such as outliving the parent, is denied.
    "prctl": Rule((157, 167), 0, (15, 16, 0x53564D41), allowed=True),
}
CLONE3 = (435, 435)
X32_BIT = 0x40000000
FIRST_ARGUMENT = 16  # offset in struct seccomp_data

_LOAD, _JUMP_EQ, _JUMP_GE, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2

Instruction = tuple[int, int, int, int]


def filter_program(machine: str, for_programs: bool) -> list[Instruction]:
    """A filter as classic BPF instructions (code, jump if true, jump if false, operand).

    Args:
        machine: Architecture.
        for_programs: The second filter, instead of the first.

    Raises:
        KeyError: The architecture is not in the tables.
    """
    audit, column = ARCHITECTURES[machine]
    denied, rules = (DENIED_TO_PROGRAMS, RULES_FOR_PROGRAMS) if for_programs else (DENIED, RULES)
    numbers = sorted(n for n in (pair[column] for pair in denied.values()) if n is not None)
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
    for rule in rules.values():
        program += _decided_by_argument(rule, column)
    return [*program, (_RETURN, 0, 0, _ALLOW)]


def _decided_by_argument(rule: Rule, column: int) -> list[Instruction]:
    denied = _ERRNO | errno.EPERM
    match, other = (_ALLOW, denied) if rule.allowed else (denied, _ALLOW)
    jump, count = _JUMP_SET if rule.bits else _JUMP_EQ, len(rule.values)
    return [
        (_JUMP_EQ, 0, count + 3, rule.numbers[column]),
        (_LOAD, 0, 0, FIRST_ARGUMENT + 8 * rule.argument),
        *((jump, count - i, 0, value) for i, value in enumerate(rule.values)),
        (_RETURN, 0, 0, other),
        (_RETURN, 0, 0, match),
    ]


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def prepare() -> None:
    """Install the first filter, here and in all that is forked from here; ready the second one.

    Raises:
        OSError: The kernel refused it, or the architecture is unknown.
    """
    if ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(errno.EPERM, "the kernel refused to bar new privileges")
    _install(for_programs=False)
    _installer(for_programs=True)


@functools.cache
def _installer(for_programs: bool) -> Callable[[], int]:
    machine = os.uname().machine
    if machine not in ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no system call table for {machine}")
    program = filter_program(machine, for_programs)
    packed = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(packed, len(packed))
    header = _Filter(len(program), ctypes.cast(buffer, ctypes.c_void_p))
    prctl = ctypes.CDLL(None).prctl
    # The partial keeps the header alive, and the header its instructions.
    return functools.partial(prctl, _PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(header), 0, 0)


def _install(for_programs: bool) -> None:
    if _installer(for_programs)() != 0:
        raise OSError(errno.EPERM, "the kernel refused the system call filter")


def forbid_system_calls() -> None:
    """Install the second filter; there is no way back, for threads and children neither.

    Raises:
        OSError: The kernel refused it.
    """
    _install(for_programs=True)
