"""Tables for other programs, read as their users read them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import norface
from norface.export import Options, export


@pytest.fixture
def seen(run: Path) -> norface.Recording:
    return norface.read(run / "sample.jsonl")


def empty_frame(run: Path) -> int:
    """Takes the faces out of one frame; its number."""
    path = run / "sample.jsonl"
    lines = path.read_text().splitlines()
    lines[7] = json.dumps({**json.loads(lines[7]), "faces": []})
    path.write_text("\n".join(lines) + "\n")
    return 7


def test_openface(run: Path) -> None:
    empty = empty_frame(run)
    notes = export(run / "sample.jsonl", "openface", run / "o.csv")
    table, faces = pd.read_csv(run / "o.csv"), norface.read(run / "sample.jsonl").faces
    expected = ["frame", "face_id", "timestamp", "confidence", "success"]
    expected += [f"gaze_{eye}_{axis}" for eye in "01" for axis in "xyz"] + ["gaze_angle_x", "gaze_angle_y"]
    expected += [f"pose_T{axis}" for axis in "xyz"] + [f"pose_R{axis}" for axis in "xyz"]
    expected += [f"{axis}_{index}" for axis in "xy" for index in range(68)]
    units = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26)
    expected += [f"AU{unit:02d}_r" for unit in (*units, 45)] + [f"AU{unit:02d}_c" for unit in (*units, 28, 45)]
    assert list(table.columns) == expected
    nobody = table[table["success"] == 0]
    assert nobody["frame"].tolist() == [empty + 1] and nobody["confidence"].tolist() == [0] and nobody["AU12_r"].isna().all()
    rows = table[table["success"] == 1].reset_index(drop=True)
    assert rows["AU12_r"].tolist() == pytest.approx(faces["AU12"].tolist(), nan_ok=True)
    assert rows["AU45_r"].tolist() == pytest.approx(faces["AU43"].tolist(), nan_ok=True)
    assert rows["AU45_c"].tolist() == pytest.approx(faces["AU43_present"].tolist(), nan_ok=True)
    assert rows["timestamp"].tolist() == faces["pts"].tolist() and rows["x_30"].tolist() == faces["x_30"].tolist()
    # Nose up is negative, nose to the image's right is negative, clockwise is positive.
    for theirs, ours, sign in (("pose_Rx", "pitch", -1), ("pose_Ry", "yaw", -1), ("pose_Rz", "roll", 1)):
        assert np.corrcoef(rows[theirs], faces[ours])[0, 1] * sign > 0.85
    known = faces["gaze_right_yaw"].notna().to_numpy()
    vectors = rows.loc[known, ["gaze_0_x", "gaze_0_y", "gaze_0_z"]].to_numpy()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5) and (vectors[:, 2] < 0).all()
    assert rows.loc[~known, "gaze_0_x"].isna().all() and not known.all()
    assert any("AU45 is AU43" in note for note in notes) and any("eye_lmk" in note for note in notes)


def test_openface_without_head_and_landmarks(run: Path) -> None:
    path = run / "plain.jsonl"
    records = [json.loads(line) for line in (run / "sample.jsonl").read_text().splitlines()]
    for record in records:
        for face in record["faces"]:
            del face["head"], face["landmarks"]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    notes = export(path, "openface", run / "o.csv")
    columns = pd.read_csv(run / "o.csv").columns
    assert not any(name.startswith(("gaze", "pose_T", "x_")) for name in columns) and "pose_Rx" in columns
    assert any("--head" in note for note in notes) and any("--landmarks 68" in note for note in notes)


@pytest.mark.parametrize("version", [1, 2])
def test_fex(run: Path, version: int) -> None:
    empty = empty_frame(run)
    export(run / "sample.jsonl", f"fex{version}", run / "f.csv")
    table, faces = pd.read_csv(run / "f.csv"), norface.read(run / "sample.jsonl").faces
    units = [name for name in table.columns if "AU" in name]
    assert units == [
        "AU01",
        "AU02",
        "AU04",
        "AU05",
        "AU06",
        "AU07",
        "AU09",
        "AU10",
        "AU11",
        "AU12",
        "AU14",
        "AU15",
        "AU17",
        "AU20",
        "AU23",
        "AU24",
        "AU25",
        "AU26",
        "AU28",
        "AU43",
    ]
    start = ["FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight", "FaceScore", "x_0"]
    assert list(table.columns[:6]) == start and list(table.columns[141:147]) == ["Pitch", "Roll", "Yaw", "X", "Y", "Z"]
    assert table["AU11"].isna().all() and table["X"].isna().all()
    rows = table[table["FaceScore"].notna()].reset_index(drop=True)
    nobody = table[table["FaceScore"].isna()]
    assert nobody["frame"].tolist() == [empty] and nobody["AU12"].isna().all()
    assert rows["AU12"].to_numpy() == pytest.approx(faces["AU12"].to_numpy() / 5, abs=1e-4, nan_ok=True)
    assert rows["Yaw"].to_numpy() == pytest.approx(-np.radians(faces["yaw"].to_numpy()), abs=1e-4)
    assert rows["Pitch"].to_numpy() == pytest.approx(np.radians(faces["pitch"].to_numpy()), abs=1e-4)
    assert rows["gaze_yaw"].to_numpy() == pytest.approx(-np.radians(faces["gaze_head_yaw"].to_numpy()), abs=1e-4, nan_ok=True)
    happy = "happiness" if version == 1 else "Happy"
    assert rows[happy].tolist() == faces["happiness"].tolist()
    assert rows["Identity"].unique().tolist() == ["Person_1", "Person_2"] and rows["approx_time"].iloc[-1] == "00:07"
    assert ("valence" in table.columns) is (version == 2)


def test_py_feat_reads_them(run: Path) -> None:
    feat = pytest.importorskip("feat.utils.io", reason="py-feat is not installed (pip install py-feat)")
    for version, detector in ((1, "Feat"), (2, "Detectorv2")):
        export(run / "sample.jsonl", f"fex{version}", run / "f.csv")
        fex = feat.read_feat(str(run / "f.csv"))
        assert fex.detector == detector and fex.aus.shape == (337, 20) and fex.emotions.shape == (337, 7)
        assert fex.poses.shape == (337, 6) and fex.landmarks.shape == (337, 136) and fex.faceboxes.notna().all(axis=None)
    export(run / "sample.jsonl", "openface", run / "o.csv")
    fex = feat.read_openface(str(run / "o.csv"))
    assert fex.aus.shape == (337, 35) and fex.landmarks.shape == (337, 136) and fex.poses.shape == (337, 6)


def test_libreface(run: Path, seen: norface.Recording) -> None:
    notes = export(run / "sample.jsonl", "libreface", run / "l.csv")
    table = pd.read_csv(run / "l.csv")
    expected = ["frame_idx", "frame_time_in_ms", "pitch", "yaw", "roll"]
    expected += [f"au_{unit}" for unit in (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)]
    expected += [f"au_{unit}_intensity" for unit in (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)]
    assert list(table.columns) == [*expected, "facial_expression", "gaze_yaw", "gaze_pitch"]
    assert table["frame_time_in_ms"].tolist() == pytest.approx((seen.faces["pts"] * 1000).tolist())
    assert table["au_12"].tolist() == pytest.approx(seen.faces["AU12_present"].tolist(), nan_ok=True)
    assert table["facial_expression"].str.lower().tolist() == seen.faces["emotion"].tolist()
    assert any("row for each" in note for note in notes)


def test_wide(run: Path, seen: norface.Recording) -> None:
    export(run / "sample.jsonl", "wide", run / "w.csv")
    table = pd.read_csv(run / "w.csv")
    assert len(table) == 200 and table["pts"].tolist() == seen.frames["pts"].tolist()
    for track in (1, 2):
        mine = seen.faces[seen.faces["track"] == track]
        values = table[f"AU12_p{track}"]
        assert values[mine["frame"]].tolist() == pytest.approx(mine["AU12"].tolist(), nan_ok=True)
        assert values.drop(mine["frame"]).isna().all()
    export(run / "sample.jsonl", "wide", run / "w.csv", Options(columns=("AU0?", "roll")))
    assert [name for name in pd.read_csv(run / "w.csv") if name.endswith("_p2")] == [
        *("roll_p2", "AU01_p2", "AU02_p2", "AU04_p2", "AU05_p2", "AU06_p2", "AU07_p2", "AU09_p2"),
    ]


def test_long(run: Path, seen: norface.Recording) -> None:
    empty = empty_frame(run)
    export(run / "sample.jsonl", "long", run / "l.csv")
    table = pd.read_csv(run / "l.csv")
    assert list(table.columns) == ["source", "seq", "pts", "epoch", "track", "variable", "value"]
    counts = table[table["variable"] == "faces"]
    assert len(counts) == 200 and counts.loc[counts["seq"] == empty, "value"].tolist() == [0]
    back = table[table["track"].notna()].pivot(index=["seq", "track"], columns="variable", values="value")
    faces = norface.read(run / "sample.jsonl").faces.set_index(["seq", "track"]).sort_index()
    for name in ("AU12", "pitch", "neutral", "AU04_present"):
        assert back[name].tolist() == pytest.approx(faces[name].tolist(), nan_ok=True)
    assert table["seq"].is_monotonic_increasing


def test_parquet(run: Path, seen: norface.Recording) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    empty = empty_frame(run)
    export(run / "sample.jsonl", "parquet", run / "p.parquet")
    table = pd.read_parquet(run / "p.parquet")
    header = (run / "sample.csv").read_text().split("\n", 1)[0].split(",")
    assert sorted(table.columns) == sorted(header)
    assert table.loc[table["seq"] == empty, "track"].isna().all() and len(table.loc[table["seq"] == empty]) == 1
    rows = table[table["track"].notna()].reset_index(drop=True)
    faces = norface.read(run / "sample.jsonl").faces
    for name in ("AU12_raw", "gaze_left_yaw", "x_0", "speaking"):
        assert rows[name].tolist() == pytest.approx(faces[name].tolist(), nan_ok=True)
    schema = parquet.read_schema(run / "p.parquet")
    assert str(schema.field("AU12_present").type) == "bool" and str(schema.field("time").type) == "timestamp[ms, tz=UTC]"
    assert json.loads(schema.metadata[b"norface"])["model"]["name"] == "norface-s"


def test_spss(run: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    empty = empty_frame(run)
    export(run / "sample.jsonl", "spss", run / "s.sav")
    table, meta = pyreadstat.read_sav(str(run / "s.sav"))
    faces = norface.read(run / "sample.jsonl").faces
    assert len(table) == len(faces) + 1 and table.loc[table["seq"] == empty, "AU12"].isna().all()
    rows = table[table["track"].notna()].reset_index(drop=True)
    assert rows["AU12"].tolist() == pytest.approx(faces["AU12"].tolist(), nan_ok=True)
    assert rows["emotion"].tolist() == faces["emotion"].tolist()
    labels = meta.column_names_to_labels
    assert (
        labels["AU12"] == "AU12 lip corner puller: intensity 0-5, smoothed"
        and labels["happiness"] == "Probability of happiness, 0-1"
    )
    assert labels["gaze_left_head_yaw"] == "Gaze, subject's left eye: image right in the head's frame, degrees"
    assert not [name for name, label in labels.items() if label is None or label == name], "every variable has a label"
    assert meta.variable_value_labels["AU12_present"] == {0.0: "no", 1.0: "yes"} and meta.variable_measure["track"] == "nominal"
