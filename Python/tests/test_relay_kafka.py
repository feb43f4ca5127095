"""The relay against librdkafka's mock cluster: Kafka's protocol on real sockets, brokers in this process."""

from __future__ import annotations

import time

import pytest
from relaying import free_port, record, relay, write_lines

kafka = pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed")
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def cluster():
    """The addresses of three brokers that live as long as their producer."""
    producer = kafka.Producer({"test.mock.num.brokers": 3})
    brokers = producer.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    producer.flush(1)


def read(brokers: str, topic: str, count: int) -> list:
    settings = {"bootstrap.servers": brokers, "group.id": f"test-{topic}", "auto.offset.reset": "earliest"}
    consumer = kafka.Consumer(settings)
    consumer.subscribe([topic])
    messages = []
    deadline = time.monotonic() + 30
    while len(messages) < count and time.monotonic() < deadline:
        message = consumer.poll(0.5)
        if message is not None and message.error() is None:
            messages.append(message)
    # What came twice would come now.
    message = consumer.poll(1)
    if message is not None and message.error() is None:
        messages.append(message)
    consumer.close()
    return messages


def test_lines_arrive_once_in_their_order_with_the_source_as_key(tmp_path, cluster):
    lines = [record(seq, source=name) for seq in range(300) for name in ("door", "hall")]
    lines.append(b'{"v":1,"event":"ended","source":"door","reason":"end"}')
    source = str(write_lines(tmp_path / "in.jsonl", lines))
    with relay("kafka", "--brokers", cluster, "--input", source) as process:
        assert process.wait() == 0, process.said
    messages = read(cluster, "norface.faces", 600)
    for name in ("door", "hall"):
        mine = [message for message in messages if message.key() == name.encode()]
        assert [message.value() for message in mine] == [record(seq, source=name) for seq in range(300)]
        # One source is one partition: there is no order between them.
        assert len({message.partition() for message in mine}) == 1
    assert [message.value() for message in read(cluster, "norface.events", 1)] == lines[-1:]
    assert dict(messages[0].headers())["norface-key"]


def test_a_line_that_is_too_large_is_told_and_the_others_pass(tmp_path, cluster):
    lines = [record(0), record(1, pad=200_000), record(2)]
    source = str(write_lines(tmp_path / "in.jsonl", lines))
    with relay("kafka", "--brokers", cluster, "--input", source, "--set", "message.max.bytes=100000") as process:
        assert process.wait() == 2, process.said
        assert "2 records and 0 events handed on" in process.said and "refused" in process.said
    assert [message.value() for message in read(cluster, "norface.faces", 2)] == [lines[0], lines[2]]


def test_no_broker_and_wrong_options(tmp_path):
    source = str(write_lines(tmp_path / "in.jsonl", [record(0)]))
    arguments = ["kafka", "--brokers", f"127.0.0.1:{free_port()}", "--input", source]
    with relay(*arguments, "--give-up", "1", "--timeout", "1") as process:
        assert process.wait() == 69 and "records lost: 1" in process.said
    with relay(*arguments, "--set", "sasl.password=s3cretword") as process:
        assert process.wait() == 64 and "s3cretword" not in process.said
    with relay(*arguments, "--set", "no.such.setting=1") as process:
        assert process.wait() == 64 and "no.such.setting" in process.said
