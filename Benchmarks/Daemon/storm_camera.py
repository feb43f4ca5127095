"""A camera of the storm: MPEG-TS over TCP, frame by frame at their pace, with faults."""

import random
import socket
import struct
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

from harness import ROOT

#: What a camera does wrong.
FAULTS = ("reset", "silence", "burst", "corruption", "gap", "format")


def units(folder: Path, size: str, rate: int, seconds: float) -> list[tuple[bytes, bool]]:
    """The sample clip, over and over, as transport-stream packets by frame: bytes, and whether it is a key frame."""
    path = folder / f"{size.replace(':', 'x')}.ts"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-i", ROOT / "Tests/Fixtures/sample.mp4", "-t", str(seconds), "-an",
         "-vf", f"scale={size},fps={rate}", "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-bf", "0", "-g", str(rate),
         "-f", "mpegts", path],
        check=True,
    )  # fmt: skip
    data = path.read_bytes()
    frames: list[tuple[bytes, bool]] = []
    head, body, isKey = b"", b"", False
    for place in range(0, len(data), 188):
        packet = data[place : place + 188]
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        if pid != 256:
            # Tables stand before the frame that follows them.
            head += packet
            continue
        if packet[1] & 0x40:
            if body:
                frames.append((body, isKey))
            body, head = head + packet, b""
            isKey = bool(packet[3] & 0x20 and packet[4] and packet[5] & 0x40)
        else:
            body += packet
    frames.append((body, isKey))
    return frames


class Camera:
    """Serves one client at a time. ``sent`` counts the frames that it took, those that it left out on purpose included; ``flight`` those
    that may have been under way when a connection was cut."""

    def __init__(self, name: str, streams: list[list[tuple[bytes, bool]]], rng: random.Random, rate: int):
        self.name, self.streams, self.rng, self.rate = name, streams, rng, rate
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sent = self.flight = self.cuts = 0
        self.faults: Counter = Counter()
        self.recovered: list[float] = []
        self.stream = 0
        self.stop = threading.Event()
        self.calm = threading.Event()

    def begin(self, stop: threading.Event) -> None:
        self.calm = stop
        self.start = time.monotonic()
        self.free = time.monotonic()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def finish(self) -> None:
        """Goes on for three seconds without a fault, so that whatever was lost is told, and then says no more."""
        time.sleep(0.5)
        threading.Timer(3, self.stop.set).start()

    def serve(self) -> None:
        while not self.stop.is_set():
            self.listener.settimeout(0.5)
            try:
                connection, _ = self.listener.accept()
            except TimeoutError:
                continue
            try:
                self.talk(connection)
            except OSError:
                # The client has left: what it was sent last may have been thrown away.
                self.cut()
            finally:
                connection.close()
            self.free = time.monotonic()

    def cut(self) -> None:
        self.cuts += 1
        # Half a second of frames in buffers, and the two that the decoder holds.
        self.flight += self.rate // 2 + 2

    def talk(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        if self.cuts:
            self.recovered.append(time.monotonic() - self.free)
        frames = self.streams[self.stream]
        number = int((time.monotonic() - self.start) * self.rate)
        while number < len(frames) and not frames[number][1]:
            number += 1
        trouble = time.monotonic() + self.rng.uniform(6, 12)
        late: list[bytes] = []
        try:
            self.send(connection, frames, number, trouble, late)
        finally:
            # What it held back and the client did not wait for was never sent.
            self.sent -= len(late)

    def send(self, connection: socket.socket, frames: list, number: int, trouble: float, late: list[bytes]) -> None:
        mode, until = "", 0.0
        while not self.stop.is_set() and number < len(frames):
            due = self.start + number / self.rate
            time.sleep(max(0, due - time.monotonic()))
            now = time.monotonic()
            body = frames[number][0]
            number += 1
            if not mode and now >= trouble and not self.calm.is_set():
                mode = self.rng.choice(FAULTS)
                self.faults[mode] += 1
                until = now + {"silence": 4, "burst": 1.2, "corruption": 0.5, "gap": 1}.get(mode, 0)
                if mode in ("reset", "format"):
                    if mode == "format":
                        self.stream = 1 - self.stream
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return self.cut()
            elif mode and now >= until:
                if mode == "silence":
                    return self.cut()
                mode, trouble = "", now + self.rng.uniform(6, 12)
                while late:
                    connection.sendall(late.pop(0))
            if mode == "silence":
                continue
            self.sent += 1
            if mode == "gap":
                continue
            if mode == "burst":
                late.append(body)
                continue
            if mode == "corruption":
                spoiled = bytearray(body)
                for _ in range(3):
                    spoiled[self.rng.randrange(40, len(spoiled))] ^= 0xFF
                body = bytes(spoiled)
            connection.sendall(body)
