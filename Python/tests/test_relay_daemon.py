"""The relay beside other subscribers of a real norfaced that plays the sample for ever."""

from __future__ import annotations

import itertools
import json
import signal
import socket
import subprocess
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from relaying import SAMPLE, daemon, free_port, lsl_on_this_machine, program, relay, server, wait_for

redis = pytest.importorskip("redis", reason="redis is not installed")
pytestmark = pytest.mark.timeout(180)


class Subscriber:
    """Another one, who reads at once."""

    def __init__(self, path: Path) -> None:
        self.lines: list[dict] = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with self._socket.makefile() as stream:
            for line in stream:
                self.lines.append(json.loads(line))

    def ask(self, **request) -> None:
        self._socket.sendall(json.dumps(request).encode() + b"\n")

    @property
    def records(self) -> list[dict]:
        return [line for line in self.lines if "event" not in line]


@pytest.fixture
def store(tmp_path):
    port = free_port()
    with server([program("redis-server"), "--port", str(port), "--save", "", "--dir", str(tmp_path)], port):
        yield redis.Redis(port=port)


def url_of(client) -> list[str]:
    return ["--url", f"redis://127.0.0.1:{client.connection_pool.connection_kwargs['port']}/0"]


def lines_of(client, stream: str) -> list[bytes]:
    return [fields[b"line"] for _, fields in client.xrange(stream)]


def test_what_arrives_is_what_the_daemon_gave_byte_for_byte(tmp_path, store):
    with daemon(tmp_path) as path:
        norface = program("norface")
        with relay("redis", *url_of(store), "--socket", str(path)) as process:
            wait_for(lambda: store.xlen("norface:door:faces") >= 5, 60)
            printed = subprocess.run(
                [norface, "subscribe", "--socket", str(path), "--records-only", "-n", "50"], capture_output=True, check=True
            ).stdout.splitlines()
            subprocess.run([norface, "mark", "--socket", str(path), "stimulus 3"], check=True)
            last = json.loads(printed[-1])["seq"]
            wait_for(lambda: json.loads(lines_of(store, "norface:door:faces")[-1])["seq"] > last)
            wait_for(
                lambda: any(
                    b"stimulus 3" in line for line in lines_of(store, "norface:door:events") + lines_of(store, "norface:events")
                )
            )
            assert process.stop() == 0, process.said
        handed_on = set(lines_of(store, "norface:door:faces"))
        # The first one of a subscription says what was lost before it came.
        assert all(line in handed_on for line in printed[1:])
        assert json.loads(lines_of(store, "norface:events")[0])["event"] == "run"


def test_a_relay_that_hangs_costs_the_others_nothing_and_tells_its_losses(tmp_path, store):
    http = free_port()
    extra = "limits: {stop_timeout: 1s}\n"
    with daemon(tmp_path, extra=extra, http=http) as path, relay("redis", *url_of(store), "--socket", str(path)) as process:
        wait_for(lambda: store.xlen("norface:door:faces") >= 25, 60)
        other = Subscriber(path)
        wait_for(lambda: len(other.records) > 10)
        process.process.send_signal(signal.SIGSTOP)
        before = len(other.records)
        begun = time.monotonic()
        # Longer than its queue lasts, and than the daemon waits for one who reads nothing.
        wait_for(lambda: len(other.records) > before + 25 * 25, 120)
        pace = (len(other.records) - before) / (time.monotonic() - begun)
        process.process.send_signal(signal.SIGCONT)
        newest = other.records[-1]["seq"]
        wait_for(lambda: json.loads(lines_of(store, "norface:door:faces")[-1])["seq"] > newest, 60)
        # The file has 25 frames a second: the analysis kept its pace, and nobody else lost a frame of it by the relay.
        assert pace > 20
        seen = other.records
        assert all(b["seq"] == a["seq"] + 1 for a, b in itertools.pairwise(seen))
        assert sum(line["dropped"] - sum(line.get("drops", {}).values()) for line in seen[1:]) == 0
        # What the relay handed on has a gap, whose size is told.
        expected = None
        missing = 0
        for data in map(json.loads, lines_of(store, "norface:door:faces")):
            if expected is not None:
                own = data["dropped"] - sum(data.get("drops", {}).values())
                assert data["seq"] - expected == own, (data["seq"], expected, data["dropped"], data.get("drops"))
                missing += data["seq"] - expected
            expected = data["seq"] + 1
        assert missing > 100
        process.stop()


def test_a_daemon_that_is_started_anew_is_found_again(tmp_path, store):
    with relay("redis", *url_of(store), "--socket", str(tmp_path / "norfaced.sock"), "--max-rate", "5") as process:
        with daemon(tmp_path):
            wait_for(lambda: store.xlen("norface:door:faces") >= 5, 60)
        wait_for(lambda: "trying again" in process.said)
        count = store.xlen("norface:door:faces")
        with daemon(tmp_path):
            wait_for(lambda: store.xlen("norface:door:faces") >= count + 5, 60)
            gaps = [json.loads(line) for line in lines_of(store, "norface:events") if b'"gap"' in line]
            assert len(gaps) == 1 and gaps[0]["counted"] is False and gaps[0]["seconds"] > 0
            process.stop()


def test_capture_times_of_a_live_stream_reach_lsl(tmp_path, tmp_path_factory):
    """From a stream over TCP with times of capture to a sample: the stamp is the capture's, on LSL's clock."""
    try:
        import pylsl
    except (ImportError, RuntimeError, OSError) as error:
        pytest.skip(f"pylsl or liblsl is not there: {error}")
    lsl_on_this_machine(tmp_path_factory)
    port = free_port()
    camera = [program("ffmpeg"), "-v", "error", "-re", "-stream_loop", "-1", "-i", str(SAMPLE), "-c", "copy"]
    camera += ["-f", "mpegts", "-listen", "1", f"http://127.0.0.1:{port}/"]
    sources = f'  door: {{url: "http://127.0.0.1:{port}/"}}\n'
    with server(camera), daemon(tmp_path, sources) as path, relay("lsl", "--socket", str(path)) as process:
        other = Subscriber(path)
        wait_for(lambda: other.records, 60)
        assert other.records[0]["time"], "a live source has times of capture"
        found = pylsl.resolve_byprop("name", "norface.door.0", timeout=20)
        stream = pylsl.StreamInlet(found[0])
        offset = float(stream.info().desc().child("clock").child_value("offset"))
        delays, errors = [], []
        for _ in range(60):
            sample, stamp = stream.pull_sample(timeout=10)
            delays.append(pylsl.local_clock() - stamp)
            record = wait_for(lambda seq=sample[0]: next((r for r in reversed(other.records) if r["seq"] == seq), None))
            captured = time_of(record["time"])
            errors.append(abs(stamp - offset - captured))
        assert max(errors) < 0.002
        # From capture to a recorder's hands: the analysis' own delay, and not a wrong clock.
        assert 0 < sorted(delays)[len(delays) // 2] < 2, delays
        print(f"capture to recorder: median {sorted(delays)[len(delays) // 2]:.3f} s, stamps within {max(errors) * 1e3:.3f} ms")
        process.stop()


def time_of(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
