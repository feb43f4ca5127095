"""The relay as a subscriber: gaps, signals, files. A webhook or a local MQTT broker is not needed for it: lines go to Redis."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest
from relaying import FakeDaemon, free_port, program, record, relay, server, wait_for, write_lines

redis = pytest.importorskip("redis", reason="redis is not installed")
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def store(tmp_path):
    port = free_port()
    with server([program("redis-server"), "--port", str(port), "--save", "", "--dir", str(tmp_path)], port):
        yield redis.Redis(port=port)


def url_of(client) -> list[str]:
    return ["--url", f"redis://127.0.0.1:{client.connection_pool.connection_kwargs['port']}/0"]


def data_of(client, stream: str) -> list[dict]:
    return [json.loads(fields[b"line"]) for _, fields in client.xrange(stream)]


def test_records_that_were_not_read_between_two_connections_are_told(tmp_path, store):
    fake = FakeDaemon(tmp_path / "s")
    with relay("redis", *url_of(store), "--socket", str(tmp_path / "s")) as process:
        fake.accept()
        fake.send(record(0), record(1), record(0, source="hall"))
        wait_for(lambda: len(data_of(store, "norface:door:faces")) == 2)
        fake.hang_up()
        # The same run: numbers tell how many are missing, of each source.
        fake.accept()
        fake.send(record(5, dropped=2), record(6), record(1, source="hall"))
        wait_for(lambda: len(data_of(store, "norface:door:faces")) == 4)
        assert [(d["seq"], d["dropped"]) for d in data_of(store, "norface:door:faces")] == [(0, 0), (1, 0), (5, 5), (6, 0)]
        wait_for(lambda: len(data_of(store, "norface:hall:faces")) == 2)
        assert data_of(store, "norface:hall:faces")[1]["dropped"] == 0
        # Another run: nobody knows, and that is said.
        fake.hang_up()
        fake.accept(started="2026-01-02T00:00:00.000Z")
        fake.send(record(3))
        wait_for(lambda: len(data_of(store, "norface:door:faces")) == 5)
        assert data_of(store, "norface:door:faces")[-1]["dropped"] == 0
        gaps = [d for d in data_of(store, "norface:events") if d["event"] == "gap"]
        assert [gap["counted"] for gap in gaps] == [True, False] and all(gap["seconds"] > 0 for gap in gaps)
        assert process.stop() == 2 and "3 not read while the daemon was away" in process.said
    fake.close()


def test_a_daemon_that_comes_later_and_what_is_asked_of_it(tmp_path, store):
    options = ["--source", "door", "--source", "hall", "--field", "au", "--max-rate", "5", "--events-only"]
    with relay("redis", *url_of(store), "--socket", str(tmp_path / "s"), *options) as process:
        wait_for(lambda: "trying again" in process.said)
        fake = FakeDaemon(tmp_path / "s")
        fake.accept()
        assert json.loads(fake.request) == {
            "policy": "drop",
            "sources": ["door", "hall"],
            "fields": ["au"],
            "max_rate": 5,
            "events_only": True,
        }
        fake.send(
            b'{"v":1,"event":"refused","reason":"there is no source hall"}',
            b'{"v":1,"event":"marker","marker":"m"}',
            b"rubbish",
        )
        wait_for(lambda: [d for d in data_of(store, "norface:events") if d["event"] == "marker"])
        wait_for(lambda: "passed over" in process.said)
        assert process.stop(signal.SIGINT) == 2
        assert "the daemon says refused: there is no source hall" in process.said and "1 lines passed over" in process.said
        fake.close()


def test_a_stop_hands_on_what_was_read(tmp_path, store):
    fake = FakeDaemon(tmp_path / "s")
    with relay("redis", *url_of(store), "--socket", str(tmp_path / "s")) as process:
        fake.accept()
        fake.send(*[record(seq) for seq in range(300)])
        wait_for(lambda: data_of(store, "norface:door:faces"))
        assert process.stop() == 0
        count = len(data_of(store, "norface:door:faces"))
        assert f"{count} records and 1 events handed on; nothing lost" in process.said
        assert [d["seq"] for d in data_of(store, "norface:door:faces")] == list(range(count))
    fake.close()


def test_files_are_filtered_here_and_a_cut_line_is_told(tmp_path, store):
    lines = [
        record(0),
        record(0, source="hall"),
        b'{"v":1,"event":"blink","source":"door"}',
        b'{"v":1,"event":"cut","source":"door"}',
    ]
    source = write_lines(tmp_path / "in.jsonl", lines)
    with open(source, "ab") as stream:
        stream.write(record(1)[:50])
    with relay("redis", *url_of(store), "--input", str(source), "--source", "door", "--event", "blink") as process:
        assert process.wait() == 2
        assert "1 records and 1 events handed on" in process.said and "1 lines passed over" in process.said
    assert len(data_of(store, "norface:door:faces")) == 1 and store.xlen("norface:hall:faces") == 0


def test_a_recording_can_be_played_at_its_pace(tmp_path, store):
    source = write_lines(tmp_path / "in.jsonl", [record(seq) for seq in range(0, 50, 5)])
    with relay("redis", *url_of(store), "--input", str(source), "--paced", "--batch", "1") as process:
        assert process.wait() == 0
    times = [int(entry.split(b"-")[0]) for entry, _ in store.xrange("norface:door:faces")]
    # 45 frames of 25 a second; the first one waits for the connection, the others for their time.
    assert 1500 <= times[-1] - times[0] <= 2300, times


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["redis", "--input", "/nowhere.jsonl"], 66, "/nowhere.jsonl"),
        (["redis", "--input", "-", "--socket", "/x"], 64, "--socket or --input"),
        (["redis", "--input", "-", "--max-rate", "5"], 64, "--max-rate"),
        (["redis", "--paced"], 64, "--paced"),
        (["redis", "--queue", "8MB"], 64, "8MB"),
        (["redis", "--events-only", "--records-only"], 64, "--records-only"),
        (["pigeon"], 64, "pigeon"),
        ([], 64, "KIND"),
        (["redis", "--socket", "/nowhere/s", "--give-up", "0.5"], 69, "/nowhere/s"),
        (["redis", "--password-file", "/nowhere", "--input", "-"], 66, "/nowhere"),
    ],
)
def test_exit_codes_and_what_is_said(arguments, code, word, store):
    extra = url_of(store) if arguments[:1] == ["redis"] else []
    with relay(*arguments, *extra, stdin=subprocess.DEVNULL) as process:
        assert process.wait() == code
        assert word in process.said and "Traceback" not in process.said


def test_two_signals_end_it_at_once(tmp_path):
    fake = FakeDaemon(tmp_path / "s")
    with relay(
        "redis", "--url", f"redis://127.0.0.1:{free_port()}", "--socket", str(tmp_path / "s"), "--drain", "60"
    ) as process:
        fake.accept()
        fake.send(record(0))
        wait_for(lambda: "trying again" in process.said)
        os.kill(process.process.pid, signal.SIGTERM)
        wait_for(lambda: "stopping" in process.said)
        assert process.stop(signal.SIGTERM, 5) == 143
    fake.close()
