"""Published benchmarks on tiny made-up copies of the data sets' own folders."""

import shutil
import subprocess

import numpy as np
import pytest
import torch
from PIL import Image

from norface_training import alignment
from norface_training.benchmarks import bp4d, disfa, emotions
from norface_training.benchmarks.__main__ import run
from norface_training.benchmarks.protocol import Faces, best_threshold, classify, find_faces
from norface_training.benchmarks.sequences import LayoutError
from norface_training.labels import AU_INDEX, EMOTIONS
from norface_training.networks import NetworkConfig, Norface

from .runs import TINY


def picture(file, seed, size=64):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size, size), dtype=np.uint8)).save(file)


def tracker(luma):
    """The canonical head in the middle of the picture; black pictures have no face."""
    if luma.max() < 8:
        return None
    height, width = luma.shape
    return alignment.CANONICAL * width * 0.3 + [width / 2, height * 0.4, 0]


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return Norface(NetworkConfig.from_dict(TINY["network"])).eval()


@pytest.fixture
def bp4d_copy(tmp_path):
    """One subject a fold, one task each, with a header of units as AU_OCC has it, and AU_INT for one subject."""
    for number, subject in enumerate(("F001", "F003", "F004")):
        rows = ["0," + ",".join(str(u) for u in (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24, 11))]
        for frame in range(1, 7):
            picture(tmp_path / "2D+3D" / subject / "T1" / f"{frame:03d}.jpg", 10 * number + frame)
            rows.append(f"{frame}," + ",".join(str((frame + u) % 2) for u in range(12)) + ",9")
        rows.append("99," + ",".join(["9"] * 13))
        file = tmp_path / "AUCoding" / "AU_OCC" / f"{subject}_T1.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(rows))
        for unit in bp4d.BP4D_INTENSITY_UNITS:
            file = tmp_path / "AUCoding" / "AU_INT" / f"AU{unit:02d}" / f"{subject}_T1_AU{unit:02d}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n".join(f"{frame},{frame - 1 if frame < 6 else 9}" for frame in range(1, 7)))
    return tmp_path


def test_bp4d_reads_occurrence_and_leaves_out_what_is_not_coded(bp4d_copy):
    sequences = bp4d.read(bp4d_copy)
    assert [s.subject for s in sequences] == ["F001", "F003", "F004"] and len(sequences[0]) == 6
    assert set(np.unique(sequences[0].au[:, AU_INDEX[12]])) == {0, 1}
    assert np.isnan(sequences[0].au[:, AU_INDEX[5]]).all()
    assert next(sequences[0].frames()).shape == (64, 64)


def test_bp4d_reads_intensity(bp4d_copy):
    sequences = bp4d.read(bp4d_copy, intensity=True)
    assert sequences[0].au[:, AU_INDEX[6]].tolist() == [0, 1, 2, 3, 4]


def test_bp4d_gives_the_row_of_the_table(bp4d_copy, model):
    result = run("bp4d", bp4d_copy, model, tracker, epochs=1, seed=1)
    assert result["frames"] == 18 and 0 <= result["units"]["mean"]["f1"] <= 1
    assert len(result["units"]) == 13 and "F002" in result["absent_subjects"]
    with_intensity = run("bp4d", bp4d_copy, model, tracker, epochs=0, seed=1, intensity=True)
    assert set(with_intensity["units"]["AU06"]) == {"f1", "auc", "icc", "mae", "mse"}


def test_bp4d_plus_deals_its_subjects_into_folds(bp4d_copy, model):
    for number in range(5):
        source, name = bp4d_copy / "2D+3D" / "F001", f"M{number + 1:03d}"
        shutil.copytree(source, bp4d_copy / "2D+3D" / name)
        coding = bp4d_copy / "AUCoding" / "AU_OCC"
        shutil.copyfile(coding / "F001_T1.csv", coding / f"{name}_T1.csv")
    result = run("bp4d+", bp4d_copy, model, tracker, epochs=0, seed=1)
    assert result["absent_subjects"] == [] and result["frames"] == 8 * 6


def test_folds_are_of_different_people_and_hold_everyone():
    for folds, count in ((bp4d.BP4D_FOLDS, 41), (disfa.FOLDS, 27)):
        everyone = [subject for fold in folds for subject in fold]
        assert len(everyone) == len(set(everyone)) == count
    dealt = bp4d.even_folds([f"F{i:03d}" for i in range(10)], 4)
    assert sorted(s for fold in dealt for s in fold) == [f"F{i:03d}" for i in range(10)]


@pytest.mark.parametrize(
    ("damage", "message"),
    [(lambda r: (r / "AUCoding/AU_OCC/F001_T1.csv").write_text("0,1\n1,x"), r"F001_T1.csv:2.*'x'"),
     (lambda r: (r / "AUCoding/AU_OCC/F001_T1.csv").write_text("0,1\n1,3"), "F001_T1.csv: frame 1, AU1: 3 is none of"),
     (lambda r: (r / "AUCoding/AU_OCC/F001_T1.csv").write_text("0,1\n1"), "F001_T1.csv:2: 1 columns where 2"),
     (lambda r: (r / "AUCoding/AU_OCC/strange.csv").write_text("0,1"), "strange.csv"),
     (lambda r: shutil.rmtree(r / "2D+3D/F003/T1"), "F003.T1: missing"),
     (lambda r: shutil.rmtree(r / "2D+3D"), "2D.3D"),
     (lambda r: (r / "2D+3D/F001/T1/notes.jpg").write_bytes(b""), "notes.jpg")],
)  # fmt: skip
def test_bp4d_names_what_is_wrong(bp4d_copy, damage, message):
    damage(bp4d_copy)
    with pytest.raises(LayoutError, match=message):
        bp4d.read(bp4d_copy)


def test_a_broken_picture_is_named(bp4d_copy):
    (bp4d_copy / "2D+3D/F001/T1/002.jpg").write_bytes(b"no picture")
    with pytest.raises(LayoutError, match="002.jpg: not a readable picture"):
        find_faces(bp4d.read(bp4d_copy), tracker, 96)


@pytest.fixture
def disfa_copy(tmp_path):
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    (tmp_path / "Videos_LeftCamera").mkdir()
    for subject in ("SN001", "SN006", "SN003"):
        video = tmp_path / "Videos_LeftCamera" / f"LeftVideo{subject}_comp.avi"
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=0.8", str(video)], check=True)
        labels = tmp_path / "ActionUnit_Labels" / subject
        labels.mkdir(parents=True)
        for unit in disfa.UNITS:
            (labels / f"{subject}_au{unit}.txt").write_text("\n".join(f"{frame},{(frame * unit) % 6}" for frame in range(1, 9)))
    return tmp_path


def test_disfa_gives_the_row_of_the_table(disfa_copy, model):
    sequences = disfa.read(disfa_copy)
    assert sequences[0].subject == "SN001" and sequences[0].au[:, AU_INDEX[1]].tolist() == [1, 2, 3, 4, 5, 0, 1, 2]
    assert [f.shape for f in sequences[0].frames()] == [(48, 64)] * 8
    result = run("disfa", disfa_copy, model, tracker, epochs=1, seed=1, every=2)
    assert result["frames"] == 12 and 0 <= result["f1_of_eight"] <= 1
    assert {"icc", "mae", "mse"} <= set(result["units"]["mean"])


def test_disfa_names_what_is_wrong(disfa_copy):
    (disfa_copy / "ActionUnit_Labels/SN006/SN006_au4.txt").write_text("1,7")
    with pytest.raises(LayoutError, match="SN006_au4.txt: frame 1: intensity 7"):
        disfa.read(disfa_copy)
    (disfa_copy / "ActionUnit_Labels/SN006/SN006_au4.txt").write_text("\n".join(f"{f},0" for f in range(1, 40)))
    for unit in disfa.UNITS:
        (disfa_copy / f"ActionUnit_Labels/SN006/SN006_au{unit}.txt").write_text("\n".join(f"{f},0" for f in range(1, 40)))
    with pytest.raises(LayoutError, match="LeftVideoSN006_comp.avi: ends at frame 8"):
        list(disfa.read(disfa_copy)[2].frames())
    (disfa_copy / "Videos_LeftCamera/LeftVideoSN001_comp.avi").unlink()
    with pytest.raises(LayoutError, match="LeftVideoSN001_comp.avi: missing"):
        disfa.read(disfa_copy)


@pytest.fixture
def affectnet_copy(tmp_path):
    for part in ("train", "val"):
        for number in range(9):
            picture(tmp_path / f"{part}_set" / "images" / f"{number}.jpg", number)
            annotations = tmp_path / f"{part}_set" / "annotations"
            annotations.mkdir(exist_ok=True)
            np.save(annotations / f"{number}_exp.npy", np.str_(str(number)))
    return tmp_path


def test_affectnet_gives_the_row_of_the_table(affectnet_copy, model):
    (sequence,) = emotions.affectnet(affectnet_copy, "val")
    assert len(sequence) == 8, "the label 8 (none) is left out"
    assert [EMOTIONS[e] for e in sequence.emotion] == list(emotions.AFFECTNET)
    assert run("affectnet8", affectnet_copy, model, tracker, epochs=1, seed=1)["images"] == 8
    assert run("affectnet7", affectnet_copy, model, tracker, epochs=0, seed=1)["images"] == 7
    (affectnet_copy / "val_set/images/3.jpg").unlink()
    with pytest.raises(LayoutError, match="3.jpg: missing"):
        emotions.affectnet(affectnet_copy, "val")
    (affectnet_copy / "train_set/annotations/0_exp.npy").write_bytes(b"?")
    with pytest.raises(LayoutError, match="0_exp.npy"):
        emotions.affectnet(affectnet_copy, "train")


def test_raf_gives_the_row_of_the_table(tmp_path, model):
    lines = []
    for part in ("train", "test"):
        for label in range(1, 8):
            picture(tmp_path / "basic" / "Image" / "aligned" / f"{part}_{label:05d}_aligned.jpg", label)
            lines.append(f"{part}_{label:05d}.jpg {label}")
    listing = tmp_path / "basic" / "EmoLabel" / "list_patition_label.txt"
    listing.parent.mkdir(parents=True)
    listing.write_text("\n".join(lines))
    (sequence,) = emotions.raf(tmp_path, "test")
    assert [EMOTIONS[e] for e in sequence.emotion] == list(emotions.RAF)
    result = run("raf", tmp_path, model, tracker, epochs=0, seed=1)
    assert result["images"] == 7 and 0 <= result["accuracy"] <= 1
    listing.write_text("train_00001.jpg happy")
    with pytest.raises(LayoutError, match="list_patition_label.txt:1"):
        emotions.raf(tmp_path, "train")


def test_a_face_that_is_not_found_is_a_miss(model):
    n = 6
    faces = Faces(np.zeros((n, 96, 96), np.uint8), np.zeros((n, 345), np.float32), np.array([True] * 3 + [False] * 3),
                  np.full((n, 20), np.nan, np.float32), np.zeros(n, int), np.array(["a"] * n))  # fmt: skip
    result = classify(model, None, faces, ("neutral",), 0)
    assert result["accuracy"] == 0.5 and result["faces_not_found"] == 3


def test_the_threshold_is_where_f1_is_best():
    truth, score = np.array([False] * 50 + [True] * 50), np.concatenate([np.linspace(0, 1, 50), np.linspace(2, 3, 50)])
    assert 1 < best_threshold(truth, score) <= 2.1
