"""What the tests of the relay share: servers, daemons, records."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "Tests" / "Fixtures" / "sample.mp4"
RUN = '{"v":1,"event":"run","program":"norfaced 0","started":"%s","labels":{"au":["AU01","AU12"],"sides":[],"emotions":["neutral"]}}'


def program(name: str, variable: str = "") -> str:
    """A program's path; skips the test where it is not installed."""
    path = os.environ.get(variable or name.upper()) or shutil.which(
        name, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin"
    )
    if path is None:
        pytest.skip(f"{name} is not on the PATH")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], Any], seconds: float = 20, what: str = "") -> Any:
    """The condition's first true value; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {what or condition}")
        time.sleep(0.02)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def server(arguments: list[str], port: int | None = None, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended with the block, whatever state it is in; ready when the port answers."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        if port is not None:
            wait_for(lambda: process.poll() is not None or listens(port), what=arguments[0])
            assert process.poll() is None, f"{arguments[0]} ended with {process.returncode}"
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait()


class RelayProcess:
    """`norface-relay` as a process."""

    def __init__(self, *arguments: str, stdin: int | None = None, env: dict[str, str] | None = None) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "Python"), **(env or {})}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "norface.relay.cli", *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        self.errors: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors.append(line.decode().rstrip("\n"))

    @property
    def said(self) -> str:
        return "\n".join(self.errors)

    def wait(self, seconds: float = 30) -> int:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pytest.fail(f"the relay did not end within {seconds} s; it said:\n{self.said}")
        self._reader.join(5)
        return code

    def stop(self, number: int = signal.SIGTERM, seconds: float = 20) -> int:
        self.process.send_signal(number)
        return self.wait(seconds)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def relay(*arguments: str, **options: Any) -> Iterator[RelayProcess]:
    process = RelayProcess(*arguments, **options)
    try:
        yield process
    finally:
        process.kill()


def record(seq: int, source: str = "door", dropped: int = 0, pad: int = 0, **more: Any) -> bytes:
    """A record as the daemon writes it, with numbers in its way (`1.00`), so that a change of bytes is seen."""
    text = (
        f'{{"v":1,"source":{json.dumps(source)},"seq":{seq},"pts":{seq / 25:.6f},"epoch":0,"time":null,"dropped":{dropped},'
        f'"width":640,"height":360,"faces":[{{"track":1,"certain":true,"box":[1.0,2.0,30.0,40.0],"score":0.90,"pitch":1.0,'
        f'"yaw":-2.0,"roll":0.0,"gaze":null,"quality":1.00,"au":{{"AU01":0.100,"AU12":1.250}},"emotions":{{"neutral":1.0000}},'
        f'"speaking":null}}]'
    )
    for key, value in {**more, **({"pad": "x" * pad} if pad else {})}.items():
        text += f',"{key}":{json.dumps(value)}'
    return (text + "}").encode()


def write_lines(path: Path, lines: list[bytes]) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


class FakeDaemon:
    """A socket that says what a test wants, to try what a real daemon does rarely. The real one is `daemon`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self.connection: socket.socket | None = None
        self.request = b""

    def accept(self, started: str = "2026-01-01T00:00:00.000Z") -> None:
        self._server.settimeout(20)
        self.connection, _ = self._server.accept()
        self.connection.settimeout(20)
        while not self.request.endswith(b"\n"):
            self.request += self.connection.recv(4096)
        self.send((RUN % started).encode())

    def send(self, *lines: bytes) -> None:
        assert self.connection is not None
        self.connection.sendall(b"".join(line + b"\n" for line in lines))

    def hang_up(self) -> None:
        assert self.connection is not None
        self.connection.close()
        self.request = b""

    def close(self) -> None:
        self._server.close()
        self.path.unlink(missing_ok=True)


@contextlib.contextmanager
def daemon(folder: Path, sources: str | None = None, extra: str = "", http: int | None = None) -> Iterator[Path]:
    """A real norfaced that plays the sample for ever; gives its socket's path."""
    path = folder / "norfaced.sock"
    sources = sources or f'  door: {{url: "{SAMPLE}", capture: {{realtime: true, loop: true}}}}\n'
    listen = f'http: {{listen: "127.0.0.1:{http}"}}\n' if http else ""
    config = folder / "norfaced.yaml"
    config.write_text(f"outputs:\n  socket:\n    path: {path}\n    queue: 256KiB\n{extra}{listen}sources:\n{sources}")
    with open(folder / "norfaced.log", "wb") as log:
        arguments = [program("norfaced"), "run", "--config", str(config)]
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=log)
    try:
        wait_for(lambda: process.poll() is not None or path.exists(), 60, "the daemon's socket")
        assert process.poll() is None, (folder / "norfaced.log").read_text()
        yield path
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def lsl_on_this_machine(factory: pytest.TempPathFactory) -> None:
    """LSL looks for streams on this machine only, in a session of the tests' own. liblsl reads its settings once in a process,
    so that all tests must have the same."""
    if "relay-test" not in os.environ.get("LSLAPICFG", ""):
        path = factory.mktemp("relay-test") / "lsl_api.cfg"
        path.write_text(f"[multicast]\nResolveScope = machine\n[lab]\nSessionID = relay-test-{time.time_ns()}\n")
        os.environ["LSLAPICFG"] = str(path)
