"""Shards and source readers, on small files made here."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from norface_training.data.join import join
from norface_training.data.shards import ShardedSet, ShardError, ShardWriter
from norface_training.data.sources import FerPlus, Photos, SourceError, folder


def test_a_set_is_read_as_it_was_appended(tmp_path):
    writer = ShardWriter(tmp_path / "set", {"size": 96})
    writer.append(crop=np.arange(12, dtype=np.uint8).reshape(3, 2, 2), au=np.ones((3, 20), np.float32))
    heads = ShardedSet(tmp_path / "set")
    assert len(heads) == 3
    ShardWriter(tmp_path / "set", {"size": 96}).append(crop=np.full((2, 2, 2), 9, np.uint8), au=np.zeros((2, 20), np.float32))
    assert len(heads) == 3
    heads.reload()
    assert heads["crop"].shape == (5, 2, 2) and heads["crop"].dtype == np.uint8
    assert heads["crop"][4, 0, 0] == 9 and heads["au"].sum() == 60


def test_a_set_begun_otherwise_is_left_alone(tmp_path):
    ShardWriter(tmp_path, {"size": 96}).append(x=np.zeros(4))
    before = (tmp_path / "manifest.json").read_text()
    with pytest.raises(ShardError, match="other facts"):
        ShardWriter(tmp_path, {"size": 112})
    with pytest.raises(ShardError, match="differ"):
        ShardWriter(tmp_path, {"size": 96}).append(y=np.zeros(4))
    with pytest.raises(ShardError, match="different length"):
        ShardWriter(tmp_path, {"size": 96}).append(x=np.zeros(4), y=np.zeros(5))
    assert (tmp_path / "manifest.json").read_text() == before


def test_a_damaged_shard_is_named(tmp_path):
    ShardWriter(tmp_path, {}).append(x=np.zeros((4, 3), np.float32))
    file = tmp_path / "00000.x.npy"
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(ShardError, match="00000.x.npy"):
        ShardedSet(tmp_path)["x"]
    np.save(file, np.zeros((3, 3), np.float32))
    with pytest.raises(ShardError, match="00000.x.npy"):
        ShardedSet(tmp_path)["x"]


def part(folder, first, values, **facts):
    writer = ShardWriter(folder, {"size": 96, "first": first} | facts)
    for value in values:
        writer.append(x=np.full((2, 3), value, np.float32))
    return folder


def test_parts_made_side_by_side_become_one_set(tmp_path):
    parts = [part(tmp_path / "a", 0, [1, 2]), part(tmp_path / "b", 500, [3])]
    assert join(parts, tmp_path / "whole") == 6
    whole = ShardedSet(tmp_path / "whole")
    assert whole["x"][:, 0].tolist() == [1, 1, 2, 2, 3, 3]
    assert whole.facts["size"] == 96 and whole.facts["first"] == [0, 500]
    with pytest.raises(ShardError, match="whole exists already"):
        join(parts, tmp_path / "whole")


def test_parts_that_do_not_fit_or_are_damaged_make_no_set(tmp_path):
    first = part(tmp_path / "a", 0, [1])
    with pytest.raises(ShardError, match="b: its fields or facts differ"):
        join([first, part(tmp_path / "b", 0, [1], size=112)], tmp_path / "whole")
    damaged = part(tmp_path / "c", 0, [1, 2])
    (damaged / "00001.x.npy").write_bytes(b"torn")
    with pytest.raises(ShardError, match="00001.x.npy"):
        join([first, damaged], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_a_missing_or_broken_manifest_is_named(tmp_path):
    with pytest.raises(ShardError, match="manifest.json"):
        ShardedSet(tmp_path / "absent")
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ShardError, match="not JSON"):
        ShardedSet(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(ShardError, match="format 99"):
        ShardedSet(tmp_path)


def ferplus(path, images=(5, 48, 48)):
    arrays = {"vote_columns": np.array(list("abcdefghij"))}
    for part in ("train", "valid"):
        arrays |= {
            f"{part}_images": np.zeros(images, np.uint8),
            f"{part}_votes": np.zeros((5, 10), np.uint8),
            f"{part}_names": np.array(["x"] * 5),
        }
    np.savez(path, **arrays)


def test_ferplus_is_read_or_refused_by_name(tmp_path):
    ferplus(tmp_path / "good.npz")
    assert len(FerPlus(tmp_path / "good.npz", "valid")) == 5
    ferplus(tmp_path / "bad.npz", (4, 48, 48))
    with pytest.raises(SourceError, match="bad.npz"):
        FerPlus(tmp_path / "bad.npz", "train")
    with pytest.raises(SourceError, match="absent.npz"):
        FerPlus(tmp_path / "absent.npz", "train")
    (tmp_path / "text.npz").write_text("not an archive")
    with pytest.raises(SourceError, match="text.npz"):
        FerPlus(tmp_path / "text.npz", "train")
    with pytest.raises(SourceError, match="test"):
        FerPlus(tmp_path / "good.npz", "test")


def photo_zip(path, labels):
    buffer = io.BytesIO()
    Image.fromarray(np.full((20, 30), 77, np.uint8)).save(buffer, "PNG")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", buffer.getvalue())
        archive.writestr("broken.png", b"\x89PNG nothing")
        archive.writestr("labels.csv", labels)


def test_photos_are_read_and_broken_ones_named(tmp_path):
    path = tmp_path / "photos.zip"
    photo_zip(path, "image,identity,emotion\na.png,Zoe,happiness\nbroken.png,Ann,odd\ngone.png,Ann,neutral\n")
    photos = Photos(path)
    assert photos.luma(0).shape == (20, 30) and (photos.luma(0) == 77).all()
    assert [row.emotion for row in photos.rows] == [1, -1, 0]
    assert photos.identities == {"Ann": 0, "Zoe": 1}
    with pytest.raises(SourceError, match="broken.png"):
        photos.luma(1)
    with pytest.raises(SourceError, match="gone.png"):
        photos.luma(2)


def test_labels_that_do_not_parse_name_the_line(tmp_path):
    path = tmp_path / "photos.zip"
    photo_zip(path, "image,identity,emotion\na.png,Zoe,happiness\n,Zoe,neutral\n")
    with pytest.raises(SourceError, match="line 3"):
        Photos(path)


def test_a_folder_must_be_named(monkeypatch, tmp_path):
    monkeypatch.delenv("NORFACE_DATA", raising=False)
    with pytest.raises(SourceError, match="NORFACE_DATA"):
        folder(None, "NORFACE_DATA")
    monkeypatch.setenv("NORFACE_DATA", str(tmp_path))
    assert folder(None, "NORFACE_DATA") == tmp_path
