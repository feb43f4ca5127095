"""Running a case with both builds and comparing what came out."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from comparing.differences import first_difference

# Longer than any case takes on a busy machine: a program that hangs is a difference, not a wait for ever.
LIMIT = 300


class Missing(Exception):
    """Something without which nothing can be compared."""


@dataclass
class Build:
    """Two programs of one build."""

    norface: Path
    norfaced: Path
    models: Path

    @staticmethod
    def find(named: str, models: Path) -> "Build":
        path = Path(named).resolve()
        folder = path if path.is_dir() else path.parent
        norface = folder / "norface" if path.is_dir() else path
        if not os.access(norface, os.X_OK):
            raise Missing(f"{named}: there is no program norface")
        if not (models / "front-end").is_dir():
            raise Missing(f"{models}: the front-end models are missing (norface models fetch)")
        return Build(norface, folder / "norfaced", models)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("NORFACE_", "NORFACED_"))}
        return kept | {"NORFACE_MODELS": str(self.models.resolve())}


@dataclass
class Case:
    """One run of a program in an empty folder; whatever it leaves there is compared."""

    name: str
    arguments: list[str]
    program: str = "norface"
    # The clips that it reads; the first of them is the standard input when it is piped.
    inputs: list[Path] = field(default_factory=list)
    is_piped: bool = False
    # The exit code that base must end with, so that two failures do not pass for the same result; None: any.
    code: int | None = 0
    # What is put into the folder: text, in which @FOLDER@ stands for the folder's path, or a file that is linked to.
    files: dict[str, str | Path] = field(default_factory=dict)
    # Ends the run: called again and again with the run's folder while the program runs; true when it is to be stopped.
    enough: Callable[[Path], bool] | None = None
    # Called with the run's folder when the run is over, to leave there what is to be compared.
    trim: Callable[[Path], None] | None = None


@dataclass
class Outcome:
    """What a run left."""

    code: int | str
    output: bytes
    messages: bytes
    files: dict[str, bytes]


def run(build: Build, case: Case, folder: Path) -> Outcome:
    """Runs a case in a folder, which is empty."""
    for name, content in case.files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            target.symlink_to(content.resolve())
        else:
            target.write_text(content.replace("@FOLDER@", str(folder)))
    given = set(case.files)
    program = getattr(build, case.program)
    if not os.access(program, os.X_OK):
        raise Missing(f"{program}: there is no such program")
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as messages:
        with open(case.inputs[0] if case.is_piped else os.devnull, "rb") as standard_input:
            process = subprocess.Popen(
                [str(program), *case.arguments],
                cwd=folder,
                env=build.environment,
                stdin=standard_input,
                stdout=output,
                stderr=messages,
            )
            code = wait(process, case, folder)
        if case.trim:
            case.trim(folder)
        output.seek(0)
        messages.seek(0)
        made = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and str(path.relative_to(folder)) not in given
        }
        return Outcome(code, output.read(), messages.read(), made)


def wait(process: subprocess.Popen, case: Case, folder: Path) -> int | str:
    """Waits for the end of a run; its exit code, or words when it had to be killed."""
    end = time.monotonic() + LIMIT
    is_stopped = False
    while True:
        try:
            return process.wait(timeout=0.1 if case.enough and not is_stopped else max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            if time.monotonic() >= end:
                process.kill()
                process.wait()
                return f"killed: it had not ended after {LIMIT} s"
            if case.enough and not is_stopped and case.enough(folder):
                process.send_signal(signal.SIGTERM)
                is_stopped = True


def timeless(messages: bytes) -> bytes:
    """Messages without the time of day with which a line of the daemon begins."""
    return re.sub(rb"(?m)^\d{4}-\d\d-\d\dT[\d:.]+Z ", b"", messages)


class Comparison:
    """Runs cases with both builds, tells what differs, and counts."""

    def __init__(self, base: Build, new: Build, compares_messages: bool):
        self.base, self.new, self.compares_messages = base, new, compares_messages
        self.same = self.lines = 0
        self.different: list[str] = []

    @property
    def is_same(self) -> bool:
        return not self.different

    def judge(self, case: Case) -> None:
        # The same path for both, so that what names a file names the same one.
        outcomes = []
        for build in (self.base, self.new):
            folder = Path(tempfile.gettempdir()).resolve() / f"compare-builds-{os.getpid()}"
            folder.mkdir()
            try:
                outcomes.append(run(build, case, folder))
            finally:
                shutil.rmtree(folder)
        base, new = outcomes
        lines = sum(content.count(b"\n") for name, content in base.files.items() if name.endswith(".jsonl"))
        lines += base.output.count(b"\n")
        differences = list(self.differences(base, new))
        if case.code not in (None, base.code):
            differences.insert(0, f"base ends with exit code {base.code} where {case.code} was expected")
        if differences:
            self.different.append(case.name)
            print(f"DIFFERENT  {case.name}", flush=True)
            for line in differences:
                print(f"           {line}", flush=True)
        else:
            self.same += 1
            self.lines += lines
            print(f"same       {case.name}: {lines} lines, exit code {base.code}", flush=True)

    def differences(self, base: Outcome, new: Outcome):
        if base.code != new.code:
            yield f"exit code: base {base.code}, new {new.code}"
            for name, outcome in (("base", base), ("new", new)):
                if outcome.code:
                    yield from (f"{name} says: {line}" for line in outcome.messages.decode(errors="replace").splitlines()[-2:])
        pairs = [("standard output", base.output, new.output)]
        for name in sorted(base.files.keys() | new.files.keys()):
            if name not in base.files or name not in new.files:
                yield f"{name}: only {'base' if name in base.files else 'new'} wrote it"
            else:
                pairs.append((name, base.files[name], new.files[name]))
        if self.compares_messages:
            pairs.append(("standard error", timeless(base.messages), timeless(new.messages)))
        for name, one, other in pairs:
            difference = first_difference(name, one, other)
            if difference:
                yield f"{name}: {difference}"

    def summary(self) -> str:
        total = self.same + len(self.different)
        if self.is_same:
            return f"the same: {total} inputs, {self.lines} lines"
        return f"different: {len(self.different)} of {total} inputs: {', '.join(self.different)}"
