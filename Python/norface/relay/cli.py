"""`norface relay KIND`: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

from .backlog import Backlog
from .credentials import redact
from .engine import Relay
from .errors import INTERNAL, USAGE, Failure
from .intake import Intake, Wanted
from .kinds import KINDS, kind
from .kinds.base import Target
from .reading import FileReader, Reader, SocketReader

DEFAULT_SOCKET = "/run/norface/norfaced.sock"
_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

DESCRIPTION = """Hands the records and events of a running daemon, of a file or of standard input on to others."""
EPILOG = """\
Lines wait in memory while the target is slow or away. When --queue is full the oldest records go, and the next one's
`dropped` has grown by their number (--when-full drop, the default for a daemon), or nothing more is read (--when-full
wait, the default for files). TERM and Ctrl-C hand on what waits, for --drain seconds at most.

Exit codes: 0 all was handed on; 2 something was lost, as the last line says; 64 usage; 66 no such file; 69 a library, the
daemon or the target is not there, or it refuses the credentials; 70 a mistake of this program; 74 reading failed.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def size(text: str) -> int:
    """A size with a unit, as in the daemon's configuration."""
    for unit, factor in sorted(_UNITS.items(), reverse=True):
        if text.endswith(unit) and text[: len(text) - len(unit)].isdigit():
            return int(text[: len(text) - len(unit)]) * factor
    raise argparse.ArgumentTypeError(f"'{text}' is no size (64KiB, 8MiB)")


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"'{text}' is no number above 0")
    return value


def parser() -> argparse.ArgumentParser:
    top = _Parser(
        prog="norface-relay",
        description=DESCRIPTION,
        epilog=EPILOG + "\n`norface-relay KIND --help` tells the options of a kind.\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="kind", metavar="KIND", required=True)
    for name, (_, about) in KINDS.items():
        command = commands.add_parser(
            name,
            help=about,
            description=f"Hands records and events on to {about}.",
            epilog=EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        _add_common(command)
        kind(name).add_options(command.add_argument_group(name))
    return top


def _add_common(command: argparse.ArgumentParser) -> None:
    source = command.add_argument_group("what is read")
    source.add_argument("--socket", metavar="PATH", help=f"the daemon's socket ({DEFAULT_SOCKET})")
    source.add_argument("--input", metavar="FILE", help="a file of JSON lines instead, or - for standard input")
    source.add_argument("--source", action="append", default=[], metavar="NAME", help="only this source; may be repeated")
    source.add_argument("--field", action="append", default=[], metavar="NAME", help="only these parts of faces (daemon only)")
    source.add_argument("--max-rate", type=_positive, metavar="RATE", help="records a second for each source (daemon only)")
    source.add_argument("--event", action="append", default=[], metavar="NAME", help="only these events; may be repeated")
    source.add_argument("--events-only", action="store_true", help="no records")
    source.add_argument("--records-only", action="store_true", help="no events but those that tell of losses")
    source.add_argument("--paced", action="store_true", help="a file's records at the pace of their pts")
    queue = command.add_argument_group("what waits")
    queue.add_argument("--queue", type=size, default=8 << 20, metavar="SIZE", help="memory for waiting records (8MiB)")
    queue.add_argument("--when-full", choices=("drop", "wait"), help="drop for a daemon, wait for files")
    queue.add_argument("--batch", type=int, default=100, metavar="N", help="lines handed on at a time (100)")
    queue.add_argument("--timeout", type=_positive, default=10, metavar="SECONDS", help="for an answer of the target (10)")
    queue.add_argument("--drain", type=_positive, default=5, metavar="SECONDS", help="that a stop may take (5)")
    queue.add_argument(
        "--give-up",
        type=_positive,
        metavar="SECONDS",
        help="end with 69 when the daemon or the target is away for so long (never for a daemon, 60 for files)",
    )


def say_as(name: str) -> Callable[[str], None]:
    """Messages on standard error; what is secret is left out of them."""

    def say(message: str) -> None:
        print(f"norface-relay {name}: {redact(message)}", file=sys.stderr, flush=True)

    return say


def reader_of(options: argparse.Namespace, events_only: bool) -> Reader:
    """The input that the options name.

    Raises:
        Failure: options that exclude each other, or a file that cannot be read.
    """
    if options.input is None:
        if options.paced:
            raise Failure(USAGE, "--paced goes with --input: a daemon has its own pace")
        request: dict[str, Any] = {"policy": "drop"}
        if options.source:
            request["sources"] = options.source
        if options.field:
            request["fields"] = options.field
        if options.max_rate:
            request["max_rate"] = options.max_rate
        if events_only:
            request["events_only"] = True
        return SocketReader(options.socket or DEFAULT_SOCKET, request, options.give_up)
    if options.socket is not None:
        raise Failure(USAGE, "choose --socket or --input")
    if options.field or options.max_rate:
        raise Failure(USAGE, "--field and --max-rate are asked of a daemon; they do not go with --input")
    reader = FileReader(options.input)
    reader.check()
    return reader


def relay_of(options: argparse.Namespace, say: Callable[[str], None]) -> Relay:
    """All parts put together, nothing begun."""
    if options.events_only and options.records_only:
        raise Failure(USAGE, "choose --events-only or --records-only")
    if options.batch < 1:
        raise Failure(USAGE, "--batch takes 1 or more")
    target_kind: type[Target] = kind(options.kind)
    if target_kind.events_only and options.records_only:
        raise Failure(USAGE, f"{options.kind} takes events only")
    events_only = options.events_only or target_kind.events_only
    reader = reader_of(options, events_only)
    target = target_kind.of(options)
    live = options.input is None
    backlog = Backlog(options.queue, wait=(options.when_full or ("drop" if live else "wait")) == "wait")
    wanted = Wanted(frozenset(options.source), frozenset(options.event), events_only, options.records_only)
    counted = not options.max_rate and not events_only
    intake = Intake(reader, backlog, wanted, say, counted=counted, paced=options.paced)
    give_up = options.give_up or (None if live else 60.0)
    return Relay(intake, target, say, batch=options.batch, give_up=give_up, drain=options.drain)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    options = parser().parse_args(arguments)
    say = say_as(options.kind)
    try:
        return relay_of(options, say).run()
    except Failure as failure:
        say(failure.message)
        return failure.code
    except Exception as error:  # noqa: BLE001 - the code tells whose fault it is, the text where
        say(f"a mistake of this program: {type(error).__name__}: {error}")
        return INTERNAL


if __name__ == "__main__":
    sys.exit(main())
