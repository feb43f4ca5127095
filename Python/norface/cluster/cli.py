"""`python -m norface.cluster`: an archive on Ray or Dask, and the check of its results."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from .check import check
from .parts import Archive, Outcome, PartFailed, recordings, summary

USAGE, NO_INPUT, UNAVAILABLE = 64, 66, 69
EPILOG = """\
Options of `norface analyze` follow `--`. Sent again, it does what is left. Exit codes: 0 all done; 2 some recordings failed, or are
missing; 64 usage; 66 no such list; 69 the engine or norface is missing; 75 parts that may succeed when it is sent again.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    top = _Parser(prog="python -m norface.cluster", description=__doc__, epilog=EPILOG)
    commands = top.add_subparsers(dest="command", metavar="ray|dask|check", required=True)
    for name in ("ray", "dask"):
        command = commands.add_parser(name, help=f"analyse on {name.capitalize()}", epilog=EPILOG)
        command.add_argument("list", help="a recording's path in each line; all machines must see them")
        command.add_argument("-o", "--output", required=True, metavar="FOLDER", help="that all machines see")
        command.add_argument("--parts", type=int, default=32, help="a few for each worker (32)")
        command.add_argument("--address", help="of a running cluster; without it one is made on this machine")
        command.add_argument("--retries", type=int, default=3, help="of a part (3)")
        command.add_argument("--norface", default="norface", metavar="PATH", help="the program")
        if name == "ray":
            command.add_argument("--cpus", type=int, default=2, help="of a part (2)")
        else:
            command.add_argument(
                "--workers", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="of a cluster made here"
            )
    command = commands.add_parser("check", help="whether every recording has its results once and whole")
    command.add_argument("list")
    command.add_argument("output", metavar="folder")
    return top


def _outcomes(options: argparse.Namespace, archive: Archive) -> Iterator[Outcome]:
    if options.command == "ray":
        from . import on_ray

        return on_ray.run(archive, options.address, options.cpus, options.retries)
    from . import on_dask

    return on_dask.run(archive, options.address, options.workers, options.retries)


def _analyse(options: argparse.Namespace, extra: Sequence[str]) -> int:
    if options.parts < 1:
        print("--parts takes 1 or more", file=sys.stderr)
        return USAGE
    if shutil.which(options.norface) is None:
        print(f"{options.norface}: no such program", file=sys.stderr)
        return UNAVAILABLE
    os.makedirs(options.output, exist_ok=True)
    # Workers have a folder of their own.
    archive = Archive(
        os.path.abspath(options.list), os.path.abspath(options.output), options.parts, tuple(extra), options.norface
    )
    begun, worst, done = time.monotonic(), 0, 0
    try:
        for outcome in _outcomes(options, archive):
            done += 1
            worst = max(worst, outcome.code)
            note = f", code {outcome.code}: {outcome.said.strip()[-200:]}" if outcome.code else ""
            told = f"part {outcome.part} on {outcome.host}, {outcome.seconds:.1f} s"
            print(f"{done}/{archive.parts} {told}{note}", file=sys.stderr, flush=True)
    except ImportError as error:
        print(f"pip install {'ray' if options.command == 'ray' else 'distributed'} ({error})", file=sys.stderr)
        return UNAVAILABLE
    except PartFailed as error:
        print(error, file=sys.stderr)
        return 75
    except KeyboardInterrupt:
        return 130
    summary(archive)
    print(f"all parts in {time.monotonic() - begun:.1f} s", file=sys.stderr)
    return worst


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    extra: list[str] = []
    if "--" in words:
        place = words.index("--")
        words, extra = words[:place], words[place + 1 :]
    options = parser().parse_args(words)
    try:
        recordings(options.list)
    except OSError as error:
        print(f"{options.list}: {error.strerror}", file=sys.stderr)
        return NO_INPUT
    if options.command == "check":
        report = check(options.list, options.output)
        print("\n".join(report.lines()))
        return 0 if report.good else 2
    return _analyse(options, extra)
