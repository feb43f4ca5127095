"""Runs a daemon as fast as it goes while sources, subscribers, scrapes and reloads come and go, and watches that nothing grows.

    swift build -c release && python3 Benchmarks/Daemon/soak.py [--build .build/release] [--bundle FOLDER] [--minutes 10]

Ends with 1 when memory, descriptors or threads are higher in the last third than in the second by more than noise.
"""

import argparse
import os
import random
import statistics
import time

from harness import ROOT, Daemon


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=ROOT / ".build/release")
    parser.add_argument("--bundle", default=None)
    parser.add_argument("--video", default=ROOT / "Tests/Fixtures/sample.mp4")
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    # Played as fast as it can be analysed, for ever; and a source that is not there, which is tried again and again.
    fast = {f"fast-{n}": f"{{url: {options.video}, capture: {{loop: true}}}}" for n in range(2)}
    gone = {"gone": "{url: 'rtsp://127.0.0.1:1/nothing', capture: {reconnect_limit: 1s}}"}
    guest = {"guest": f"{{url: {options.video}, capture: {{loop: true, realtime: true}}, analysis: {{max_rate: 5}}}}"}
    chance = random.Random(1)
    samples, subscribers = [], []
    with Daemon(fast | gone, options.build, options.bundle) as daemon:
        start = time.monotonic()
        end = start + options.minutes * 60
        turn = 0
        while time.monotonic() < end:
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
                daemon.reload(fast | gone | (guest if turn % 20 == 0 else {}))
            time.sleep(1)
            samples.append((time.monotonic() - start, *daemon.facts()))
            if turn % 30 == 0:
                _, rss, files, threads, seconds = samples[-1]
                print(f"{samples[-1][0]:5.0f} s: {rss:6.1f} MiB, {files} descriptors, {threads} threads, {seconds:.0f} s of processor", flush=True)
        status = daemon.status()
        for one in subscribers:
            one.close()
    done = sum(source["records"] for source in status["sources"])
    print(f"{done} records, {status['reloads']} reloads, load average {os.getloadavg()[0]:.1f}")
    third = len(samples) // 3
    failed = False
    for index, name, noise in [(1, "MiB", 8.0), (2, "descriptors", 6.0), (3, "threads", 4.0)]:
        middle = statistics.median(sample[index] for sample in samples[third : 2 * third])
        late = statistics.median(sample[index] for sample in samples[2 * third :])
        grows = late > middle + noise + 0.03 * middle
        failed |= grows
        print(f"{name}: median {middle:.1f} in the second third, {late:.1f} in the last: {'GROWS' if grows else 'flat'}")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
