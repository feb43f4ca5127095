"""The numbers of the report against records that are counted by hand, and against `norface summary`."""

from __future__ import annotations

import csv
import json
import math
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_report_support import NORFACE, SAMPLE, UNITS, write_recording

from norface.reading.labels import FRAME_COLUMNS
from norface.report.clock import join_closest, make_clock, runs, spell
from norface.report.doubts import find_doubts, tally
from norface.report.envelope import envelope, missing_runs, pack, place_points
from norface.report.loading import find_files, read_recordings
from norface.report.numbers import RecordingNumbers

needs_norface = pytest.mark.skipif(
    NORFACE is None or not SAMPLE.exists(),
    reason="needs the norface command (on the PATH, or named by NORFACE) and Tests/Fixtures/sample.mp4",
)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def numbers_of(path: Path) -> RecordingNumbers:
    (found,) = read_recordings(path)
    return found


def check_against_records(path: Path) -> None:
    """Counts everything anew with plain loops."""
    rows, events, numbers = lines(path), lines(path.with_suffix(".events.jsonl")), numbers_of(path)
    assert len(numbers.frames) == len(rows)
    assert numbers.with_faces == sum(bool(row["faces"]) for row in rows)
    assert numbers.damaged == sum(row.get("damaged", False) for row in rows)
    assert numbers.dropped == sum(row["dropped"] for row in rows)
    step = (rows[-1]["pts"] - rows[0]["pts"]) / (len(rows) - 1)
    tracks = sorted({face["track"] for row in rows for face in row["faces"]})
    assert [face.track for face in numbers.faces] == tracks
    for face in numbers.faces:
        own = [f for row in rows for f in row["faces"] if f["track"] == face.track]
        assert face.frames == len(own)
        assert face.seconds == pytest.approx(len(own) * step)
        assert face.share == pytest.approx(len(own) / len(rows))
        assert face.quality == pytest.approx(sum(f["quality"] for f in own) / len(own))
        assert face.good_share == pytest.approx(sum(f["quality"] >= 0.5 for f in own) / len(own))
        assert face.uncertain_share == pytest.approx(sum(not f["certain"] for f in own) / len(own))
        assert face.hidden_share == pytest.approx(sum(min(f["visible"].values()) < 0.5 for f in own) / len(own))
        assert face.learning_share == pytest.approx(sum(f["baseline"] == "learning" for f in own) / len(own))
        for unit in numbers.units:
            values = [f["au"][unit] for f in own if f["au"][unit] is not None]
            assert face.mean[unit] == pytest.approx(sum(values) / len(values))
            assert face.read_seconds[unit] == pytest.approx(len(values) * step)
            segments = sum(e["event"] == "segment" and e["track"] == face.track and e["unit"] == unit for e in events)
            assert face.segments[unit] == segments
            assert face.segments_per_min[unit] == pytest.approx(segments / (len(values) * step / 60))
        for name in numbers.emotions:
            assert face.emotion_share[name] == pytest.approx(sum(f["emotion"] == name for f in own) / len(own))
        blinks = sum(e["event"] == "blink" and e["track"] == face.track for e in events)
        eyes = sum(f["au"]["AU43"] is not None for f in own)
        assert face.blinks == blinks
        assert face.blinks_per_min == pytest.approx(blinks / (eyes * step / 60))


def test_numbers_are_those_of_the_records(made: Path) -> None:
    check_against_records(made)
    assert sum(face.blinks for face in numbers_of(made).faces) > 5


@needs_norface
def test_numbers_are_those_of_real_records(real: Path) -> None:
    check_against_records(real)
    numbers = numbers_of(real)
    told = numbers.meta["complete"]["events"]
    assert sum(face.blinks for face in numbers.faces) == told["blinks"] > 0
    assert sum(sum(face.segments.values()) for face in numbers.faces) == told["segments"] > 0
    assert numbers.status == ("done", "")


@needs_norface
def test_numbers_agree_with_the_summary(real: Path) -> None:
    subprocess.run([NORFACE, "summary", str(real.parent)], check=True, timeout=60, capture_output=True)
    numbers = numbers_of(real)
    with open(real.parent / "summary.csv", newline="") as file:
        people = {int(row["person"]): row for row in csv.DictReader(file)}
    assert sorted(people) == [face.track for face in numbers.faces]
    for face in numbers.faces:
        row = people[face.track]
        assert float(row["seconds"]) == pytest.approx(numbers.seconds, abs=6e-4)
        assert float(row["person_seconds"]) == pytest.approx(face.seconds, abs=6e-4)
        assert float(row["good_share"]) == pytest.approx(face.good_share, abs=6e-5)
        assert float(row["quality_mean"]) == pytest.approx(face.quality, abs=6e-4)
        for unit in numbers.units:
            assert float(row[f"{unit}_mean"]) == pytest.approx(face.mean[unit], abs=6e-4)
            assert float(row[f"{unit}_p95"]) == pytest.approx(face.p95[unit], abs=6e-3)
            assert float(row[f"{unit}_onsets_per_min"]) == pytest.approx(face.onsets_per_min[unit], abs=6e-3)


def test_doubts_are_found_where_they_are(made: Path) -> None:
    numbers = numbers_of(made)
    doubts = find_doubts(numbers)
    (nobody,) = [s for s in doubts if s.kind == "nobody"]
    assert (nobody.begin, nobody.end, nobody.frames) == (pytest.approx(6.0, abs=0.02), pytest.approx(9.0, abs=0.02), 90)
    hidden = [s for s in doubts if s.kind == "hidden"]
    assert [(s.track, s.frames, s.detail) for s in hidden] == [
        (1, 45, "left mouth, right mouth"),
        (2, 45, "left mouth, right mouth"),
    ]
    assert [(s.track, s.frames) for s in doubts if s.kind == "identity"] == [(1, 9)]
    assert [s.frames for s in doubts if s.kind == "dropped"] == [5]
    assert [s.frames for s in doubts if s.kind == "damaged"] == [2]
    sums = {(item.kind, item.track): item.frames for item in tally(doubts)}
    assert sums["quality", 1] == sums["quality", 2] == 18


def frame_table(pts: list[float], epochs: list[int] | None = None, times: list[str] | None = None) -> pd.DataFrame:
    count = len(pts)
    return pd.DataFrame({"pts": pts, "epoch": epochs or [0] * count, "time": pd.to_datetime(times or [None] * count, utc=True)})


def test_clock_goes_on_over_breaks() -> None:
    times = [f"2026-01-01T00:00:{at}Z" for at in ("00.000", "00.100", "05.000", "05.100")]
    known = make_clock(frame_table([10.0, 10.1, 0.0, 0.1], [0, 0, 1, 1], times))
    assert known.times == pytest.approx([0, 0.1, 5.0, 5.1])
    assert known.breaks == pytest.approx([5.0]) and known.breaks_known
    unknown = make_clock(frame_table([10.0, 10.1, 0.0, 0.1], [0, 0, 1, 1]))
    assert unknown.times == pytest.approx([0, 0.1, 0.2, 0.3])
    assert not unknown.breaks_known
    assert make_clock(frame_table([])).length == 0
    assert make_clock(frame_table([3.0])).length == 0


def test_runs_end_where_frames_are_left_out() -> None:
    times = np.array([0.0, 0.1, 0.2, 5.0, 5.1])
    assert runs(np.array([0, 1, 2, 3]), times, 0.1, 1.0) == [(0.0, pytest.approx(0.3), 3), (5.0, pytest.approx(5.1), 1)]
    assert runs(np.array([0, 2]), times, 0.1, 1.0) == [(0.0, 0.1, 1), (0.2, pytest.approx(0.3), 1)]
    assert runs(np.array([], int), times, 0.1, 1.0) == []


def test_many_stretches_are_joined_where_the_gaps_are_smallest() -> None:
    stretches = [(0.0, 1.0), (1.1, 2.0), (4.0, 5.0), (5.5, 6.0)]
    assert join_closest(stretches, 4) == stretches
    assert join_closest(stretches, 3) == [(0.0, 2.0), (4.0, 5.0), (5.5, 6.0)]
    assert join_closest(stretches, 2) == [(0.0, 2.0), (4.0, 6.0)]


def test_envelopes_lose_no_peak() -> None:
    clock = make_clock(frame_table(list(np.arange(18_000) / 30)))
    points = place_points(clock)
    values = np.random.default_rng(1).random(18_000)
    values[7777], values[9000:9100] = 4.9, np.nan
    curve = envelope(values, np.arange(18_000), points)
    assert len(points) == 2000 and not points.exact
    for index in (0, 863, 864, 1999):
        own = values[points.of_frame == index]
        assert (curve.low[index], curve.high[index]) == (own.min(), own.max())
        assert curve.mean[index] == pytest.approx(own.mean())
    assert np.nanmax(curve.high) == 4.9
    ((begin, end),) = missing_runs(curve, points)
    assert begin == pytest.approx(300, abs=points.width) and end == pytest.approx(303.3, abs=points.width)


def test_few_frames_are_drawn_one_by_one_with_gaps_left_open() -> None:
    points = place_points(make_clock(frame_table([0.0, 0.1, 0.2, 3.0, 3.1])))
    curve = envelope(np.arange(5.0), np.arange(5), points)
    assert points.exact and len(points) == 6
    assert np.isnan(curve.mean[3]) and list(curve.mean[[0, 1, 2, 4, 5]]) == [0, 1, 2, 3, 4]


def test_uneven_frames_do_not_break_curves() -> None:
    steps = np.where(np.arange(6000) % 3000 < 2900, 0.02, 0.12)
    points = place_points(make_clock(frame_table(list(np.cumsum(steps)))))
    curve = envelope(np.ones(6000), np.arange(6000), points)
    assert not points.exact and np.isfinite(curve.mean).all()


def test_packed_values_keep_missing_ones() -> None:
    import base64

    assert list(base64.b64decode(pack(np.array([0.0, 2.5, 5.0, 7.0, math.nan]), 0, 5))) == [0, 127, 254, 254, 255]


def test_records_without_values_make_no_numbers(tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_text("")
    numbers = numbers_of(path)
    assert (len(numbers.frames), numbers.faces, numbers.seconds) == (0, [], 0)
    assert math.isnan(numbers.faces_share)


def test_folders_hold_records_and_nothing_else(tmp_path: Path) -> None:
    write_recording(tmp_path / "b.jsonl", 30)
    (tmp_path / "sub").mkdir()
    write_recording(tmp_path / "sub" / "a.jsonl", 30)
    header = ",".join((*FRAME_COLUMNS, "markers", "track", "baseline")) + "\n"
    (tmp_path / "b.csv").write_text(header)
    (tmp_path / "c.csv").write_text(header)
    (tmp_path / "c.wide.csv").write_text(header.replace("track,baseline", "AU12_p1"))
    (tmp_path / "summary.csv").write_text("recording,results\n")
    (tmp_path / "d.jsonl.part").write_text("")
    assert [str(file.relative_to(tmp_path)) for file in find_files([tmp_path])] == ["b.jsonl", "c.csv", "sub/a.jsonl"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (61.24, "1:01.2"), (59.96, "1:00.0"), (3723, "1:02:03"), (math.nan, "not known")]
)
def test_times_are_spelled(seconds: float, text: str) -> None:
    assert spell(seconds, decimals=1 if "." in text else 0) == text


def test_unit_names_are_those_of_the_labels(made: Path) -> None:
    assert numbers_of(made).units == UNITS


@pytest.mark.parametrize("frames", [90, 199, 450])
def test_lanes_of_a_folder_have_no_holes(tmp_path: Path, frames: int) -> None:
    from norface.report.charts.compare import strips
    from norface.report.folder_lines import summarize

    line = summarize(numbers_of(write_recording(tmp_path / "talk.jsonl", frames)))
    assert [kind for *_, kind in line.presence] == ["seen", "nobody", "seen"]
    spec = strips([line.name], [line.presence], line.seconds)
    boxes = spec["layer"][0]["data"]["values"]
    widths = {kind: sum(box["u"] - box["x"] for box in boxes if box["k"] == kind) for kind in ("seen", "nobody")}
    assert widths["seen"] == pytest.approx(0.9 * line.seconds, abs=line.seconds / 50)
    assert widths["nobody"] == pytest.approx(0.1 * line.seconds, abs=line.seconds / 50)
