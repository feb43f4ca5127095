"""Runs a daemon as fast as it goes while sources, subscribers, scrapes and reloads come and go, and watches that nothing grows.

    swift build -c release && python3 Benchmarks/Daemon/soak.py [--build .build/release] [--bundle FOLDER] [--minutes 10]

Sources: two clips played as fast as they can be analysed, two cameras that are cut off and come back at random, one that is never there,
and a guest that every second reload adds or removes. Subscribers: one that reads everything to the end, and up to twenty others of every kind.

Prints memory, descriptors and threads by quarters, and ends with 1 when one of them is higher in the last quarter than in the second by
more than noise, when a line is not whole, or when records are lost without being told.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from harness import ROOT, Daemon


class Cameras:
    """Cameras on loopback that go and come back (`Tests/Peers/cutting_peer.py`); a context that ends them."""

    def __init__(self, folder, video, count, minutes):
        stream = Path(folder) / "camera.ts"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-i", video, "-t", "60", "-an", "-vf", "scale=640:-2,fps=10",
             "-c:v", "libx264", "-preset", "veryfast", "-g", "10", "-f", "mpegts", stream],
            check=True,
        )  # fmt: skip
        peer = [ROOT / "Tests/Peers/cutting_peer.py", stream, "--sources", count, "--cuts", 1 << 30, "--up", 8, 30]
        peer += ["--down", 0.5, 6, "--seconds", 60, "--lifetime", int(minutes * 60) + 600]
        self.process = subprocess.Popen([sys.executable] + [str(word) for word in peer], stdout=subprocess.PIPE, text=True)
        self.ports, self.cuts = {}, 0
        for line in self.process.stdout:
            word, *rest = line.split()
            if word == "port":
                break
            self.ports[rest[0]] = rest[1]
        threading.Thread(target=self.count, daemon=True).start()

    def count(self):
        for line in self.process.stdout:
            self.cuts += line.startswith("down")

    def sources(self):
        return {f"camera-{n}": f"{{url: 'tcp://127.0.0.1:{port}', capture: {{stall_timeout: 2s}}}}" for n, port in self.ports.items()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Reader(threading.Thread):
    """A subscriber that reads everything, and holds what it was given against what it was told."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.connection = daemon.subscribe()
        self.records, self.faces, self.told, self.bad = 0, 0, 0, 0
        self.events, self.last = {}, {}
        self.start()

    def run(self):
        for line in self.connection.makefile("rb"):
            try:
                value = json.loads(line)
            except ValueError:
                self.bad += 1
                continue
            if name := value.get("event"):
                self.events[name] = self.events.get(name, 0) + 1
                # Its numbers begin anew.
                if name == "ended":
                    self.last.pop(value["source"], None)
                continue
            self.records += 1
            self.faces += len(value["faces"])
            self.told += value["dropped"]
            before, now = self.last.get(value["source"]), value["seq"]
            # A number that was passed over is a record that was lost to this subscriber: `dropped` has to account for it.
            if before is not None and now > before + 1 and value["dropped"] < now - before - 1:
                self.bad += 1
            self.last[value["source"]] = now


def quarters(samples, index):
    """The medians of a column in the quarters of the run."""
    cuts = [len(samples) * part // 4 for part in range(5)]
    return [statistics.median(row[index] for row in samples[a:b]) for a, b in zip(cuts, cuts[1:])]


def soak(daemon, steady, guest, minutes):
    """Rows of time, resident MiB, descriptors, threads and processor seconds, one a second."""
    chance = random.Random(1)
    samples, subscribers = [], []
    start = time.monotonic()
    turn = 0
    while time.monotonic() < start + minutes * 60:
        turn += 1
        # Subscribers of every kind: some read a little, most are stuck, all go in the end.
        for _ in range(chance.randrange(4)):
            one = daemon.subscribe()
            one.sendall(chance.choice([b'{"max_rate":2}\n', b"nonsense\n", b"x" * 5000, b'{"marker":"m"}\n', b""]))
            subscribers.append(one)
        while len(subscribers) > 20:
            subscribers.pop(chance.randrange(len(subscribers))).close()
        daemon.page("/metrics")
        if turn % 10 == 0:
            daemon.reload(steady | (guest if turn % 20 == 0 else {}))
        time.sleep(1)
        samples.append((time.monotonic() - start, *daemon.facts()))
        if turn % 30 == 0:
            passed, rss, files, threads, seconds = samples[-1]
            print(f"{passed:5.0f} s: {rss:6.1f} MiB, {files} descriptors, {threads} threads, {seconds:.0f} s of processor", flush=True)
    for one in subscribers:
        one.close()
    return samples


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=ROOT / ".build/release")
    parser.add_argument("--bundle", default=None)
    parser.add_argument("--video", default=ROOT / "Tests/Fixtures/sample.mp4")
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    fast = {f"fast-{n}": f"{{url: {options.video}, capture: {{loop: true}}}}" for n in range(2)}
    gone = {"gone": "{url: 'rtsp://127.0.0.1:1/nothing', capture: {reconnect_limit: 1s}}"}
    guest = {"guest": f"{{url: {options.video}, capture: {{loop: true, realtime: true}}, analysis: {{max_rate: 5}}}}"}
    with tempfile.TemporaryDirectory() as folder, Cameras(folder, options.video, 2, options.minutes) as cameras:
        steady = fast | gone | cameras.sources()
        with Daemon(steady, options.build, options.bundle) as daemon:
            reader = Reader(daemon)
            samples = soak(daemon, steady, guest, options.minutes)
            status = daemon.status()
        reader.join(30)
    print(
        f"{reader.records} records with {reader.faces} faces read, {reader.told} frames told as lost, {reader.bad} lines wrong; "
        f"{status['reloads']} reloads, {cameras.cuts} cuts of two cameras; events: {reader.events}; "
        f"load average {os.getloadavg()[0]:.1f}"
    )
    failed = reader.bad > 0 or reader.is_alive() or reader.records == 0
    for index, name, noise in [(1, "MiB", 8.0), (2, "descriptors", 6.0), (3, "threads", 4.0)]:
        parts = quarters(samples, index)
        grows = parts[3] > parts[1] + noise + 0.03 * parts[1]
        failed |= grows
        shown = ", ".join(f"{part:.1f}" for part in parts)
        print(f"{name}, medians of the quarters: {shown}; at most {max(row[index] for row in samples):.1f}: {'GROWS' if grows else 'flat'}")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
