"""`norface-fleet`: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from .errors import INTERNAL, USAGE, Failure

EPILOG = """\
Exit codes: 0 done; 2 some cameras have no place (plan), something was lost or could not be read (archive, check); 64 usage; 65 bad
input; 66 no such input; 69 a library, a program or the server is missing; 70 a mistake of this program; 73 the output cannot be made;
74 input or output error; 75 another one writes to this archive.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    from . import archiving, checking, planning

    top = _Parser(
        prog="norface-fleet",
        description="Many cameras on many machines.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", metavar="plan|archive|check", required=True)
    for name, module, about in (
        ("plan", planning, "divides an inventory of cameras over machines and writes their configurations"),
        ("archive", archiving, "writes what NATS JetStream holds as Parquet, each record once"),
        ("check", checking, "holds an archive against its own books"),
    ):
        command = commands.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_options(command)
        command.set_defaults(run=module.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except Failure as failure:
        for line in failure.message.splitlines():
            print(f"norface-fleet {options.command}: {line}", file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the code tells whose fault it is, the text where
        import traceback

        traceback.print_exc()
        print(f"norface-fleet {options.command}: a mistake of this program: {type(error).__name__}: {error}", file=sys.stderr)
        return INTERNAL


if __name__ == "__main__":
    sys.exit(main())
