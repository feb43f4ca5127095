"""How long a frame takes from its arrival to its record in a subscriber's hands, what a camera costs, and what stuck subscribers do.

    swift build -c release && python3 Benchmarks/Daemon/latency.py [--build .build/release] [--bundle FOLDER] [--seconds 60]

A clip is played at its own pace as a camera would; a record's `time` is the moment at which its frame was given out, so that the
difference to the moment of reading is the whole way through analysis, encoding and the socket.
"""

import argparse
import calendar
import json
import os
import select
import tempfile
import time

from harness import ROOT, Daemon, clip, percentile


def seconds_of(text):
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) + int(text[20:23]) / 1000


def records(daemon, seconds):
    """Records with the moment at which each was read."""
    connection = daemon.subscribe()
    held, end = b"", time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if not select.select([connection], [], [], left)[0]:
            break
        data = connection.recv(1 << 20)
        now = time.time()
        *lines, held = (held + data).split(b"\n")
        for line in lines:
            value = json.loads(line)
            if "event" not in value:
                yield now, value
    connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=ROOT / ".build/release")
    parser.add_argument("--bundle", default=None)
    parser.add_argument("--video", default=ROOT / "Tests/Fixtures/sample.mp4")
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        for width, height, rate in [(640, 360, 30), (1280, 720, 15), (1280, 720, 30)]:
            path = clip(folder, options.video, width, height, rate)
            source = {"camera": f"{{url: {path}, capture: {{realtime: true, loop: true}}}}"}
            with Daemon(source, options.build, options.bundle) as daemon:
                time.sleep(5)
                before, start = daemon.facts()[3], time.monotonic()
                read = list(records(daemon, options.seconds))
                cost = (daemon.facts()[3] - before) / (time.monotonic() - start)
                delays = [(now - seconds_of(value["time"])) * 1000 for now, value in read]
                faces = sum(len(value["faces"]) for _, value in read) / max(1, len(read))
                lost = sum(value["dropped"] for _, value in read)
                print(
                    f"{width}x{height} at {rate}/s: {len(read) / options.seconds:.1f} records/s, {faces:.1f} faces, {lost} lost, "
                    f"latency median {percentile(delays, 0.5):.1f} ms, p90 {percentile(delays, 0.9):.1f} ms, "
                    f"p99 {percentile(delays, 0.99):.1f} ms, processor {cost * 100:.0f} % of a core"
                )
                if rate == 15:
                    stuck(daemon, options.seconds)


def stuck(daemon, seconds):
    """The longest pause of a reader, alone and beside 32 that read nothing."""
    for count in (0, 32):
        others = [daemon.subscribe() for _ in range(count)]
        moments = [now for now, _ in records(daemon, min(30, seconds))]
        longest = max((b - a for a, b in zip(moments, moments[1:])), default=0)
        print(f"  with {count} stuck subscribers: {len(moments)} records, longest pause {longest * 1000:.0f} ms")
        for other in others:
            other.close()


if __name__ == "__main__":
    main()
