"""Larger pictures of the common person: the painter learns, and its graph reads what the bundle's graphs read."""

import json

import numpy as np
import onnxruntime
import torch

from norface_training.export.bundle import export_bundle
from norface_training.export.onnx import operators
from norface_training.labels import AU_INDEX
from norface_training.networks import Norface
from norface_training.networks.portrait import SIZE, Painter
from norface_training.train.config import parse_config
from norface_training.train.portrait import export, learn, merged_of, worn_in

from .runs import TINY


class Told(dict):
    def __len__(self):
        return len(self["au"])


def test_the_common_person_wears_what_was_read():
    au, sides = np.zeros((2, 20), np.float32), np.zeros((2, 14), np.float32)
    au[0, AU_INDEX[25]], au[1, AU_INDEX[26]], au[1, AU_INDEX[25]] = 4, 2.5, 4
    names = ["jawOpen", "mouthClose", "mouthLowerDown_L", "mouthLowerDown_R", "mouthRollLower", "mouthRollUpper", "mouthShrugLower"]
    worn = worn_in(Told(au=au, left=sides, right=sides), names)
    assert worn[0, 2] == worn[0, 3] == 1 and worn[0, 0] == 0
    assert worn[1, 0] == 0.5 and worn[1, 2] == 0, "an open jaw parts the lips by itself"


def test_a_painter_learns_and_is_exported_beside_the_bundle(tmp_path):
    torch.manual_seed(3)
    model = Norface(parse_config(TINY).network).eval()
    export_bundle(model, tmp_path, "tiny", "1", "A test")
    crops = torch.randint(0, 256, (40, 96, 96), dtype=torch.uint8)
    tokens = merged_of(model, crops)
    grid = tokens.shape[-1]
    targets = torch.randint(90, 110, (40, SIZE, SIZE), dtype=torch.uint8)
    painter = learn(model, tokens, targets, torch.arange(40) < 30, 0.03)
    with torch.no_grad():
        face = painter(tokens.float())
    assert face.shape == (40, 1, grid * 16, grid * 16) and (face.mean() - 100 / 255).abs() < 0.05
    path = export(tmp_path, painter)
    entry = json.loads((tmp_path / "bundle.json").read_text())["networks"]["portrait"]
    assert entry["file"] == path.name and entry["mflops"] > 0
    picture = onnxruntime.InferenceSession(str(path)).run(["portrait"], {"face": crops[:2, None].float().numpy() / 255})[0]
    assert picture.shape == (2, 1, SIZE, SIZE) and picture.min() >= 0 and picture.max() <= 1
    assert operators(path).keys() <= operators(tmp_path / "normalizer.onnx").keys() | operators(tmp_path / "classifier.onnx").keys()
    assert isinstance(painter, Painter)
