"""The system call filters, read by a little machine of our own: what they let through."""

import pytest

from pipeline.grading.inside import system_calls
from pipeline.grading.inside.system_calls import ARCHITECTURES, FIRST_ARGUMENT, Instruction, Rule

ALLOWED, DENIED, KILLED = 0x7FFF0000, 0x00050001, 0x80000000
FILTERS = [
    (False, system_calls.DENIED, system_calls.RULES),
    (True, system_calls.DENIED_TO_PROGRAMS, system_calls.RULES_FOR_PROGRAMS),
]


def interpret(
    program: list[Instruction], audit: int, number: int, arguments: dict[int, int]
) -> int:
    """A little classic-BPF machine, enough for the filters."""
    places = {FIRST_ARGUMENT + 8 * position: value for position, value in arguments.items()}
    data = {0: number, 4: audit} | places
    register, position = 0, 0
    while True:
        code, yes, no, operand = program[position]
        position += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            register = data.get(operand, 0)
        else:
            holds = {0x15: register == operand, 0x35: register >= operand, 0x45: register & operand}
            position += yes if holds[code] else no


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize(("for_programs", "denied", "rules"), FILTERS)
def test_the_filters_deny_each_listed_call_and_allow_others(
    machine: str,
    for_programs: bool,
    denied: dict[str, tuple[int | None, int | None]],
    rules: dict[str, Rule],
) -> None:
    audit, column = ARCHITECTURES[machine]
    program = system_calls.filter_program(machine, for_programs)
    for name, numbers in denied.items():
        number = numbers[column]
        if number is not None:
            assert interpret(program, audit, number, {}) == DENIED, name
    for rule in rules.values():
        number = rule.numbers[column]
        match = {rule.argument: rule.values[-1]}
        assert (interpret(program, audit, number, match) == ALLOWED) == rule.allowed
        other = {rule.argument: 0x71}
        assert (interpret(program, audit, number, other) == ALLOWED) != rule.allowed
    for number in (0, 1, 1000):
        assert interpret(program, audit, number, {}) == ALLOWED
    assert interpret(program, audit ^ 1, 0, {}) == KILLED
    assert interpret(program, audit, 0x40000000, {}) == KILLED


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_threads_are_allowed_and_processes_are_not(machine: str) -> None:
    audit, column = ARCHITECTURES[machine]
    program = system_calls.filter_program(machine, for_programs=True)
    clone = system_calls.RULES_FOR_PROGRAMS["clone"].numbers[column]
    thread = 0x3D0F00
    assert interpret(program, audit, clone, {0: thread}) == ALLOWED
    assert interpret(program, audit, clone, {0: 0x01200011}) == DENIED
    assert interpret(program, audit, 435, {}) >> 16 == 5


@pytest.mark.parametrize("column", [0, 1])
def test_no_number_is_listed_twice(column: int) -> None:
    tables = (system_calls.DENIED, system_calls.DENIED_TO_PROGRAMS)
    listed = [pair[column] for table in tables for pair in table.values()]
    listed += [rule.numbers[column] for _, _, rules in FILTERS for rule in rules.values()]
    numbers = [number for number in listed if number is not None]
    assert len(numbers) == len(set(numbers))


def test_names_are_those_of_the_kernel_where_its_headers_are_here() -> None:
    from pathlib import Path

    found = list(Path("/usr/include").glob("*/asm/unistd_64.h"))
    if not found:
        pytest.skip("no kernel headers")
    words = [line.split() for line in found[0].read_text().splitlines() if "__NR_" in line]
    known = {name.removeprefix("__NR_"): int(number) for _, name, number in words}
    for table in (system_calls.DENIED, system_calls.DENIED_TO_PROGRAMS):
        for name, (number, _) in table.items():
            assert known.get(name, number) == number, name
