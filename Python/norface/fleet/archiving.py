"""`norface-fleet archive`: the options, and what is said at the end."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from ..relay.cli import size
from ..relay.credentials import redact, secret, without_password
from ..relay.errors import Failure as RelayFailure
from ..relay.kinds.nats import add_login_options, creds_file
from ..relay.tls import tls_context
from . import planning, values
from .archive import Archive
from .consumer import Consumer, Server
from .errors import CANNOT_CREATE, IO_ERROR, SOME, UNAVAILABLE, USAGE, Failure


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `archive`."""
    seconds = planning.in_range(0.1, 86400)
    parser.add_argument("folder", type=Path, metavar="ARCHIVE", help="source=NAME/date=.../hour=... are made in it")
    parser.add_argument("--server", default="nats://localhost:4222", metavar="URL", help="(nats://localhost:4222)")
    parser.add_argument("--stream", default="NORFACE", help="(NORFACE)")
    parser.add_argument("--prefix", default="norface", help="of all subjects (norface)")
    parser.add_argument("--durable", default="norface-archive", metavar="NAME", help="of the consumer (norface-archive)")
    parser.add_argument("--every", type=seconds, default=300.0, metavar="SECONDS", help="a record waits at most (300)")
    parser.add_argument("--most", type=int, default=200_000, metavar="N", help="messages wait at most (200000)")
    parser.add_argument("--memory", type=size, default=512 << 20, metavar="SIZE", help="of waiting messages (512MiB)")
    parser.add_argument(
        "--ack-wait", type=seconds, metavar="SECONDS", help="until NATS sends again (3 times --every, 30 at least)"
    )
    parser.add_argument(
        "--merge-after",
        default="15",
        metavar="MINUTES",
        help="after an hour, that its files are made one; none leaves them (15)",
    )
    parser.add_argument("--until-empty", action="store_true", help="end when all that the stream holds is written")
    parser.add_argument(
        "--give-up", type=seconds, metavar="SECONDS", help="end with 69 when there is no stream for so long (never)"
    )
    parser.add_argument("--timeout", type=seconds, default=10.0, metavar="SECONDS", help="for an answer of the server (10)")
    add_login_options(parser)


def say(message: str) -> None:
    """A line on standard error, without secrets."""
    print(f"norface-fleet archive: {redact(message)}", file=sys.stderr, flush=True)


def run(options: argparse.Namespace) -> int:
    """Archives. Returns the exit code."""
    if options.most < 1:
        raise Failure(USAGE, "--most takes 1 or more")
    needs_libraries()
    server = _server(options)
    try:
        archive = Archive(options.folder, say)
    except OSError as error:
        raise Failure(CANNOT_CREATE, f"{error.filename or options.folder}: {error.strerror or error}") from None
    consumer = Consumer(
        server,
        archive,
        say,
        options.every,
        options.most,
        options.memory,
        options.until_empty,
        _merge_after(options.merge_after),
        options.give_up,
    )
    try:
        asyncio.run(consumer.run())
    except OSError as error:
        raise Failure(IO_ERROR, f"{error.filename or options.folder}: {error.strerror or error}") from None
    finally:
        say(", ".join(f"{count} {name}" for name, count in archive.tally.items()))
        archive.close()
    bad = archive.tally["unreadable"] + archive.tally["missing"] + archive.tally["lost in the stream"]
    return SOME if bad else 0


def _merge_after(text: str) -> float | None:
    if text == "none":
        return None
    try:
        return 60 * values.number(text, 0, 100_000)
    except ValueError as error:
        raise Failure(USAGE, f"--merge-after: {error}") from None


def needs_libraries() -> None:
    """Raises Failure where a library is missing, before anything is begun."""
    for name, package in (("nats", "nats-py"), ("pyarrow.parquet", "pyarrow")):
        try:
            __import__(name)
        except ImportError as error:
            raise Failure(UNAVAILABLE, f"this needs {package}: pip install 'norface[fleet]' ({error})") from None


def _server(options: argparse.Namespace) -> Server:
    try:
        return Server(
            without_password(options.server, "--password-file"),
            options.stream,
            f"{options.prefix}.>",
            options.durable,
            options.user,
            secret(options.password_file, "NORFACE_RELAY_PASSWORD"),
            secret(options.token_file, "NORFACE_RELAY_TOKEN"),
            creds_file(options),
            tls_context(options),
            options.timeout,
            options.ack_wait or max(30.0, 3 * options.every),
        )
    except RelayFailure as failure:
        raise Failure(failure.code, failure.message) from None
