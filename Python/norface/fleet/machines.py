"""The machines that cameras are divided over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import keys, values
from .errors import USAGE, Failure
from .tables import Problems, read_table

# What a daemon's `limits.max_sources` takes.
MOST_SOURCES = 1024


@dataclass(frozen=True)
class Machine:
    """A machine with one daemon.

    Attributes:
        name: of its folder.
        cores: hardware threads.
        site: takes cameras of this site only; None takes all.
        memory: GiB, or None where it is not looked at.
        max_sources: most cameras.
    """

    name: str
    cores: float
    site: str | None = None
    memory: float | None = None
    max_sources: int = MOST_SOURCES


def machines_of(text: str, cores: float) -> list[Machine]:
    """`--machines`: a number of machines that are alike, or a file that lists them.

    Raises:
        Failure: it is neither.
    """
    if text.isdigit():
        count = int(text)
        if not 1 <= count <= 100_000:
            raise Failure(USAGE, f"--machines {text}: from 1 to 100000 are expected")
        # Names sort as their numbers, and stay when others are added.
        return [Machine(f"machine-{number:03}", cores) for number in range(1, count + 1)]
    path = Path(text)
    problems = Problems(path)
    rows, columns = read_table(path, "machines", problems)
    for name, line in columns.items():
        if name not in keys.MACHINE:
            problems.add(line, keys.unknown(name, keys.MACHINE))
    found: dict[str, tuple[int, Machine]] = {}
    readers: dict[str, Callable[[Any], Any]] = {
        "name": values.name,
        "cores": lambda value: values.number(value, 0.1, 4096),
        "site": str,
        "memory": lambda value: values.number(value, 0.1, 65536),
        "max_sources": lambda value: int(values.number(value, 1, MOST_SOURCES)),
    }
    for row in rows:
        told: dict[str, Any] = {"cores": cores}
        for key, value in row.values.items():
            if key in readers:
                try:
                    told[key] = readers[key](value)
                except ValueError as error:
                    problems.add(row.line, f"{key}: {error}")
        if "name" not in row.values:
            problems.add(row.line, "name is missing")
        elif "name" in told:
            if told["name"] in found:
                problems.add(row.line, f"the name {told['name']!r} is taken by line {found[told['name']][0]}")
            found.setdefault(told["name"], (row.line, Machine(**told)))
    problems.raise_any()
    return sorted((machine for _, machine in found.values()), key=lambda machine: machine.name)
