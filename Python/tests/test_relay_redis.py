"""The relay against a real Redis."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest
from relaying import free_port, program, record, relay, server, wait_for, write_lines

redis = pytest.importorskip("redis", reason="redis is not installed")
pytestmark = pytest.mark.timeout(120)


def store(folder, port: int, *extra: str):
    common = ["--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--daemonize", "no"]
    return server([program("redis-server"), "--port", str(port), *common, *extra], port)


def lines_of(client, stream: str) -> list[bytes]:
    return [fields[b"line"] for _, fields in client.xrange(stream)]


def test_a_file_becomes_streams_of_a_bounded_length(tmp_path):
    lines = [record(seq) for seq in range(1500)] + [b'{"v":1,"event":"ended","source":"door","reason":"end"}']
    port = free_port()
    source = str(write_lines(tmp_path / "in.jsonl", lines))
    with store(tmp_path, port):
        client = redis.Redis(port=port)
        url = ["--url", f"redis://127.0.0.1:{port}/0"]
        with relay("redis", *url, "--input", source) as process:
            assert process.wait() == 0, process.said
        assert lines_of(client, "norface:door:faces") == lines[:-1]
        assert lines_of(client, "norface:door:events") == lines[-1:]
        with relay("redis", *url, "--input", source, "--prefix", "few", "--maxlen", "200") as process:
            assert process.wait() == 0
        assert 200 <= client.xlen("few:door:faces") < 400
        assert lines_of(client, "few:door:faces")[-1] == lines[-2]


def test_what_was_sent_into_a_broken_connection_stands_there_once(tmp_path):
    """The server is stopped in mid-stream until the relay gives its answer up, then goes on with what lay in its socket."""
    port = free_port()
    with store(tmp_path, port) as stopped:
        client = redis.Redis(port=port)
        arguments = ["--url", f"redis://127.0.0.1:{port}/0", "--timeout", "0.5", "--input", "-", "--batch", "7"]
        with relay("redis", *arguments, stdin=subprocess.PIPE) as process:
            pipe = process.process.stdin
            for round_ in range(3):
                for seq in range(round_ * 100, round_ * 100 + 50):
                    pipe.write(record(seq) + b"\n")
                pipe.flush()
                wait_for(
                    lambda last=round_ * 100 + 49: b'"seq":%d,' % last in (lines_of(client, "norface:door:faces") or [b""])[-1]
                )
                stopped.send_signal(signal.SIGSTOP)
                for seq in range(round_ * 100 + 50, round_ * 100 + 100):
                    pipe.write(record(seq) + b"\n")
                pipe.flush()
                wait_for(lambda n=round_: process.said.count("trying again") > n)
                stopped.send_signal(signal.SIGCONT)
            pipe.close()
            assert process.wait() == 0, process.said
        assert [json.loads(line)["seq"] for line in lines_of(client, "norface:door:faces")] == list(range(300))
        assert "300 records and 0 events handed on; nothing lost" in process.said


def test_a_store_that_is_full_is_waited_for(tmp_path):
    port = free_port()
    source = str(write_lines(tmp_path / "in.jsonl", [record(seq) for seq in range(20)]))
    with store(tmp_path, port, "--maxmemory", "1"):
        client = redis.Redis(port=port)
        with relay("redis", "--url", f"redis://127.0.0.1:{port}/0", "--input", source) as process:
            wait_for(lambda: "maxmemory" in process.said)
            client.config_set("maxmemory", 0)
            assert process.wait() == 0
        assert client.xlen("norface:door:faces") == 20


def test_credentials_and_a_key_that_is_no_stream(tmp_path):
    port = free_port()
    (tmp_path / "word").write_text("s3cretword\n")
    source = str(write_lines(tmp_path / "in.jsonl", [record(0), b'{"v":1,"event":"reloaded"}']))
    with store(tmp_path, port, "--requirepass", "s3cretword"):
        url = ["redis", "--url", f"redis://127.0.0.1:{port}/0", "--input", source]
        with relay(*url) as process:
            assert process.wait() == 69 and "AUTH" in process.said
        redis.Redis(port=port, password="s3cretword").set("norface:door:faces", "a text")
        with relay(*url, "--password-file", str(tmp_path / "word")) as process:
            assert process.wait() == 2, process.said
            assert "norface:door:faces is no stream" in process.said and "1 events handed on" in process.said
        with relay("redis", "--url", "redis://:s3cretword@127.0.0.1", "--input", source) as process:
            assert process.wait() == 64 and "s3cretword" not in process.said
