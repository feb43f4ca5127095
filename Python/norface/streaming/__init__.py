"""The daemon's Unix socket: live records and events (Documentation/Subscribing.md)."""

from __future__ import annotations

from .aio import AsyncStream, astream
from .blocking import Stream, place_marker, stream
from .lines import Event, Face, Gaze, Line, Record
from .protocol import DEFAULT_SOCKET, StreamClosedError, StreamRefusedError

__all__ = [
    "DEFAULT_SOCKET",
    "AsyncStream",
    "Event",
    "Face",
    "Gaze",
    "Line",
    "Record",
    "Stream",
    "StreamClosedError",
    "StreamRefusedError",
    "astream",
    "place_marker",
    "stream",
]
