"""Events for programs of annotation, read by the libraries that their users use."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import norface
from norface.export import ExportError, Options, export


@pytest.fixture
def marked(run: Path) -> Path:
    """The run with a cut and markers among its events."""
    more = [
        {"v": 1, "event": "cut", "source": "sample.mp4", "pts": 4.0, "epoch": 0},
        {"v": 1, "event": "marker", "source": "sample.mp4", "pts": 4.0, "epoch": 0, "marker": "stimulus; 3"},
        {"v": 1, "event": "marker", "source": "sample.mp4", "pts": 4.0, "epoch": 0, "marker": "stimulus <4>"},
    ]
    with open(run / "sample.events.jsonl", "a") as file:
        file.writelines(json.dumps(event) + "\n" for event in more)
    return run / "sample.jsonl"


def spans(path: Path) -> pd.DataFrame:
    events = norface.read(path).events
    return events[events["event"].isin(["segment", "blink", "wink"])]


def test_eaf(marked: Path) -> None:
    elan = pytest.importorskip("pympi.Elan", reason="pympi-ling is not installed")
    target = marked.with_name("e.eaf")
    export(marked, "eaf", target)
    export(marked, "eaf", target)
    assert sorted(path.suffix for path in marked.parent.glob("e.*")) == [".eaf"], "no backup is left"
    eaf = elan.Eaf(str(target))
    told = spans(marked)
    smiles = told[(told["unit"] == "AU12") & (told["track"] == 1)]
    read = sorted(eaf.get_annotation_data_for_tier("person 1 AU12"))
    assert [(start, end) for start, end, _ in read] == [
        (round(onset * 1000), round(offset * 1000)) for onset, offset in zip(smiles["onset"], smiles["offset"])
    ]
    assert read[0][2] == f"peak {smiles['peak'].iloc[0]:.2f}, mean {smiles['mean'].iloc[0]:.2f}"
    tiers = [name for name in eaf.get_tier_names() if name not in ("cut", "marker")]
    assert sum(len(eaf.get_annotation_data_for_tier(name)) for name in tiers) == len(told)
    assert {name.split(" ", 2)[2] for name in tiers} == set(told["unit"].dropna()) | {"blink"}
    assert [value for *_, value in sorted(eaf.get_annotation_data_for_tier("marker"))] == ["stimulus; 3", "stimulus <4>"]
    assert eaf.get_linked_files()[0]["MEDIA_URL"] == "file:///clips/sample.mp4"
    assert any("offset not seen" in value for name in tiers for *_, value in eaf.get_annotation_data_for_tier(name))


def test_textgrid(marked: Path) -> None:
    praat = pytest.importorskip("pympi.Praat", reason="pympi-ling is not installed")
    target = marked.with_name("t.TextGrid")
    export(marked, "textgrid", target)
    grid = praat.TextGrid(str(target))
    told = spans(marked)
    assert grid.xmax == pytest.approx(8.0)
    intervals = [interval for tier in grid.get_tiers() if tier.tier_type == "IntervalTier" for interval in tier.get_intervals()]
    assert len([text for *_, text in intervals if text]) == len(told)
    smile = told[(told["unit"] == "AU12") & (told["track"] == 2)].iloc[0]
    read = [interval for interval in grid.get_tier("person 2 AU12").get_intervals() if interval[2]]
    assert read[0][:2] == pytest.approx((smile["onset"], smile["offset"]))
    assert [text for _, text in grid.get_tier("marker").get_intervals()] == ["stimulus; 3", "stimulus <4>"]


def test_boris(marked: Path) -> None:
    pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    target = marked.with_name("b.xlsx")
    notes = export(marked, "boris", target)
    # As BORIS reads a spreadsheet.
    table = pd.read_excel(target, sheet_name=0, engine="openpyxl")
    assert list(table.columns) == ["time", "subject", "code", "modifier", "comment"]
    told = spans(marked)
    assert len(table) == 2 * len(told) + 3 and table["time"].is_monotonic_increasing
    states = table[table["subject"].notna()]
    for _, rows in states.groupby(["subject", "code", states["modifier"].fillna("")]):
        assert [comment.split(",")[0] for comment in rows["comment"]] == ["start", "stop"] * (len(rows) // 2)
    assert table.loc[table["code"] == "marker", "comment"].tolist() == ["stimulus; 3", "stimulus <4>"]
    assert any("ethogram" in note and "AU12" in note and "cut" in note for note in notes)


def test_bids(marked: Path) -> None:
    target = marked.with_name("bids")
    notes = export(marked, "bids", target, Options(subject="01", task="talk"))
    recording = norface.read(marked)
    events = pd.read_csv(target / "sub-01/beh/sub-01_task-talk_desc-norface_events.tsv", sep="\t", na_values="n/a")
    assert list(events.columns[:3]) == ["onset", "duration", "trial_type"] and events["onset"].is_monotonic_increasing
    smile = spans(marked).query("unit == 'AU12'").iloc[0]
    row = events[events["trial_type"] == "AU12"].iloc[0]
    assert row["onset"] == smile["onset"] and row["duration"] == pytest.approx(smile["offset"] - smile["onset"])
    described = json.loads((target / "sub-01/beh/sub-01_task-talk_desc-norface_events.json").read_text())
    assert set(described) == set(events.columns)
    for track in (1, 2):
        stem = target / f"sub-01/beh/sub-01_task-talk_recording-face{track}_physio"
        sidecar = json.loads(stem.with_suffix(".json").read_text())
        values = pd.read_csv(f"{stem}.tsv.gz", sep="\t", header=None, names=sidecar["Columns"], na_values="n/a")
        assert sidecar["SamplingFrequency"] == 25 and sidecar["StartTime"] == 0 and len(values) == 200
        mine = recording.faces[recording.faces["track"] == track]
        assert values["AU12"][mine["frame"]].tolist() == pytest.approx(mine["AU12"].tolist(), nan_ok=True)
        assert values.drop(mine["frame"]).isna().all(axis=None)
        motion = target / f"sub-01/motion/sub-01_task-talk_tracksys-face{track}"
        channels = pd.read_csv(f"{motion}_channels.tsv", sep="\t", na_values="n/a")
        pose = pd.read_csv(f"{motion}_motion.tsv", sep="\t", header=None, names=channels["name"], na_values="n/a")
        assert pose["latency"].tolist() == recording.frames["pts"].tolist()
        assert pose["head_yaw_angle"][mine["frame"]].tolist() == mine["yaw"].tolist()
        assert pose["head_z_place"][mine["frame"]].tolist() == mine["head_z"].tolist()
    assert not notes
    validator = shutil.which("bids-validator-deno")
    if validator is not None:
        report = json.loads(
            subprocess.run([validator, "--json", str(target)], capture_output=True, text=True, timeout=50, check=False).stdout
        )
        assert [issue["code"] for issue in report["issues"]["issues"] if issue["severity"] == "error"] == []


def test_uneven_frames_go_to_their_nearest_point(run: Path) -> None:
    path = run / "sample.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    del records[50:60], records[100]
    # Two frames at one point, the second of them nearer to it.
    records[20]["pts"] = records[21]["pts"] - 0.013
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    notes = export(path, "bids", run / "bids", Options(subject="1", task="t"))
    assert any("12 points have no frame" in note and "1 frames share" in note for note in notes)
    stem = run / "bids/sub-1/beh/sub-1_task-t_recording-face1_physio"
    sidecar = json.loads(stem.with_suffix(".json").read_text())
    values = pd.read_csv(f"{stem}.tsv.gz", sep="\t", header=None, names=sidecar["Columns"], na_values="n/a")
    faces = norface.read(path).faces
    place = np.rint(faces["pts"] * 25).astype(int)
    mine = (faces["track"] == 1) & (faces["seq"] != 20)
    assert values["AU12"][place[mine]].tolist() == pytest.approx(faces.loc[mine, "AU12"].tolist(), nan_ok=True)
    assert values.iloc[50:60].isna().all(axis=None) and values.iloc[20].isna().all()


def test_without_events(run: Path) -> None:
    (run / "sample.events.jsonl").unlink()
    meta = json.loads((run / "sample.meta.json").read_text())
    del meta["complete"]["events"]
    (run / "sample.meta.json").write_text(json.dumps(meta))
    for name in ("eaf", "textgrid", "boris"):
        with pytest.raises(ExportError, match="analyse with --events"):
            export(run / "sample.jsonl", name, run / "out")
        assert not (run / "out").exists()
    notes = export(run / "sample.jsonl", "bids", run / "bids", Options(subject="1", task="t"))
    assert any("left out: events" in note for note in notes)


def test_epochs_are_not_mixed(run: Path) -> None:
    path = run / "sample.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    for record in records[100:]:
        record["epoch"], record["pts"] = 1, record["pts"] - 4
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    with pytest.raises(ExportError, match="2 epochs"):
        export(path, "eaf", run / "e.eaf")
    export(path, "eaf", run / "e.eaf", Options(epoch=0))
    assert any("2 epochs" in note for note in export(path, "openface", run / "o.csv"))
