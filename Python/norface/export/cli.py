"""`norface export`: records in the formats of other programs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from .errors import ExportError, MissingExtraError
from .options import Options
from .registry import FORMATS, Format

USAGE, DATA, NO_INPUT, UNAVAILABLE, INTERNAL, CANNOT_CREATE, IO_ERROR, SOME_FAILED = 64, 65, 66, 69, 70, 73, 74, 2

WITH_COLUMNS = ("wide", "long", "parquet", "spss", "bids")
# To the line's beginning, and away with what stands there.
CLEAR = "\r\x1b[K"
_interrupted: list[bool] = []


class Parser(argparse.ArgumentParser):
    """Ends with 64 where the command line is wrong, as the other commands do."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"norface export: {message}\n")


def parser() -> Parser:
    """The command line."""
    lines = [f"  {entry.name:<10} {entry.summary}" for entry in FORMATS.values()]
    made = Parser(
        prog="norface export",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Writes records in the formats of other programs. What a format has and records do not know is left out or empty, "
        "and told on standard error.",
        epilog="formats:\n"
        + "\n".join(lines)
        + "\n\n"
        + textwrap.dedent("""\
            examples:
              norface analyze clip.mp4 --events --landmarks 68 --head -o clip.jsonl
              norface export clip.jsonl --to openface
              norface export results/ --to spss -o tables/
              norface export clip.jsonl --to bids --subject 01 --task talk -o derivatives/norface/

            exit codes: 0 done; 2 some of several failed; 64 usage; 65 the records cannot be exported so; 66 no such input;
            69 a library is missing; 70 internal; 73 the output cannot be made; 74 input or output error; 130 interrupted"""),
    )
    made.add_argument(
        "records", nargs="+", metavar="RECORDS", help="files of records (.jsonl, .csv, also .part and .gz), or folders"
    )
    made.add_argument("--to", required=True, choices=FORMATS, metavar="FORMAT", help=", ".join(FORMATS))
    made.add_argument("-o", "--output", metavar="OUT", help="a file, or a folder for several; without it beside the records")
    made.add_argument(
        "--columns",
        metavar="NAMES",
        default="",
        help="columns of faces, parted by commas, also AU* (wide, long, parquet, spss, bids)",
    )
    made.add_argument("--source", metavar="NAME", help="only records of this source")
    made.add_argument("--epoch", type=int, metavar="N", help="only records of this epoch")
    for name in ("subject", "session", "task"):
        made.add_argument(f"--{name}", metavar="LABEL", help=f"bids: the {name}; without it as the file's name says")
    made.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")
    return made


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command and ends the program."""
    try:
        made = parser()
        options = made.parse_args(arguments)
        if options.columns and options.to not in WITH_COLUMNS:
            made.error(f"--columns is for {', '.join(WITH_COLUMNS)}")
        if options.to != "bids" and (options.subject or options.session or options.task):
            made.error("--subject, --session and --task are for bids")
        code = run(options)
    except KeyboardInterrupt:
        _say("interrupted; files that were begun are removed")
        code = 128 + signal.SIGINT
    except BrokenPipeError:
        code = IO_ERROR
    sys.exit(code)


def run(arguments: argparse.Namespace) -> int:
    """Does what the command line asks for; returns the exit code."""
    _interrupted.clear()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _interrupt)
    entry = FORMATS[arguments.to]
    warnings.showwarning = lambda message, *_args, **_keys: _say(f"warning: {message}")
    found, missing = _inputs(arguments.records)
    for name in missing:
        _say(f"{name}: no such file or folder, or no records in it")
    if not found:
        return NO_INPUT
    try:
        targets = _targets(found, entry, arguments)
    except ExportError as error:
        _say(str(error))
        return USAGE
    columns = tuple(name.strip() for name in arguments.columns.split(",") if name.strip())
    codes = [NO_INPUT] * len(missing)
    for (path, _), target in zip(found, targets):
        options = Options(
            columns,
            arguments.source,
            arguments.epoch,
            arguments.subject,
            arguments.session,
            arguments.task,
            _progress(path, arguments.quiet),
        )
        code = _one(path, entry, target, options, arguments.quiet)
        codes.append(code)
        if code in (UNAVAILABLE, CANNOT_CREATE):
            break
    failed = [code for code in codes if code]
    if not failed:
        return 0
    return failed[-1] if len(failed) == len(codes) else SOME_FAILED


def _one(path: Path, entry: Format, target: Path, options: Options, quiet: bool) -> int:
    from ..reading import RecordFileError

    try:
        notes = entry.write(path, target, options)
    except MissingExtraError as error:
        _say(str(error))
        return UNAVAILABLE
    except (ExportError, RecordFileError) as error:
        _say(str(error))
        return DATA
    except FileNotFoundError as error:
        _say(f"{error.filename}: {error.strerror}")
        return NO_INPUT
    except (PermissionError, IsADirectoryError, NotADirectoryError, FileExistsError) as error:
        _say(f"{error.filename}: {error.strerror}")
        return NO_INPUT if error.filename and Path(error.filename) == path else CANNOT_CREATE
    except OSError as error:
        _say(f"{error.filename or path}: {error.strerror or error}")
        return IO_ERROR
    except Exception:  # noqa: BLE001  (told with its place, and with an exit code)
        _say(f"{path}: a fault of this program:\n{traceback.format_exc()}")
        return INTERNAL
    if not quiet:
        _say(f"{path} -> {target}")
        for note in notes:
            _say(f"  {note}")
    return 0


def _inputs(names: list[str]) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Files with the folders below the named one that they are in; and names that lead nowhere."""
    found: dict[Path, Path] = {}
    missing = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if _is_records(file))
            found |= {file: file.parent.relative_to(path) for file in inside if file not in found}
            if not inside:
                missing.append(name)
        elif path.exists():
            found.setdefault(path, Path())
        else:
            missing.append(name)
    return list(found.items()), missing


def _is_records(path: Path) -> bool:
    name = path.name.removesuffix(".gz")
    return name.endswith(".jsonl") and not name.endswith(".events.jsonl") and path.is_file()


def _targets(found: list[tuple[Path, Path]], entry: Format, arguments: argparse.Namespace) -> list[Path]:
    """Where each export goes; raises ExportError where two would meet."""
    from ..reading.files import split_name

    output = arguments.output
    if entry.ending == "":
        from .bids import entities_of

        options = Options(subject=arguments.subject, session=arguments.session, task=arguments.task)
        seen: dict[object, Path] = {}
        for path, _ in found:
            try:
                entities = entities_of(path, options)
            except ExportError:
                continue
            if entities in seen:
                raise ExportError(f"{seen[entities]} and {path} have the same subject, session and task")
            seen[entities] = path
        return [Path(output or "derivatives/norface")] * len(found)
    of_many = len(found) > 1 or any(Path(name).is_dir() for name in arguments.records)
    is_folder = output is not None and (output.endswith(os.sep) or Path(output).is_dir() or of_many)
    targets = []
    for path, below in found:
        name = split_name(path)[0] + entry.ending
        if output is None:
            targets.append(path.with_name(name))
        elif is_folder:
            targets.append(Path(output) / below / name)
        else:
            targets.append(Path(output))
    met: dict[Path, Path] = {}
    for (path, _), target in zip(found, targets):
        place = target.resolve()
        if place in met:
            raise ExportError(f"{met[place]} and {path} would both become {target}")
        if any(place == other.resolve() for other, _ in found):
            raise ExportError(f"{target} is a file of records and would be overwritten")
        met[place] = path
    return targets


def _progress(path: Path, quiet: bool) -> Callable[[int], None]:
    shows = not quiet and sys.stderr.isatty()

    def told(done: int) -> None:
        if _interrupted:
            raise KeyboardInterrupt
        if shows:
            print(f"{CLEAR}{path}: {done} frames", end="", file=sys.stderr, flush=True)

    return told


def _interrupt(*_: object) -> NoReturn:
    # The exception is lost where the signal comes amid a callback of a library: the next progress raises it again.
    _interrupted.append(True)
    raise KeyboardInterrupt


def _stop(*_: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(CLEAR, end="", file=sys.stderr)
    print(f"norface export: {text}" if not text.startswith("  ") else text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
