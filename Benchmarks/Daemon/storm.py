#!/usr/bin/env python3
"""Everything that can go wrong with cameras, subscribers, disks and sockets, at once, and whether each frame is accounted for.

    swift build -c release && python3 Benchmarks/Daemon/storm.py [--build .build/release] [--cameras 3] [--minutes 3]

Cameras send MPEG-TS over TCP at the pace of their frames. Each of them is cut by reset, falls silent, is held up and then sends all at once, is
corrupted, leaves frames out, or comes back with another size, every few seconds. Beside the one subscriber that keeps everything there are slow, stuck
and hostile ones; the configuration is read again, the socket's file is deleted, and (as root) the disk that one output writes to fills up.

Prints how often which fault was made, how soon frames came again, and the account: sent = analysed + told. What was in the network's
buffers when a connection was reset is in neither. The files on the full disk are held against the subscriber that keeps everything: records and
what they tell as lost make the same sum. Ends with 1 when a line is not whole, when a camera is not found again, or when more is missing than that.
"""

import argparse
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from harness import ROOT, Daemon, percentile
from small_disk import SmallDisk
from storm_camera import FAULTS, Camera, units


class Reader(threading.Thread):
    """The subscriber that keeps everything."""

    def __init__(self, daemon: Daemon):
        super().__init__(daemon=True)
        self.connection = daemon.subscribe()
        self.records: dict[str, int] = Counter()
        self.told: dict[str, Counter] = {}
        self.events: Counter = Counter()
        self.recoveries: list[float] = []
        self.broken = 0
        self.last: dict[str, float] = {}

    def run(self) -> None:
        for line in self.connection.makefile("rb"):
            try:
                value = json.loads(line)
            except ValueError:
                self.broken += 1
                continue
            if "event" in value:
                self.events[value["event"]] += 1
                if value["event"] == "recovered":
                    self.recoveries.append(value["seconds"])
                continue
            name = value["source"]
            self.records[name] += 1
            self.last[name] = time.monotonic()
            causes = self.told.setdefault(name, Counter())
            causes.update(value.get("drops", {}))
            causes["unexplained"] += value["dropped"] - sum(value.get("drops", {}).values())


def crowd(daemon: Daemon, kind: str, stop: threading.Event) -> None:
    """A subscriber that is no good one, again and again."""
    while not stop.is_set():
        try:
            connection = daemon.subscribe()
            if kind == "hostile":
                connection.sendall(random.choice([b"\x00" * 5000, b"{}\n" * 400, b'{"sources":7}\n' * 20, b'{"a":' * 900]))
            while not stop.is_set():
                if kind == "slow":
                    if not connection.recv(8192):
                        break
                    stop.wait(0.8)
                else:
                    stop.wait(3)
                    if kind == "hostile":
                        break
            connection.close()
        except OSError:
            stop.wait(0.5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / ".build/release")
    parser.add_argument("--cameras", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--rate", type=int, default=10, help="frames a second of a camera")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    seconds = options.minutes * 60
    with tempfile.TemporaryDirectory(prefix="norfaced-storm-") as folder:
        streams = [units(Path(folder), size, options.rate, seconds + 60) for size in ("640:360", "480:270")]
        cameras = [Camera(f"c{number}", streams, random.Random(number), options.rate) for number in range(options.cameras)]
        return storm(options, cameras, seconds)


def storm(options, cameras: list[Camera], seconds: float) -> int:
    with contextlib.ExitStack() as stack:
        disk = stack.enter_context(SmallDisk()) if os.geteuid() == 0 else None
        if disk is None:
            print("no disk is filled: that takes root")
        return storm_on(disk, options, cameras, seconds)


def storm_on(disk: SmallDisk | None, options, cameras: list[Camera], seconds: float) -> int:
    sources = {camera.name: f"{{url: 'tcp://127.0.0.1:{camera.port}'}}" for camera in cameras}
    more = "log: {level: notice}\ncapture: {reconnect_limit: 2s}\nanalysis: {max_faces: 1}\n"
    stop = threading.Event()
    files = {"small": f"{{path: '{disk.folder}/{{source}}.jsonl', queue: 64KiB, flush_interval: 200ms}}"} if disk else None
    with Daemon(sources, options.build, extra=more, files=files) as daemon:
        reader = Reader(daemon)
        reader.start()
        start = daemon.facts()
        for kind, count in (("slow", 4), ("stuck", 4), ("hostile", 4)):
            for _ in range(count):
                threading.Thread(target=crowd, args=(daemon, kind, stop), daemon=True).start()
        for camera in cameras:
            camera.begin(stop)
        end = time.monotonic() + seconds
        done = Counter()
        while time.monotonic() < end:
            time.sleep(min(10, max(0, end - time.monotonic())))
            what = random.choice(["reload", "socket"] + ["disk"] * (disk is not None))
            done[what] += 1
            if what == "reload":
                daemon.reload(sources | ({"guest": "{url: /dev/video99}"} if done["reload"] % 2 else {}))
            elif what == "disk":
                disk.fill()
                time.sleep(min(8, max(0, end - time.monotonic())))
                disk.empty()
            else:
                os.unlink(daemon.socket)
                waited = time.monotonic()
                while not os.path.exists(daemon.socket) and time.monotonic() - waited < 5:
                    time.sleep(0.05)
        stop.set()
        for camera in cameras:
            camera.finish()
        # What waits is analysed, and a last whole frame tells what was lost before it.
        time.sleep(5)
        found = [camera for camera in cameras if time.monotonic() - reader.last.get(camera.name, 0) < 5]
        facts = daemon.facts()
        metrics = daemon.page("/metrics")
    code = tell(cameras, reader, done, found, start, facts, metrics)
    return max(code, tell_files(disk, cameras, reader)) if disk else code


def tell_files(disk: SmallDisk, cameras: list[Camera], reader: Reader) -> int:
    """Whether the files on the disk that was full own up to everything."""
    code = 0
    for camera in cameras:
        account = disk.account(camera.name)
        known = reader.records[camera.name] + sum(reader.told.get(camera.name, Counter()).values())
        print(f"{camera.name} on the full disk: {account.records} records + {account.dropped} told = {account.sum} of {known}; "
              f"broken lines: {account.broken}")  # fmt: skip
        if account.sum != known or account.broken:
            print(f"FAILED: the file of {camera.name} does not own up to {known - account.sum} frames")
            code = 1
    return code


def tell(cameras: list[Camera], reader: Reader, done: Counter, found: list[Camera], start, facts, metrics: str) -> int:
    faults = sum((camera.faults for camera in cameras), Counter())
    print("faults: " + ", ".join(f"{faults[name]} {name}" for name in FAULTS), "|", dict(done))
    back = [value for camera in cameras for value in camera.recovered]
    if back:
        print(f"called again after the camera serves: {len(back)} times, median {statistics.median(back):.2f} s, "
              f"p90 {percentile(back, 0.9):.2f} s, longest {max(back):.2f} s")  # fmt: skip
    worst = 0
    for camera in cameras:
        told = reader.told.get(camera.name, Counter())
        sent, analysed = camera.sent, reader.records[camera.name]
        missing = sent - analysed - sum(told.values())
        worst = max(worst, abs(missing) - camera.flight)
        print(f"{camera.name}: sent {sent} = analysed {analysed} + told {sum(told.values())} {dict(+told)} + {missing}; "
              f"at most {camera.flight} were under way when {camera.cuts} connections were cut")  # fmt: skip
    decoded = [line for line in metrics.splitlines() if line.startswith("norfaced_source_frames_damaged") and not line.startswith("#")]
    print(f"events: {dict(reader.events)}; broken lines: {reader.broken}; {' '.join(decoded)}")
    print(f"memory {start[0]:.0f} -> {facts[0]:.0f} MiB, descriptors {start[1]} -> {facts[1]}, threads {start[2]} -> {facts[2]}")
    if reader.broken or len(found) < len(cameras) or worst > 0:
        print("FAILED: " + ("broken lines " if reader.broken else "") + ("a camera was not found again " if len(found) < len(cameras) else "")
              + (f"{worst} frames are neither analysed nor told" if worst > 0 else ""))  # fmt: skip
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
