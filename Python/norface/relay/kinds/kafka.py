"""Apache Kafka: the topics `norface.faces` and `norface.events`, with the source as key."""

from __future__ import annotations

import contextlib
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..credentials import secret
from ..errors import UNAVAILABLE, USAGE, Away, Failure, Refused
from ..items import Item
from .base import Target, library

_FATAL = {"_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED", "TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED"}
_TOO_LARGE = {"MSG_SIZE_TOO_LARGE", "INVALID_MSG", "INVALID_RECORD"}


@dataclass
class Kafka(Target):
    """The producer is idempotent and waits for all replicas: what librdkafka sends again is stored once, in its order. The
    key of a line is a header, `norface-key`."""

    settings: dict[str, str]
    prefix: str
    timeout: float
    _producer: Any = None
    _errors: list[Any] = field(default_factory=list)

    @staticmethod
    def add_options(parser: ArgumentParser) -> None:
        parser.add_argument("--brokers", default="localhost:9092", help="HOST:PORT,HOST:PORT (localhost:9092)")
        parser.add_argument("--prefix", default="norface", help="of the topics (norface)")
        parser.add_argument("--user", help="user name (SASL)")
        parser.add_argument("--password-file", metavar="FILE", help="its first line; else $NORFACE_RELAY_PASSWORD")
        parser.add_argument("--mechanism", default="SCRAM-SHA-512", help="of SASL (SCRAM-SHA-512)")
        parser.add_argument("--tls", action="store_true", help="TLS, with the system's certificate authorities")
        parser.add_argument("--ca", metavar="FILE", help="TLS with this certificate authority")
        parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of librdkafka")

    @classmethod
    def of(cls, options: Namespace) -> Kafka:
        tls = options.tls or options.ca
        settings = {
            "bootstrap.servers": options.brokers,
            "client.id": "norface-relay",
            "enable.idempotence": "true",
            "acks": "all",
            "compression.type": "zstd",
            "linger.ms": "5",
            "delivery.timeout.ms": str(int(options.timeout * 1000)),
            "socket.timeout.ms": str(max(1000, int(options.timeout * 1000))),
        }
        if tls:
            settings["security.protocol"] = "SSL"
        if options.ca:
            settings["ssl.ca.location"] = options.ca
        if options.user is not None:
            settings["security.protocol"] = "SASL_SSL" if tls else "SASL_PLAINTEXT"
            settings["sasl.mechanism"] = options.mechanism
            settings["sasl.username"] = options.user
            settings["sasl.password"] = secret(options.password_file, "NORFACE_RELAY_PASSWORD") or ""
        for pair in options.set:
            name, separator, value = pair.partition("=")
            if not separator or not name:
                raise Failure(USAGE, f"--set takes NAME=VALUE, not '{pair}'")
            if "password" in name or name.endswith((".pem", "secret")):
                raise Failure(USAGE, f"--set {name} would show it to everybody: use --password-file")
            settings[name] = value
        return cls(settings, options.prefix, options.timeout)

    def open(self) -> None:
        kafka = library("confluent_kafka", "confluent-kafka")
        try:
            self._producer = kafka.Producer(dict(self.settings, error_cb=self._errors.append), logger=_silent())
        except kafka.KafkaException as error:
            raise Failure(USAGE, error.args[0].str()) from None
        try:
            self._producer.list_topics(timeout=self.timeout)
        except kafka.KafkaException as error:
            raise self._problem(error.args[0], []) from None

    def send(self, items: Sequence[Item]) -> None:
        import confluent_kafka as kafka

        outcome: dict[int, Any] = {}

        def report(place: int) -> Any:
            return lambda error, _: outcome.__setitem__(place, error)

        refused: tuple[Item, str] | None = None
        for place, item in enumerate(items):
            topic = f"{self.prefix}.{'faces' if item.is_record else 'events'}"
            try:
                self._producer.produce(
                    topic, item.line, item.source, headers={"norface-key": item.key}, on_delivery=report(place)
                )
            except kafka.KafkaException as error:
                outcome[place] = error.args[0]
            except BufferError:
                outcome[place] = None
                self._producer.flush(self.timeout)
                left = [other for index, other in enumerate(items) if index >= place or outcome.get(index, 1) is not None]
                raise Away("librdkafka's queue is full", left) from None
        self._producer.flush(self.timeout * 1.5)
        left = []
        reason: Any = None
        for place, item in enumerate(items):
            error = outcome.get(place, kafka.KafkaError(kafka.KafkaError._TIMED_OUT))
            if error is None:
                continue
            if error.name() in _TOO_LARGE and refused is None:
                refused = (item, error.str())
                continue
            left.append(item)
            reason = reason or error
        if refused:
            raise Refused(refused[1], refused[0], left)
        if left:
            raise self._problem(reason, left)

    def _problem(self, error: Any, left: list[Item]) -> Exception:
        # The cause is in what the client said meanwhile; the call itself only says that time was up.
        said = next((e for e in reversed(self._errors) if e.name() in _FATAL), None) or (
            self._errors[-1] if self._errors and error.name() in ("_TIMED_OUT", "_TRANSPORT", "_MSG_TIMED_OUT") else error
        )
        self._errors.clear()
        text = f"{self.settings['bootstrap.servers']}: {said.str()}"
        if said.name() in _FATAL:
            return Failure(UNAVAILABLE, text)
        return Away(text, left)

    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            # What is broken need not be closed well.
            with contextlib.suppress(Exception):
                producer.purge()
                producer.flush(1)


def _silent() -> Any:
    """librdkafka's own log lines repeat what `_problem` says, and without its address hidden."""
    import logging

    logger = logging.getLogger("norface.relay.kafka")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
