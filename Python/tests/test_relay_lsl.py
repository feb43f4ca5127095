"""The relay against Lab Streaming Layer's own library."""

from __future__ import annotations

import contextlib
import json
import math
import time
from datetime import datetime, timezone

import pytest
from relaying import FakeDaemon, lsl_on_this_machine, record, relay, wait_for

try:
    import pylsl
except (ImportError, RuntimeError, OSError) as error:
    pytest.skip(f"pylsl or liblsl is not there: {error}", allow_module_level=True)
pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module", autouse=True)
def only_this_machine(tmp_path_factory):
    lsl_on_this_machine(tmp_path_factory)


def inlet(name: str, seconds: float = 20) -> pylsl.StreamInlet:
    found = pylsl.resolve_byprop("name", name, timeout=seconds)
    assert found, f"no stream {name}"
    stream = pylsl.StreamInlet(found[0])
    stream.open_stream(timeout=10)
    return stream


def pull(stream: pylsl.StreamInlet, count: int, seconds: float = 15) -> list[tuple[list, float]]:
    samples: list[tuple[list, float]] = []
    deadline = time.monotonic() + seconds
    while len(samples) < count and time.monotonic() < deadline:
        sample, stamp = stream.pull_sample(timeout=0.2)
        if sample is not None:
            samples.append((sample, stamp))
    assert len(samples) >= count
    return samples


def labels_of(stream: pylsl.StreamInlet) -> list[str]:
    channel = stream.info().desc().child("channels").child("channel")
    labels = []
    while not channel.empty():
        labels.append(channel.child_value("label"))
        channel = channel.next_sibling()
    return labels


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def timed(seq: int, time_: str, **more) -> bytes:
    return record(seq, **more).replace(b'"time":null', f'"time":"{time_}"'.encode())


@contextlib.contextmanager
def playing(folder, *options: str):
    fake = FakeDaemon(folder / "s")
    with relay("lsl", "--socket", str(folder / "s"), *options) as process:
        fake.accept()
        yield fake, process
    fake.close()


def test_samples_have_the_values_of_the_records_and_the_time_of_their_capture(tmp_path):
    with playing(tmp_path) as (fake, process):
        fake.send(timed(0, now()))
        stream = inlet("norface.door.0")
        assert stream.info().type() == "Expression" and stream.info().nominal_srate() == 0
        labels = labels_of(stream)
        assert labels[:3] == ["seq", "dropped", "faces"] and labels[-3:] == ["AU01", "AU12", "neutral"]
        clock = stream.info().desc().child("clock")
        assert clock.child_value("origin") == "utc"
        stated = float(clock.child_value("offset"))
        assert abs(stated - (pylsl.local_clock() - time.time())) < 0.002
        times = []
        for seq in range(1, 40):
            times.append(now())
            fake.send(timed(seq, times[-1]))
            time.sleep(0.02)
        fake.send(timed(40, now()).replace(b'"faces":[', b'"faces":[],"x":['))
        samples = pull(stream, 40)
        errors = []
        for (sample, stamp), said in zip(samples, times, strict=False):
            values = dict(zip(labels, sample, strict=True))
            assert values["AU12"] == 1.25 and values["track"] == 1 and math.isnan(values["gaze_yaw"])
            captured = datetime.fromisoformat(said.replace("Z", "+00:00")).timestamp()
            errors.append(stamp - (captured + stated))
        assert [sample[0] for sample, _ in samples] == list(range(1, 41))
        assert max(map(abs, errors)) < 0.002, errors
        last = dict(zip(labels, samples[-1][0], strict=True))
        assert last["faces"] == 0 and math.isnan(last["AU12"]) and math.isnan(last["track"])
        assert process.stop() == 0, process.said


def test_a_face_a_stream_and_what_finds_no_place_is_said(tmp_path):
    with playing(tmp_path, "--slots", "2") as (fake, process):
        face = json.loads(record(0))["faces"][0]
        faces = [dict(face, track=number, yaw=float(number)) for number in (1, 2, 3)]

        def frame(seq, shown):
            return json.dumps({**json.loads(record(seq)), "faces": shown}).encode()

        fake.send(frame(0, faces[:2]))
        streams = [inlet(f"norface.door.{slot}") for slot in (0, 1)]
        assert streams[0].info().desc().child("clock").child_value("origin") == "pts"
        time.sleep(0.3)
        fake.send(frame(1, faces[:2]), frame(2, faces[1:]), frame(3, faces))
        yaw = labels_of(streams[0]).index("yaw")
        one, two = [pull(stream, 3) for stream in streams]
        assert [sample[yaw] for sample, _ in two] == [2, 2, 2]
        assert one[0][0][yaw] == one[2][0][yaw] == 1 and math.isnan(one[1][0][yaw])
        # Without times the stamps are as far apart as the frames.
        assert one[2][1] - one[0][1] == pytest.approx(2 / 25, abs=1e-6)
        assert process.stop() == 0
        assert "2 faces of door found no stream" in process.said


def test_markers_are_a_stream_of_their_own(tmp_path):
    with playing(tmp_path) as (fake, process):
        stream = inlet("norface.markers")
        assert stream.info().type() == "Markers"
        time.sleep(0.3)
        at = now()
        blink = f'{{"v":1,"event":"blink","source":"door","track":1,"time":"{at}"}}'
        fake.send(f'{{"v":1,"event":"marker","marker":"stimulus 3","time":"{at}"}}'.encode(), blink.encode())
        samples = [s for s in pull(stream, 2) if '"event":"run"' not in s[0][0]]
        assert [sample for sample, _ in samples] == [["stimulus 3"], [blink]]
        captured = datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp()
        assert abs(samples[0][1] - (captured + pylsl.local_clock() - time.time())) < 0.005
        wait_for(lambda: True)
        assert process.stop() == 0


def test_without_the_library_it_says_so(tmp_path):
    (tmp_path / "pylsl.py").write_text("raise RuntimeError('LSL binary library file was not found.')\n")
    environment = {"PYTHONPATH": f"{tmp_path}:{__file__.rsplit('/tests/', 1)[0]}"}
    with relay("lsl", "--input", "/dev/null", env=environment) as process:
        assert process.wait() == 69
        assert "this kind needs pylsl and liblsl" in process.said and "was not found" in process.said
