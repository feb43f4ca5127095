"""The relay against a real nats-server."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess

import pytest
from relaying import FakeDaemon, free_port, program, record, relay, server, wait_for, write_lines

nats = pytest.importorskip("nats", reason="nats-py is not installed")
pytestmark = pytest.mark.timeout(120)


def queue(folder, port: int, *extra: str):
    return server([program("nats-server"), "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder / "js"), *extra], port)


def stored(port: int, stream: str = "NORFACE") -> list[tuple[str, bytes]]:
    """All messages of a stream, by subject, in their order."""

    async def read():
        client = await nats.connect(f"nats://127.0.0.1:{port}")
        try:
            context = client.jetstream()
            count = (await context.stream_info(stream)).state.messages
            messages = []
            subscription = await context.subscribe("norface.>", ordered_consumer=True)
            while len(messages) < count:
                message = await subscription.next_msg(timeout=5)
                messages.append((message.subject, message.data))
            return messages
        except nats.js.errors.NotFoundError:
            return []
        finally:
            await client.close()

    return asyncio.run(read())


def test_a_file_that_is_handed_on_twice_is_stored_once(tmp_path):
    lines = [record(seq) for seq in range(400)] + [b'{"v":1,"event":"ended","source":"door","reason":"end"}']
    port = free_port()
    source = str(write_lines(tmp_path / "in.jsonl", lines))
    with queue(tmp_path, port):
        for _ in range(2):
            with relay("nats", "--server", f"nats://127.0.0.1:{port}", "--input", source) as process:
                assert process.wait() == 0, process.said
        expected = [("norface.door.faces", line) for line in lines[:-1]] + [("norface.door.events", lines[-1])]
        assert stored(port) == expected


def test_two_relays_of_one_daemon_store_each_record_once(tmp_path):
    port = free_port()
    with queue(tmp_path, port):
        fakes = [FakeDaemon(tmp_path / name) for name in "ab"]
        server_option = ["nats", "--server", f"nats://127.0.0.1:{port}", "--socket"]
        with relay(*server_option, str(tmp_path / "a")) as one, relay(*server_option, str(tmp_path / "b")) as two:
            for fake in fakes:
                fake.accept()
                # They lost different records before they came.
                fake.send(*[record(seq, dropped=3 if fake is fakes[0] and seq == 0 else 0) for seq in range(50)])
            wait_for(lambda: len([s for s, _ in stored(port) if s.endswith("faces")]) >= 50)
            assert one.stop() == two.stop() == 0
            assert "50 records" in one.said and "50 records" in two.said
        assert [json.loads(line)["seq"] for subject, line in stored(port) if subject.endswith("faces")] == list(range(50))
        for fake in fakes:
            fake.close()


def test_a_server_that_stops_and_one_that_dies_double_and_lose_nothing(tmp_path):
    port = free_port()
    arguments = ["nats", "--server", f"nats://127.0.0.1:{port}", "--timeout", "1", "--input", "-", "--batch", "20"]
    with queue(tmp_path, port) as first, relay(*arguments, stdin=subprocess.PIPE) as process:
        pipe = process.process.stdin
        pipe.write(b"".join(record(seq) + b"\n" for seq in range(100)))
        pipe.flush()
        wait_for(lambda: len(stored(port)) == 100)
        first.send_signal(signal.SIGSTOP)
        pipe.write(b"".join(record(seq) + b"\n" for seq in range(100, 150)))
        pipe.flush()
        wait_for(lambda: "trying again" in process.said)
        first.send_signal(signal.SIGCONT)
        wait_for(lambda: len(stored(port)) >= 150)
        first.kill()
        first.wait()
        pipe.write(b"".join(record(seq) + b"\n" for seq in range(150, 200)))
        pipe.flush()
        wait_for(lambda: process.said.count("trying again") >= 2)
        with queue(tmp_path, port):
            pipe.close()
            assert process.wait() == 0, process.said
            assert [json.loads(line)["seq"] for _, line in stored(port)] == list(range(200))


def test_credentials_and_a_server_without_jetstream(tmp_path):
    port = free_port()
    (tmp_path / "word").write_text("s3cretword\n")
    source = str(write_lines(tmp_path / "in.jsonl", [record(0)]))
    base = ["nats", "--server", f"nats://127.0.0.1:{port}", "--input", source]
    with queue(tmp_path, port, "--user", "cam", "--pass", "s3cretword"):
        with relay(*base) as process:
            assert process.wait() == 69 and "Authorization" in process.said
        with relay(*base, "--user", "cam", "--password-file", str(tmp_path / "word")) as process:
            assert process.wait() == 0, process.said
    with server([program("nats-server"), "-a", "127.0.0.1", "-p", str(port)], port), relay(*base, "--give-up", "1") as process:
        assert process.wait() == 69 and "JetStream" in process.said
