"""Forty cameras of a real daemon, the relay, a real nats-server and an archive that is killed again and again. Takes minutes; it is
run by hand, as the tests of the relays are, with nats-server on the PATH or NATS_SERVER, norfaced in NORFACED."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleeting import DESCRIPTION, records_of
from relaying import ROOT, SAMPLE, FakeDaemon, daemon, free_port, program, record, relay, server, wait_for, write_lines

from norface.fleet.checking import check

nats = pytest.importorskip("nats", reason="nats-py is not installed")
pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytestmark = pytest.mark.timeout(900)

CAMERAS = 40
KILLS = 10


@contextlib.contextmanager
def queue(folder: Path, port: int, *extra: str) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [program("nats-server", "NATS_SERVER"), "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder / "js")]
    with server([*arguments, *extra], port) as process:
        yield process


class ArchiveProcess:
    """`norface-fleet archive` as a process."""

    def __init__(self, folder: Path, port: int, *options: str) -> None:
        command = [sys.executable, "-m", "norface.fleet.cli", "archive", str(folder), "--server", f"nats://127.0.0.1:{port}"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "Python")}
        self._log = open(folder.parent / f"{folder.name}.log", "ab")  # noqa: SIM115 - as long as the process
        self.log = folder.parent / f"{folder.name}.log"
        self.process = subprocess.Popen([*command, *options], stdout=self._log, stderr=self._log, env=environment)

    def __enter__(self) -> ArchiveProcess:  # noqa: PYI034 - typing has no Self in 3.10
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def said(self) -> str:
        return self.log.read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._log.close()

    def wait(self, seconds: float = 300) -> int:
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"the archive did not end within {seconds} s; it said:\n{self.said}")


def finish(folder: Path, port: int, *options: str, code: int = 0) -> str:
    """Reads the stream to its end."""
    with ArchiveProcess(folder, port, "--every", "1", "--ack-wait", "3", "--until-empty", *options) as archive:
        assert archive.wait() == code, archive.said
        return archive.said


def stored(port: int) -> list[tuple[str, bytes]]:
    """Keys and lines of all records in the stream."""

    async def read() -> list[tuple[str, bytes]]:
        client = await nats.connect(f"nats://127.0.0.1:{port}")
        try:
            context = client.jetstream()
            count = (await context.stream_info("NORFACE")).state.messages
            subscription = await context.subscribe("norface.>", ordered_consumer=True)
            found = [await subscription.next_msg(timeout=10) for _ in range(count)]
            return [((one.headers or {})["Nats-Msg-Id"], one.data) for one in found if one.subject.endswith(".faces")]
        finally:
            await client.close()

    return asyncio.run(read())


def test_forty_cameras_and_an_archive_that_is_killed_keep_every_record_once(tmp_path):
    program("nats-server", "NATS_SERVER")
    port = free_port()
    clip = tmp_path / "one-a-second.mp4"
    made = [program("ffmpeg"), "-v", "error", "-i", str(SAMPLE), "-an", "-vf", "fps=1", "-c:v", "mpeg4", "-q:v", "3", str(clip)]
    subprocess.run(made, check=True)
    capture = "capture: {realtime: true, loop: true, decoder_threads: 1}"
    sources = "".join(f'  camera-{number:02}: {{url: "{clip}", {capture}}}\n' for number in range(CAMERAS))
    settings = "analysis: {max_rate: 1, detector: short, smallest_face: 0, max_faces: 2}\n"
    archive = tmp_path / "archive"
    dice = random.Random(7)
    lines: list[bytes] = []
    with queue(tmp_path, port):
        options = ["--socket", str(tmp_path / "norfaced.sock"), "--drain", "120", "--queue", "64MiB"]
        with relay("nats", "--server", f"nats://127.0.0.1:{port}", *options) as process:
            # The daemon ends first, so that the relay has all that it sent.
            with daemon(tmp_path, sources, extra=f"{settings}limits: {{stop_timeout: 10s}}\n") as path:
                # Another subscriber says what the daemon sent.
                witness = socket.socket(socket.AF_UNIX)
                witness.connect(str(path))
                threading.Thread(target=lambda: lines.extend(witness.makefile("rb")), daemon=True).start()
                books = archive / "_norface" / "books.sqlite"
                for kill in range(KILLS):
                    before = books.stat().st_mtime_ns if books.exists() else 0
                    with ArchiveProcess(archive, port, "--every", "0.5", "--ack-wait", "3") as one:
                        if kill % 3:
                            # It has written something, and is about to write the next batch, or to acknowledge this one.
                            wait_for(lambda: books.exists() and books.stat().st_mtime_ns > before, 200, "the next batch")  # noqa: B023
                            time.sleep(dice.uniform(0, 1))
                        else:
                            time.sleep(dice.uniform(0.2, 4))
                        assert one.process.poll() is None, one.said
                sent = len(lines)
                wait_for(lambda: len(lines) > sent + 10 * CAMERAS, 300)
            wait_for(lambda: "ended the connection" in process.said, 120, "the relay has read to the end")
            assert process.stop(seconds=150) == 0, process.said
            assert "nothing lost" in process.said
        in_stream = stored(port)
        print(finish(archive, port))
    keys = Counter(key for key, _ in in_stream)
    expected = {tuple(key.rsplit("/", 2)) for key in keys}
    found = records_of(archive)
    assert set(found.values()) == {1}
    assert {(run, source, str(seq)) for source, run, seq in found} == expected
    run = json.loads(lines[0])["started"]
    seen = [json.loads(line) for line in lines if b'"event"' not in line[:20]]
    first = {source: min(seq for other, _, seq in found if other == source) for source in {one["source"] for one in seen}}
    # The relay may have come a moment later than the witness.
    mine = [one for one in seen if one["seq"] >= first[one["source"]]]
    assert len(seen) - len(mine) < 5 * CAMERAS
    assert len(first) == CAMERAS and len(mine) > CAMERAS * 20
    assert all(found[one["source"], run, one["seq"]] == 1 for one in mine)
    manifest = json.loads((archive / "manifest.json").read_text())
    assert manifest["totals"]["records"] == len(found)
    assert manifest["totals"]["missing"] == 0 and manifest["totals"]["lost_messages"] == 0
    assert check(archive)[0] == []
    print(
        f"{KILLS} kills, {len(found)} records of {len(first)} cameras, {len(list(archive.glob('source=*/**/*.parquet')))} files"
    )


def test_a_server_that_dies_and_comes_again_is_read_on(tmp_path):
    port = free_port()
    archive = tmp_path / "archive"
    source = tmp_path / "in.jsonl"
    with contextlib.ExitStack() as under, queue(tmp_path, port) as first:
        with relay(
            "nats", "--server", f"nats://127.0.0.1:{port}", "--input", str(write_lines(source, [record(i) for i in range(300)]))
        ) as one:
            assert one.wait() == 0, one.said
        process = under.enter_context(ArchiveProcess(archive, port, "--every", "0.5", "--ack-wait", "3", "--timeout", "2"))
        wait_for(lambda: list(archive.glob("source=*/**/*.parquet")), 60, "the first file")
        first.kill()
        first.wait()
        wait_for(lambda: "trying again" in process.said, 60, process.said)
        with queue(tmp_path, port):
            wait_for(lambda: "there again" in process.said, 60, process.said)
            more = write_lines(tmp_path / "more.jsonl", [record(i) for i in range(300, 400)])
            with relay("nats", "--server", f"nats://127.0.0.1:{port}", "--input", str(more)) as other:
                assert other.wait() == 0, other.said
            wait_for(lambda: len(records_of(archive)) == 400, 60, process.said)
            process.process.send_signal(signal.SIGTERM)
            assert process.wait() == 0, process.said
            finish(archive, port)
    assert len(records_of(archive)) == 400 and check(archive)[0] == []


def test_records_that_the_stream_threw_away_are_told(tmp_path):
    port = free_port()
    archive = tmp_path / "archive"
    arguments = ["nats", "--server", f"nats://127.0.0.1:{port}", "--max-bytes", "200000", "--input"]
    with queue(tmp_path, port):
        with relay(*arguments, str(write_lines(tmp_path / "a.jsonl", [record(i) for i in range(100)]))) as one:
            assert one.wait() == 0, one.said
        finish(archive, port)
        with relay(*arguments, str(write_lines(tmp_path / "b.jsonl", [record(i) for i in range(100, 700)]))) as one:
            assert one.wait() == 0, one.said
        said = finish(archive, port, code=2)
    assert "were removed from the stream" in said
    told = json.loads((archive / "manifest.json").read_text())
    kept = told["totals"]["records"]
    assert 100 < kept < 700 and told["totals"]["lost_messages"] == 700 - kept
    assert any("left the stream" in text for text in check(archive)[0])


def test_files_of_the_daemon_fill_a_gap_that_the_relay_left(tmp_path):
    """A relay that was away: its records are in the daemon's own file, and go into the stream afterwards."""
    port = free_port()
    archive = tmp_path / "archive"
    run = json.dumps(DESCRIPTION).encode()
    lines = [record(seq) for seq in range(50)]
    fake = FakeDaemon(tmp_path / "socket")
    address = f"nats://127.0.0.1:{port}"
    with queue(tmp_path, port):
        with relay("nats", "--server", address, "--socket", str(tmp_path / "socket")) as one:
            fake.accept(DESCRIPTION["started"])
            fake.send(*lines[:10], *lines[30:])
            wait_for(lambda: len(stored_or_none(port)) == 30, 60)
            assert one.stop() == 0, one.said
        said = finish(archive, port, code=2)
        assert "door: records 10 to 29" in said
        whole = write_lines(tmp_path / "door.jsonl", [run, *lines])
        with relay("nats", "--server", address, "--input", str(whole)) as one:
            assert one.wait() == 0, one.said
        finish(archive, port)
    fake.close()
    found = records_of(archive)
    assert set(found.values()) == {1} and sorted(seq for _, _, seq in found) == list(range(50))
    assert check(archive)[0] == []


def test_a_consumer_that_somebody_else_has_read_with_is_made_anew(tmp_path):
    """Another folder, or one that was brought back from a backup."""
    port = free_port()
    source = write_lines(tmp_path / "in.jsonl", [record(seq) for seq in range(200)])
    with queue(tmp_path, port):
        with relay("nats", "--server", f"nats://127.0.0.1:{port}", "--input", str(source)) as one:
            assert one.wait() == 0, one.said
        finish(tmp_path / "archive", port)
        assert "made anew" in finish(tmp_path / "other", port)
        assert "made anew" not in finish(tmp_path / "archive", port)
    for name in ("archive", "other"):
        assert len(records_of(tmp_path / name)) == 200 and check(tmp_path / name)[0] == []


def stored_or_none(port: int) -> list[tuple[str, bytes]]:
    try:
        return stored(port)
    except nats.js.errors.NotFoundError:
        return []


def test_without_a_stream_it_waits_and_gives_up_when_asked(tmp_path):
    port = free_port()
    with contextlib.ExitStack() as under, queue(tmp_path, port):
        one = under.enter_context(ArchiveProcess(tmp_path / "archive", port, "--give-up", "1"))
        assert one.wait(60) == 69 and "there is no stream NORFACE yet" in one.said
    with contextlib.ExitStack() as under, queue(tmp_path, port, "--user", "cam", "--pass", "s3cretword"):
        one = under.enter_context(ArchiveProcess(tmp_path / "archive", port))
        assert one.wait(60) == 69 and "uthorization" in one.said
