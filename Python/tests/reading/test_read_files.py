from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import norface
from norface import Recording


def same(first: Recording, second: Recording) -> None:
    pd.testing.assert_frame_equal(first.frames, second.frames, check_exact=True)
    pd.testing.assert_frame_equal(first.faces, second.faces, check_exact=True)
    assert first.labels == second.labels


def test_every_value_is_that_of_the_record(run: Path, records: list[dict[str, Any]]) -> None:
    recording = norface.read(run / "sample.jsonl")
    assert recording.frames["pts"].tolist() == [record["pts"] for record in records]
    assert recording.frames["faces"].tolist() == [len(record["faces"]) for record in records]
    faces = [(index, face) for index, record in enumerate(records) for face in record["faces"]]
    assert recording.faces["frame"].tolist() == [index for index, _ in faces]
    for row, (_, face) in zip(recording.faces.to_dict("records"), faces):
        assert [row["box_x"], row["box_y"], row["box_width"], row["box_height"]] == face["box"]
        for unit, value in face["au"].items():
            assert row[unit] == value or (value is None and np.isnan(row[unit]))
            known = value is not None or unit in face["present"]
            assert row[f"{unit}_present"] == float(unit in face["present"]) if known else np.isnan(row[f"{unit}_present"])
        assert {unit: row[f"{unit}_raw"] for unit in face["au_raw"]} == pytest.approx(face["au_raw"], abs=0, nan_ok=True)
        assert {unit: row[f"{unit}_left"] for unit in face["au_left"] if face["au_left"][unit] is not None} == {
            unit: value for unit, value in face["au_left"].items() if value is not None
        }
        assert {name: row[name] for name in face["emotions"]} == face["emotions"]
        assert row["emotion"] == face["emotion"] and row["certain"] == float(face["certain"])
        assert [row[f"x_{index}"] for index in range(68)] == face["landmarks"][0::2]
        assert [row[f"y_{index}"] for index in range(68)] == face["landmarks"][1::2]
        assert [row["head_x"], row["head_y"], row["head_z"]] == list(face["head"].values())
        if face["gaze"] is None:
            assert np.isnan(row["gaze_yaw"])
        else:
            assert row["gaze_head_pitch"] == face["gaze"]["head_pitch"]
            right = face["gaze"]["right"]
            assert np.isnan(row["gaze_right_yaw"]) if right is None else row["gaze_right_head_yaw"] == right[2]


def test_csv_gives_the_same_tables(run: Path) -> None:
    same(norface.read(run / "sample.jsonl"), norface.read(run / "sample.csv"))


def test_columns_are_those_of_the_csv(run: Path) -> None:
    header = (run / "sample.csv").read_text().split("\n", 1)[0].split(",")
    recording = norface.read(run / "sample.jsonl")
    assert list(recording.faces.columns[6:]) == header[header.index("track") + 1 : -1]
    assert list(recording.frames.columns) == [*header[: header.index("track")], "markers"]


@pytest.mark.parametrize("name", ["sample.jsonl", "sample.csv"])
@pytest.mark.parametrize("size", [37, 200, 1000])
def test_chunks_make_up_the_whole(run: Path, name: str, size: int) -> None:
    whole = norface.read(run / name)
    parts = list(norface.read_chunks(run / name, size))
    assert [len(part.frames) for part in parts] == [size] * (200 // size) + ([200 % size] if 200 % size else [])
    pd.testing.assert_frame_equal(pd.concat([part.frames for part in parts]), whole.frames)
    pd.testing.assert_frame_equal(pd.concat([part.faces for part in parts], ignore_index=True), whole.faces)
    for part in parts[:-1]:
        assert (part.events["pts"] <= part.frames["pts"].iloc[-1]).all()
    told = pd.concat([part.events for part in parts if len(part.events)], ignore_index=True)
    order = ["pts", "event", "unit", "track"]
    pd.testing.assert_frame_equal(
        told.sort_values(order, ignore_index=True), whole.events.sort_values(order, ignore_index=True), check_dtype=False
    )


def test_read_with_chunks_is_read_chunks(run: Path) -> None:
    parts = norface.read(run / "sample.jsonl", chunks=150)
    assert [len(part.frames) for part in parts] == [150, 50]


def test_packed_files(run: Path) -> None:
    whole = norface.read(run / "sample.jsonl")
    for name in ("sample.jsonl", "sample.csv"):
        packed = run / f"{name}.gz"
        packed.write_bytes(gzip.compress((run / name).read_bytes()))
        recording = norface.read(packed)
        same(whole, recording)
        assert recording.meta == whole.meta and len(recording.events) == len(whole.events)


def test_events_and_sidecar(run: Path) -> None:
    recording = norface.read(run / "sample.jsonl")
    lines = [json.loads(line) for line in (run / "sample.events.jsonl").read_text().splitlines()]
    assert recording.meta is not None and recording.meta["complete"]["records"] == 200
    assert recording.events["event"].tolist() == [line["event"] for line in lines]
    segments = recording.events[recording.events["event"] == "segment"]
    assert len(segments) == recording.meta["complete"]["events"]["segments"]
    first = next(line for line in lines if line["event"] == "segment")
    assert segments.iloc[0][["unit", "onset", "apex", "offset", "peak", "mean"]].tolist() == [
        first[key] for key in ("unit", "onset", "apex", "offset", "peak", "mean")
    ]
    assert recording.events.loc[recording.events["event"] == "blink", "complete"].all()


def test_an_unfinished_file_has_no_sidecar_of_the_finished_one(run: Path) -> None:
    part = run / "sample.jsonl.part"
    part.write_bytes((run / "sample.jsonl").read_bytes())
    recording = norface.read(part)
    assert recording.meta is None and len(recording.events) == 0
    assert recording.labels == norface.read(run / "sample.jsonl").labels
    (run / "sample.events.jsonl.part").write_bytes((run / "sample.events.jsonl").read_bytes())
    assert len(norface.read(part).events) == 54


def test_frames_without_a_face(run: Path, records: list[dict[str, Any]]) -> None:
    path = run / "nobody.jsonl"
    path.write_text("".join(json.dumps({**record, "faces": []}) + "\n" for record in records))
    recording = norface.read(path)
    assert len(recording.frames) == 200 and len(recording.faces) == 0 and recording.labels.au == ()
    (run / "nobody.meta.json").write_bytes((run / "sample.meta.json").read_bytes())
    assert "AU12" in norface.read(path).faces and len(norface.read(path).faces) == 0


def test_lines_of_a_subscription(run: Path, records: list[dict[str, Any]]) -> None:
    meta = json.loads((run / "sample.meta.json").read_text())
    marked = {
        **records[1],
        "markers": ["one", "two"],
        "time": "2026-11-22T08:16:27.066Z",
        "dropped": 3,
        "drops": {"thinned": 2},
    }
    lines = [
        {"v": 1, "event": "run", **meta},
        records[0],
        {"v": 1, "event": "marker", "time": "2026-11-22T08:16:27.050Z", "marker": "one"},
        {"v": 1, "event": "stream_lost", "source": "sample.mp4", "reason": "gone"},
        marked,
    ]
    path = run / "stream.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    recording = norface.read(path)
    assert recording.meta is not None and recording.meta["model"] == meta["model"]
    markers = recording.events[recording.events["event"] == "marker"]
    assert markers["marker"].tolist() == ["one", "two"] and (markers["pts"] == records[1]["pts"]).all()
    assert recording.events["reason"].dropna().tolist() == ["gone"]
    assert recording.frames["markers"].tolist() == [None, "one; two"]
    assert recording.frames["dropped"].tolist() == [0, 3] and recording.frames["dropped_thinned"].tolist() == [0, 2]
    assert recording.frames["time"].iloc[1] == pd.Timestamp("2026-11-22T08:16:27.066Z") and pd.isna(
        recording.frames["time"].iloc[0]
    )


def test_parts_that_were_not_asked_for_are_not_known(run: Path, records: list[dict[str, Any]]) -> None:
    path = run / "fields.jsonl"
    kept = [
        {**record, "faces": [{"track": face["track"], "present": face["present"]} for face in record["faces"]]}
        for record in records
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in kept))
    (run / "fields.meta.json").write_bytes((run / "sample.meta.json").read_bytes())
    faces = norface.read(path).faces
    assert faces[["AU12", "pitch", "gaze_yaw", "certain", "x_0"]].isna().all(axis=None)
    assert faces["AU12_present"].tolist() == [
        float("AU12" in face["present"]) for record in records for face in record["faces"]
    ]


def test_values_that_come_later_widen_the_table(run: Path, records: list[dict[str, Any]]) -> None:
    path = run / "widened.jsonl"
    without = [{key: value for key, value in face.items() if key not in ("landmarks", "head")} for face in records[0]["faces"]]
    path.write_text(json.dumps({**records[0], "faces": without}) + "\n" + json.dumps(records[1]) + "\n")
    faces = norface.read(path).faces
    assert np.isnan(faces["x_0"].iloc[0]) and faces["head_z"].iloc[-1] == records[1]["faces"][-1]["head"]["z"]
    assert list(faces.columns) == list(norface.read(run / "sample.jsonl").faces.columns)


def test_derived_values_have_columns_where_the_run_has_them(run: Path, records: list[dict[str, Any]]) -> None:
    assert "derived_valence" not in norface.read(run / "sample.jsonl").faces
    for number, record in enumerate(records):
        for face in record["faces"]:
            face["derived"] = {"valence": -0.25, "arousal": None if number == 0 else 0.5}
    path = run / "sample.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    faces = norface.read(path).faces
    assert list(faces.columns[-2:]) == ["derived_valence", "derived_arousal"]
    assert (faces["derived_valence"] == -0.25).all()
    assert faces["derived_arousal"].isna().sum() == len(records[0]["faces"])
