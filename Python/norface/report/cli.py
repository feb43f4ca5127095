"""`norface-report`: makes a page of records."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

USAGE, NO_INPUT, INTERNAL, CANNOT_CREATE, IO_ERROR, BAD_INPUT, SOME_FAILED, STOPPED = 64, 66, 70, 73, 74, 65, 2, 130

DESCRIPTION = """\
Makes one HTML page of records: who was there when, action units and emotions over time with segments and blinks, gaze,
quality, rates, comparisons, everything that is missing or doubtful, and the settings of the run. The page needs no network
and no other file.

One file of records gives the page of a recording; a folder or several files give a page that compares them."""

EPILOG = """\
examples:
  norface analyze talk.mp4 --events -o talk.jsonl
  norface report talk.jsonl -o talk.html
  norface report results/ -o study.html
  norface report talk.jsonl -o talk.html --with-pictures talk.mp4

exit codes: 0 done; 2 done, but some files could not be read (the page names them); 64 wrong usage; 65 the only file holds no
records, or the video is another one; 66 no such input; 70 a library is missing; 73 the page cannot be made; 74 reading or
writing failed; 130 stopped."""


class Failure(Exception):
    """Ends the command with a message and an exit code."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        super().__init__(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        print(f"{self.prog}: error: {message}", file=sys.stderr)
        raise SystemExit(USAGE)


def _faces(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 50:
        raise argparse.ArgumentTypeError("must be 1 to 50")
    return value


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = _Parser(
        prog="norface report", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument(
        "paths", nargs="+", metavar="PATH", type=Path, help="files of records (.jsonl, .csv, also .gz), or folders of them"
    )
    made.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="the page, a name that ends with .html")
    made.add_argument("--title", metavar="TEXT", help="title of the page (default: the recording's or the folder's name)")
    made.add_argument(
        "--faces", metavar="N", type=_faces, default=6, help="faces whose curves are drawn, those that were there longest (6)"
    )
    made.add_argument(
        "--with-pictures",
        metavar="VIDEO",
        type=Path,
        help="put small pictures of the peaks out of this video into the page: faces can be recognised then",
    )
    made.add_argument("-q", "--quiet", action="store_true", help="tell of problems only")
    return made


def _write(path: Path, text: str) -> None:
    """Writes the page whole or not at all."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise Failure(CANNOT_CREATE, f"{path} cannot be made: {error.strerror or error}") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise Failure(IO_ERROR, f"{path} cannot be written: {error.strerror or error}") from error
        raise


def _say(quiet: bool, text: str) -> None:
    if not quiet:
        print(text, file=sys.stderr, flush=True)


def _one(file: Path, options: argparse.Namespace) -> str | None:
    """The page of the only file; None when it holds several recordings."""
    from norface import RecordFileError

    from .loading import read_recordings
    from .page import render
    from .recording_page import recording_page, shown_faces

    try:
        found = list(read_recordings(file))
    except RecordFileError as error:
        raise Failure(BAD_INPUT, str(error)) from error
    except OSError as error:
        raise Failure(IO_ERROR, f"{file} cannot be read: {error.strerror or error}") from error
    if len(found) != 1:
        return None
    numbers = found[0]
    if not len(numbers.frames):
        raise Failure(BAD_INPUT, f"{file}: no records are in it")
    pictures = None
    if options.with_pictures:
        from .pictures import PictureError, peak_pictures

        _say(options.quiet, f"taking pictures out of {options.with_pictures}")
        try:
            pictures = peak_pictures(options.with_pictures, numbers, shown_faces(numbers, options.faces))
        except PictureError as error:
            raise Failure(error.code, str(error)) from error
    page = recording_page(numbers, pictures, options.faces)
    page.title = options.title or page.title
    faces = len(numbers.faces)
    _say(options.quiet, f"{file}: {len(numbers.frames):,} frames, {faces} face{'' if faces == 1 else 's'}")
    return render(page)


def _several(files: list[Path], options: argparse.Namespace) -> tuple[str, bool]:
    """The page of several recordings, and whether some could not be read."""
    from norface import RecordFileError

    from .folder_lines import summarize
    from .folder_page import folder_page
    from .loading import read_recordings
    from .page import render

    if options.with_pictures:
        raise Failure(USAGE, "--with-pictures is for one recording, and there are several here")
    lines, failed = [], []
    for index, file in enumerate(files, 1):
        _say(options.quiet, f"{index} of {len(files)}: {file}")
        try:
            found = [summarize(numbers) for numbers in read_recordings(file) if len(numbers.frames)]
            if not found:
                raise RecordFileError(file, "no records are in it")
            lines += found
        except (RecordFileError, OSError) as error:
            print(f"norface report: {error}", file=sys.stderr)
            failed.append((file.name, str(error).removeprefix(f"{file}: ").removeprefix(f"{file}, ")))
    if not lines:
        raise Failure(BAD_INPUT, "none of the files could be read")
    folders = [path for path in options.paths if path.is_dir()]
    title = options.title or (folders[0].resolve().name if len(options.paths) == 1 and folders else f"{len(lines)} recordings")
    return render(folder_page(title, lines, failed)), bool(failed)


def run(options: argparse.Namespace) -> int:
    """Makes the page.

    Raises:
        Failure: it cannot be made.
    """
    output: Path = options.output
    if output.suffix.lower() not in (".html", ".htm"):
        raise Failure(USAGE, f"-o {output}: the page's name must end with .html")
    if output.is_dir() or not output.parent.is_dir():
        raise Failure(
            CANNOT_CREATE, f"{output} cannot be made: " + ("it is a folder" if output.is_dir() else "there is no such folder")
        )
    try:
        from . import page  # noqa: F401
        from .loading import NothingFound, find_files
    except ImportError as error:
        raise Failure(INTERNAL, f"a library is missing ({error.name}): pip install 'norface[report]'") from error
    try:
        files = find_files(options.paths)
    except (FileNotFoundError, NothingFound) as error:
        raise Failure(NO_INPUT, str(error)) from error
    text = _one(files[0], options) if len(files) == 1 else None
    some_failed = False
    if text is None:
        text, some_failed = _several(files, options)
    _write(output, text)
    _say(options.quiet, f"{output}: {len(text.encode()) / 1e6:.1f} MB")
    return SOME_FAILED if some_failed else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: returns its exit code."""
    options = parser().parse_args(arguments)
    warnings.showwarning = lambda message, *_: print(f"norface report: {message}", file=sys.stderr)
    try:
        return run(options)
    except Failure as failure:
        print(f"norface report: {failure}", file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        print("norface report: stopped; no page was written", file=sys.stderr)
        return STOPPED


if __name__ == "__main__":
    sys.exit(main())
