from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import norface
from norface import RecordFileError, TornLineWarning


def second_row(lines: list[str]) -> int:
    """Where the second row of a frame with two faces is, the last of its kind."""
    return max(index for index in range(2, len(lines)) if lines[index].split(",")[:2] == lines[index - 1].split(",")[:2])


@pytest.mark.parametrize("name", ["sample.jsonl", "sample.csv"])
def test_a_torn_last_line_is_a_warning(run: Path, name: str) -> None:
    path = run / f"{name}.part"
    path.write_bytes((run / name).read_bytes()[:-100])
    with pytest.warns(TornLineWarning, match="torn") as caught:
        recording = norface.read(path)
    assert caught[0].filename == __file__
    whole = norface.read(run / name)
    assert len(recording.frames) == 199
    assert recording.faces["AU12"].tolist() == whole.faces.loc[whole.faces["frame"] < 199, "AU12"].tolist()


def test_a_csv_that_ends_within_a_frame(run: Path) -> None:
    lines = (run / "sample.csv").read_text().splitlines(keepends=True)
    end = second_row(lines)
    path = run / "cut.csv"
    path.write_text("".join(lines[:end]))
    with pytest.warns(TornLineWarning, match="1 of the frame's rows"):
        assert len(norface.read(path).frames) == int(lines[end].split(",")[1])


def test_a_whole_last_line_without_its_end_is_a_record(run: Path) -> None:
    path = run / "end.jsonl"
    path.write_bytes((run / "sample.jsonl").read_bytes().rstrip(b"\n"))
    assert len(norface.read(path).frames) == 200


def test_a_packed_file_that_ends_early(run: Path) -> None:
    path = run / "early.jsonl.gz"
    packed = gzip.compress((run / "sample.jsonl").read_bytes())
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.warns(TornLineWarning, match="packed file ends early"):
        recording = norface.read(path)
    assert 20 < len(recording.frames) < 199
    path.write_bytes(packed[:1000] + b"x" * 1000 + packed[2000:])
    with pytest.raises(RecordFileError, match="damaged"):
        norface.read(path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "no JSON"),
        ("[1]", "no JSON object"),
        ('{"v":1}', "no list of faces"),
        ('{"v":1,"faces":[]}', "lacks 'source'"),
        ('{"v":2,"faces":[]}', "version 2"),
    ],
)
def test_another_bad_line_is_an_error_with_its_number(run: Path, line: str, reason: str) -> None:
    lines = (run / "sample.jsonl").read_text().splitlines()
    lines[6] = line
    path = run / "bad.jsonl"
    path.write_text("\n\n".join(lines) + "\n")
    with pytest.raises(RecordFileError, match=reason) as caught:
        norface.read(path)
    assert caught.value.line == 13 and caught.value.path == path and "line 13" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"box": [1, 2, 3]}, "another length"),
        ({"pitch": "up"}, "no number"),
        ({"present": ["AU99"]}, "AU99"),
        ({"visible": {"brow_left": 1}}, "lacks"),
        ({"gaze": {"yaw": 1}}, "lacks"),
        ({"landmarks": [1.0, 2.0]}, "landmarks"),
        ({"au": ["AU01"]}, "face"),
    ],
)
def test_a_face_that_is_none(run: Path, records: list[dict[str, Any]], change: dict[str, Any], reason: str) -> None:
    record = {**records[4], "faces": [{**records[4]["faces"][0], **change}]}
    path = run / "sample.jsonl"
    lines = path.read_text().splitlines()
    lines[4] = json.dumps(record)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(RecordFileError, match=reason) as caught:
        norface.read(path)
    assert caught.value.line == 5


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("faces", "x", "faces is 'x'"),
        ("seq", "", "seq is ''"),
        ("AU12", "high", "AU12 is 'high'"),
        ("pitch", "1,2", "cells"),
        ("pts", "9", "another frame"),
    ],
)
def test_a_bad_row_is_an_error_with_its_number(run: Path, column: str, cell: str, reason: str) -> None:
    # The last two of these rows are those of one frame.
    lines = (run / "sample.csv").read_text().splitlines()
    lines = lines[: second_row(lines) + 1]
    header = lines[0].split(",")
    cells = lines[-1].split(",")
    cells[header.index(column)] = cell
    if column != "pts":
        # Both rows of the frame say the same.
        before = lines[-2].split(",")
        before[header.index(column)] = cell
        lines[-2] = ",".join(before)
    lines[-1] = ",".join(cells)
    path = run / "bad.csv"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(RecordFileError, match=reason) as caught:
        norface.read(path)
    assert caught.value.line == (len(lines) if column == "pts" else len(lines) - 1)


def test_files_that_are_something_else(run: Path) -> None:
    other = run / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(RecordFileError, match="names of the columns"):
        norface.read(other)
    (run / "other.txt").write_text("hello")
    with pytest.raises(RecordFileError, match="neither"):
        norface.read(run / "other.txt")
    (run / "empty.csv").write_text("")
    with pytest.raises(RecordFileError, match="empty"):
        norface.read(run / "empty.csv")
    (run / "sample.meta.json").write_text("{")
    with pytest.raises(RecordFileError, match="sample.meta.json"):
        norface.read(run / "sample.jsonl")
    with pytest.raises(FileNotFoundError):
        norface.read(run / "none.jsonl")
    with pytest.raises(ValueError, match="at least 1"):
        norface.read_chunks(run / "sample.csv", 0)


def test_an_empty_file_is_an_empty_recording(run: Path) -> None:
    path = run / "none.jsonl"
    path.write_text("")
    recording = norface.read(path)
    assert len(recording.frames) == len(recording.faces) == len(recording.events) == 0
    assert list(recording.frames.columns)[:3] == ["source", "seq", "pts"]
