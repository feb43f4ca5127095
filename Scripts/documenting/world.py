"""Where documented commands are run: real files under the names that the documentation uses, and a running daemon."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from documenting.rules import Run

LIMIT = 600
SOCKET = "/run/norface/norfaced.sock"


class World:
    """A scratch folder. What is documented with a path of the system is run with that path below the folder."""

    def __init__(self, root: Path, programs: Path, scratch: Path, builds: bool):
        self.builds = builds
        self.root, self.programs, self.scratch = root, programs, scratch.resolve()
        self.ran = self.told = 0
        self._helps: dict[tuple[str, ...], str] = {}
        self._daemon: subprocess.Popen | None = None
        models = os.environ.get("NORFACE_MODELS") or str(root / "Models")
        self.python = os.environ.get("NORFACE_PYTHON") or str(root / ".cache/reference/bin/python")
        # The environment of the tests has the commands of the Python package, too.
        path = f"{programs}:{Path(self.python).parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("NORFACE_", "NORFACED_"))}
        self.environment = kept | {
            "NORFACE_MODELS": models,
            "PATH": path,
            "S": str(self.scratch),
            "NORFACE_PYTHON": self.python,
        }

    def __enter__(self) -> Self:
        for folder in ("interviews", "results", "usr/bin", "usr/share/norfaced", "usr/lib/systemd/system", "usr/lib/sysusers.d",
                       "usr/lib/tmpfiles.d", "etc/norface/secrets", "run/norface", "var/lib/norface", "srv/clips"):  # fmt: skip
            (self.scratch / folder).mkdir(parents=True)
        sample = self.root / "Tests/Fixtures/sample.mp4"
        for name in ("CLIP.mp4", "interview.mp4", "talk.mp4", "srv/clips/interview.mp4"):
            (self.scratch / name).symlink_to(sample)
        for name in ("anna.mp4", "ben.mkv"):
            command = [
                "ffmpeg",
                "-nostdin",
                "-v",
                "error",
                "-i",
                str(sample),
                "-t",
                "1",
                "-c",
                "copy",
                str(self.scratch / "interviews" / name),
            ]
            subprocess.run(command, check=True)
        lines = subprocess.run(
            [str(self.programs / "norface"), "analyze", "--quiet", str(sample)],
            check=True,
            capture_output=True,
            env=self.environment,
        ).stdout
        for name in ("out.jsonl", "interview.jsonl"):
            (self.scratch / name).write_bytes(lines)
        (self.scratch / "FILE").write_text(
            f"log: {{level: warning}}\noutputs: {{socket: {{path: {self.scratch}{SOCKET}}}}}\n"
            f"sources: {{door: {{url: {sample}, capture: {{loop: true, realtime: true}}}}}}\n"
        )
        return self

    def __exit__(self, *_) -> None:
        if self._daemon:
            self._daemon.terminate()
            self._daemon.wait()

    def help(self, program: str, names: list[str]) -> str:
        """What a program says of a subcommand."""
        key = (program, *names)
        if key not in self._helps:
            command = [str(self.programs / program), *names, "--help"]
            text = subprocess.run(command, check=False, capture_output=True, text=True, env=self.environment).stdout
            # Continued words of a long help stand further right than what it lists.
            self._helps[key] = text
        return self._helps[key]

    def run(self, documented: str, rule: Run) -> list[str]:
        """Runs a command; complaints about how it ended."""
        if rule.builds and not self.builds:
            self.told += 1
            return []
        self.ran += 1
        command = self.real(rule.command)
        if command.startswith("norfaced run"):
            return self.start_daemon(command)
        if re.match(r"norface (subscribe|status|mark|watch)\b", command) or SOCKET in command:
            problems = self.start_daemon("norfaced run --config FILE")
            if problems:
                return problems
        if assignment := re.fullmatch(r"export (\w+)=(.*)", command):
            self.environment[assignment[1]] = assignment[2]
            return []
        folder = self.root if rule.is_in_root else self.scratch
        code, output, messages = self.finish(["bash", "-c", command], folder, rule.seconds)
        if code not in rule.codes and not (rule.seconds and code == "stopped"):
            return [f"'{documented}' ends with {code}: {' '.join((messages or output).split()[-40:])}"]
        if not re.search(rule.output, output):
            return [f"'{documented}' does not say '{rule.output}' but: {output[-300:]!r}"]
        return []

    def finish(self, command: list[str], folder: Path, seconds: float | None) -> tuple[int | str, str, str]:
        """Runs a command to its end, or for so many seconds: exit code, or "stopped"; output; messages."""
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            # Who is started in the background of a script ignores it, and so would the command.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            output, messages = process.communicate(timeout=seconds or LIMIT)
            return process.returncode, output, messages
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGINT)
            try:
                output, messages = process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output, messages = process.communicate()
                return "a kill: it did not end on SIGINT", output, messages
            return ("stopped" if seconds else f"no end within {LIMIT} s"), output, messages

    def real(self, command: str) -> str:
        """A command with the files of this folder in the place of the system's."""
        if command.startswith(("norface ", "norfaced ")):
            subcommand = command.split()[1]
            if subcommand in ("status", "subscribe", "mark"):
                command += f" --socket {self.scratch}{SOCKET}"
            elif command == "norface watch":
                command += f" {self.scratch}{SOCKET}"
        return re.sub(r"(?<![\w/.}])/(usr|etc|run/norface|var/lib/norface|srv)/", rf"{self.scratch}/\1/", command)

    def start_daemon(self, command: str) -> list[str]:
        if self._daemon:
            return []
        self._daemon = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=self.scratch, env=self.environment)
        end = time.monotonic() + 60
        # The socket comes before the sources, and a source before its first frame; until it streams status ends with 2.
        status = [str(self.programs / "norface"), "status", "--socket", f"{self.scratch}{SOCKET}"]
        while b"streaming" not in subprocess.run(status, check=False, capture_output=True, env=self.environment).stdout:
            if self._daemon.poll() is not None or time.monotonic() > end:
                return [f"'{command}' has no source that streams after 60 s"]
            time.sleep(0.1)
        return []

    def check_configuration(self, text: str) -> list[str]:
        """`norfaced check` of a documented configuration; credentials that it names stand beside it."""
        self.ran += 1
        folder = self.scratch / "configuration"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "norfaced.yaml").write_text(text)
        for name in re.findall(r"url_file: ([\w-]+)", text):
            (folder / name).write_text("rtsp://viewer:secret@192.168.1.20/stream2\n")
        code, output, messages = self.finish([str(self.programs / "norfaced"), "check", "norfaced.yaml"], folder, None)
        return [] if code == 0 else [f"norfaced check does not take the configuration: {(messages + output).strip()}"]

    def run_python(self, text: str) -> list[str]:
        """Runs a piece of Python. One that reads a socket for ever is stopped after its first lines."""
        self.ran += 1
        problems = self.start_daemon("norfaced run --config FILE") if SOCKET in text else []
        if problems:
            return problems
        code, output, messages = self.finish(
            [self.python, "-u", "-c", self.real(text)], self.scratch, 5 if SOCKET in text else None
        )
        if code not in (0, "stopped"):
            return [f"the Python ends with {code}: {messages.strip().splitlines()[-1:]}"]
        return [] if output or SOCKET not in text else ["the Python that reads the socket prints nothing"]
