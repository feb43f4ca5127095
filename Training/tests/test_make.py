"""Going on with pictures of one's own: what their table says, what it teaches, and the whole way with a tiny bundle."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from norface_training.__main__ import main as command
from norface_training.data.shards import ShardedSet
from norface_training.export.bundle import export_bundle
from norface_training.labels import AUS, EMOTIONS, SIDES
from norface_training.make import example, faces
from norface_training.make.command import make
from norface_training.make.learn import uncurved
from norface_training.make.table import TableError, read_table
from norface_training.networks import NetworkConfig, Norface

from .runs import TINY


def table(folder, text):
    (folder / "labels.csv").write_text(text, encoding="utf-8")
    return folder / "labels.csv"


def test_a_table_says_what_it_knows_and_no_more(tmp_path):
    read = read_table(
        table(tmp_path, "image,person,AU12,AU12L,emotion\na.png,Ann,3,4,happiness\nb.png,,,,\nc.png,Ann,0,,Neutral\n")
    )
    assert [image.name for image in read.images] == ["a.png", "b.png", "c.png"]
    assert read.people[0] == read.people[2] != read.people[1]
    assert read.au[0, AUS.index("AU12")] == 3 and np.isfinite(read.au).sum() == 2
    assert read.left[0, SIDES.index("AU12")] == 4 and not np.isfinite(read.right).any()
    assert read.emotion.tolist() == [EMOTIONS.index("happiness"), -1, EMOTIONS.index("neutral")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("picture,AU12\na,1\n", "no column image"),
        ("image,AU99\na,1\n", "AU99"),
        ("image,AU17L\na,1\n", "AU17L"),
        ("image,AU12\na,6\n", "line 2: AU12: '6'"),
        ("image,AU12\na,1\nb,nan\n", "line 3"),
        ("image,emotion\na,glee\n", "glee"),
        ("image,AU12\n,1\n", "no image"),
        ("image,AU12\na,\n", "no label"),
    ],
)
def test_a_table_that_is_wrong_says_where(tmp_path, text, said):
    with pytest.raises(TableError, match=said):
        read_table(table(tmp_path, text))


def test_labels_are_what_the_curves_turn_outputs_into():
    curves = {"AU12": {"x": [0, 1, 2, 5], "y": [0, 0, 3, 5]}}
    wanted = np.array([[0.0], [1.5], [4.0]], np.float32)
    raw = uncurved(wanted, ("AU12",), curves)
    assert np.interp(raw, curves["AU12"]["x"], curves["AU12"]["y"]) == pytest.approx(wanted, abs=1e-5)


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Forty pictures of twenty people whose brightness is their AU12; landmarks are a face's wherever they are asked for."""
    folder, rng = tmp_path / "mine", np.random.default_rng(3)
    folder.mkdir()
    lines = ["image,person,AU12"]
    for k in range(40):
        level = k % 5
        Image.fromarray(rng.integers(40 * level, 40 * level + 60, (96, 96)).astype(np.uint8)).save(folder / f"{k}.png")
        lines.append(f"{k}.png,{k // 2},{level}")
    face = np.random.default_rng(1).uniform(10, 80, (468, 3)).astype(np.float32)
    monkeypatch.setattr(faces, "FaceMesh", lambda _: None)
    monkeypatch.setattr(faces, "find", lambda _, luma: None if luma.mean() < 20 else face)
    return table(folder, "\n".join(lines) + "\n")


def test_a_bundle_goes_on_with_pictures_and_keeps_its_normalizer(tmp_path, pictures):
    torch.manual_seed(4)
    network = NetworkConfig.from_dict(TINY["network"] | {"folded": True})
    before, after = tmp_path / "before", tmp_path / "after"
    export_bundle(Norface(network).eval(), before, "tiny", "0.0.1", "for tests")
    figures = make(before, pictures, tmp_path / "mesh", after, "mine", "1.0.0", 4, 0.5)
    assert figures["before"]["faces"] == figures["after"]["faces"] == 8
    old, new = (json.loads((folder / "bundle.json").read_text()) for folder in (before, after))
    assert new["networks"]["normalizer"]["sha256"] == old["networks"]["normalizer"]["sha256"]
    assert new["networks"]["classifier"]["sha256"] != old["networks"]["classifier"]["sha256"]
    assert (new["name"], new["version"]) == ("mine", "1.0.0")
    assert json.loads((after / "figures.json").read_text())["from"] == "tiny 0.0.1"


def test_an_example_is_a_table_that_can_be_read(cache, tmp_path):
    source = ShardedSet(cache / "heads")
    assert example.write(source, np.arange(len(source)) % 2 == 1, tmp_path / "some", 7) == 7
    read = read_table(tmp_path / "some" / "labels.csv")
    assert len(read) == 7 and all(image.is_file() for image in read.images)
    assert read.au[0] == pytest.approx(source["au"][1], abs=0.01)
    assert read.right[6] == pytest.approx(source["right"][13], abs=0.01)


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    with pytest.raises(SystemExit, match="usage"):
        command([])
    with pytest.raises(SystemExit, match=r"make: .*labels\.csv"):
        command(
            [
                "make",
                "--from",
                str(tmp_path),
                "--labels",
                str(tmp_path / "labels.csv"),
                "--mesh",
                "m",
                "--out",
                str(tmp_path / "o"),
            ]
        )
