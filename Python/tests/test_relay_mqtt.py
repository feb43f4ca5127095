"""The relay against a real Mosquitto."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from relaying import FakeDaemon, free_port, program, record, relay, server, wait_for, write_lines

mqtt = pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed")
pytestmark = pytest.mark.timeout(120)


class Listener:
    """A subscriber of everything, by topic and in the order of arrival."""

    def __init__(self, port: int, user: str | None = None, password: str | None = None) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []
        self._ready = threading.Event()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="listener", clean_session=False)
        if user:
            self.client.username_pw_set(user, password)
        self.client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self.client.on_subscribe = lambda *_: self._ready.set()
        self.client.on_message = lambda _client, _data, m: self.messages.append((m.topic, m.payload, m.retain))
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self._ready.wait(10)

    def of(self, topic: str) -> list[bytes]:
        return [payload for name, payload, _ in self.messages if name == topic]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def broker(folder: Path, port: int, extra: str = "allow_anonymous true\n"):
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nmax_queued_messages 0\npersistence true\npersistence_location {folder}/\nuser root\n{extra}"
    )
    return server([program("mosquitto"), "-c", str(config)], port)


def test_a_file_arrives_whole_and_in_its_order(tmp_path):
    lines = [record(seq) for seq in range(500)]
    lines.insert(100, b'{"v":1,"event":"marker","source":"door","marker":"now"}')
    lines.insert(200, b'{"v":1,"event":"reloaded"}')
    port = free_port()
    with broker(tmp_path, port):
        listener = Listener(port)
        with relay("mqtt", "--port", str(port), "--input", str(write_lines(tmp_path / "in.jsonl", lines))) as process:
            assert process.wait() == 0
        wait_for(lambda: len(listener.of("norface/door/faces")) == 500)
        assert listener.of("norface/door/faces") == [line for line in lines if b'"event"' not in line]
        assert listener.of("norface/door/events") == [lines[100]]
        assert listener.of("norface/events") == [lines[200]]
        assert process.said.endswith("500 records and 2 events handed on; nothing lost")
        wait_for(lambda: listener.of("norface/available")[-1:] == [b"offline"])
        assert b"online" in listener.of("norface/available")
        assert listener.of("norface/door/available")[0] == b"online"
        listener.close()


def test_availability_is_retained_and_the_broker_tells_of_a_dead_relay(tmp_path):
    port = free_port()
    with broker(tmp_path, port):
        fake = FakeDaemon(tmp_path / "s")
        with relay("mqtt", "--port", str(port), "--socket", str(tmp_path / "s"), "--prefix", "cams/one") as process:
            fake.accept()
            fake.send(record(0))
            listener = Listener(port)
            wait_for(lambda: listener.of("cams/one/available")[-1:] == [b"online"])
            wait_for(lambda: [m for m in listener.messages if m[0] == "cams/one/run"])
            fake.send(b'{"v":1,"event":"stream_lost","source":"door","reason":"silence"}')
            wait_for(lambda: listener.of("cams/one/door/available")[-1:] == [b"offline"])
            fake.send(record(1))
            wait_for(lambda: listener.of("cams/one/door/available")[-1:] == [b"online"])
            # The daemon goes and comes.
            fake.close()
            fake.hang_up()
            wait_for(lambda: listener.of("cams/one/available")[-1:] == [b"offline"])
            assert listener.of("cams/one/door/available")[-1] == b"offline"
            fake = FakeDaemon(tmp_path / "s")
            fake.accept()
            wait_for(lambda: listener.of("cams/one/available")[-1:] == [b"online"])
            process.process.send_signal(signal.SIGKILL)
            wait_for(lambda: listener.of("cams/one/available")[-1:] == [b"offline"], 30, "the last will")
            late = Listener(port)
            wait_for(lambda: ("cams/one/available", b"offline", True) in late.messages)
            late.close()
            listener.close()
        fake.close()


def test_a_broker_that_goes_and_comes_loses_nothing(tmp_path):
    """QoS 1: all arrive, in their order; the ones whose answer was lost may come twice."""
    port = free_port()
    with (
        broker(tmp_path, port) as first,
        relay("mqtt", "--port", str(port), "--input", "-", "--when-full", "wait", stdin=subprocess.PIPE) as process,
    ):
        listener = Listener(port)
        pipe = process.process.stdin
        for seq in range(200):
            pipe.write(record(seq) + b"\n")
        pipe.flush()
        wait_for(lambda: len(listener.of("norface/door/faces")) >= 200)
        # It keeps the listener's session on the disk; what was killed would have forgotten it, and what it had taken for it.
        first.terminate()
        first.wait()
        for seq in range(200, 400):
            pipe.write(record(seq) + b"\n")
        pipe.flush()
        wait_for(lambda: "trying again" in process.said)
        with server([program("mosquitto"), "-c", str(tmp_path / "mosquitto.conf")], port):
            for seq in range(400, 500):
                pipe.write(record(seq) + b"\n")
            pipe.close()
            assert process.wait(60) == 0
            wait_for(lambda: json.loads((listener.of("norface/door/faces") or [b'{"seq":0}'])[-1])["seq"] == 499, 30)
            seen = list(dict.fromkeys(json.loads(line)["seq"] for line in listener.of("norface/door/faces")))
            assert seen == list(range(500))
            assert "500 records and 0 events handed on; nothing lost" in process.said
        listener.close()


def test_a_broker_that_hangs_is_told_and_the_losses_are_counted_exactly(tmp_path):
    port = free_port()
    with broker(tmp_path, port) as hanging:
        fake = FakeDaemon(tmp_path / "s")
        arguments = [
            "--port",
            str(port),
            "--socket",
            str(tmp_path / "s"),
            "--queue",
            "64KiB",
            "--timeout",
            "1",
            "--batch",
            "10",
        ]
        with relay("mqtt", *arguments) as process:
            listener = Listener(port)
            fake.accept()
            fake.send(*[record(seq) for seq in range(10)])
            wait_for(lambda: len(listener.of("norface/door/faces")) == 10)
            hanging.send_signal(signal.SIGSTOP)
            for start in range(10, 1010, 50):
                fake.send(*[record(seq) for seq in range(start, start + 50)])
            wait_for(lambda: "trying again" in process.said)
            hanging.send_signal(signal.SIGCONT)
            wait_for(lambda: b'"seq":1009,' in (listener.of("norface/door/faces") or [b""])[-1], 30)
            assert process.stop() == 2
            expected = 0
            for data in unique(listener.of("norface/door/faces")):
                assert data["seq"] == expected + data["dropped"]
                expected = data["seq"] + 1
            lost = 1010 - len(unique(listener.of("norface/door/faces")))
            assert lost > 100 and f"records lost: {lost} the target was too slow" in process.said
            listener.close()
        fake.close()


def unique(lines: list[bytes]) -> list[dict]:
    return list({data["seq"]: data for data in map(json.loads, lines)}.values())


def test_credentials_are_needed_and_not_shown(tmp_path):
    port = free_port()
    words = tmp_path / "words"
    subprocess.run([program("mosquitto_passwd"), "-b", "-c", str(words), "cam", "s3cretword"], check=True)
    (tmp_path / "right").write_text("s3cretword\n")
    (tmp_path / "wrong").write_text("wr0ngword\n")
    source = str(write_lines(tmp_path / "in.jsonl", [record(0)]))
    common = ["mqtt", "--port", str(port), "--user", "cam", "--input", source]
    with broker(tmp_path, port, f"allow_anonymous false\npassword_file {words}\n"):
        with relay(*common, "--password-file", str(tmp_path / "right")) as process:
            assert process.wait() == 0
        with relay(*common, "--password-file", str(tmp_path / "wrong")) as process:
            assert process.wait() == 69
            assert "wr0ngword" not in process.said and "authori" in process.said.lower()
        with relay(*common, env={"NORFACE_RELAY_PASSWORD": "s3cretword"}) as process:
            assert process.wait() == 0
        with relay("mqtt", "--help") as process:
            assert process.wait() == 0 and b"--password " not in process.process.stdout.read()


def test_tls_with_a_certificate_authority_of_ones_own(tmp_path):
    port = free_port()
    openssl = program("openssl")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")],
        check=True,
        capture_output=True,
    )
    source = str(write_lines(tmp_path / "in.jsonl", [record(0)]))
    with broker(tmp_path, port, f"allow_anonymous true\ncertfile {tmp_path}/cert\nkeyfile {tmp_path}/key\n"):
        with relay("mqtt", "--port", str(port), "--ca", str(tmp_path / "cert"), "--input", source) as process:
            assert process.wait() == 0, process.said
        with relay("mqtt", "--port", str(port), "--tls", "--input", source) as process:
            assert process.wait() == 69 and "certificate" in process.said


def test_no_broker_ends_with_69_when_the_patience_is_over(tmp_path):
    source = str(write_lines(tmp_path / "in.jsonl", [record(0), record(1)]))
    with relay("mqtt", "--port", str(free_port()), "--input", source, "--give-up", "1") as process:
        assert process.wait() == 69
        assert "Connection refused" in process.said and "records lost: 2 left at the end" in process.said
