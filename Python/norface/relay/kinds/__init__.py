"""Whom lines can be handed to: one module each, named as its kind."""

from __future__ import annotations

from importlib import import_module

from .base import Target

# Name, class, and what the list of kinds says of it.
KINDS = {
    "mqtt": ("MQTT", "an MQTT broker (Mosquitto, EMQX, Home Assistant)"),
    "redis": ("Redis", "Redis Streams"),
    "nats": ("NATS", "NATS JetStream"),
    "kafka": ("Kafka", "Apache Kafka"),
    "lsl": ("LSL", "Lab Streaming Layer, beside EEG and other recordings"),
    "webhook": ("Webhook", "events as signed HTTP requests"),
}


def kind(name: str) -> type[Target]:
    """The class of a kind. Its library is imported when it is opened, not here."""
    return getattr(import_module(f"{__name__}.{name}"), KINDS[name][0])
