"""Export: the bundle's graphs agree with PyTorch, count their work, and the manifest keeps its contract."""

import copy
import hashlib
import json
import shutil

import numpy as np
import onnxruntime
import pytest
import torch

from norface_training.export.__main__ import carry_portrait
from norface_training.export.bundle import export_bundle
from norface_training.export.calibrate import emotion_offsets
from norface_training.export.onnx import count_mflops, export_graph, operators
from norface_training.labels import AUS, SIDES
from norface_training.networks import NetworkConfig, Norface

from .test_networks import SMALL, TRANSFORMER


@pytest.fixture(scope="module", params=[SMALL, TRANSFORMER], ids=["conv", "transformer"])
def bundle(request, tmp_path_factory):
    torch.manual_seed(1)
    model = Norface(NetworkConfig.from_dict(request.param | {"geometry_points": 115})).eval()
    model.set_target(torch.rand(1, 1, 32, 32), torch.rand(1, 1, 32, 32))
    folder = tmp_path_factory.mktemp("bundle")
    manifest = export_bundle(model, folder, "tiny", "0.0.1", "for tests", temperature=1.3)
    return model, folder, manifest


def test_the_two_graphs_together_are_the_model(bundle):
    model, folder, manifest = bundle
    face, geometry = torch.rand(5, 1, 32, 32), torch.randn(5, 345)
    first = onnxruntime.InferenceSession(folder / manifest["networks"]["normalizer"]["file"])
    second = onnxruntime.InferenceSession(folder / manifest["networks"]["classifier"]["file"])
    tokens, normalized = first.run(["tokens", "normalized"], {"face": face.numpy()})
    au, left, _, emotion, gate = second.run(
        ["au", "left", "right", "emotion", "gate"],
        {"tokens": tokens, "normalized": normalized, "geometry": geometry.numpy()},
    )
    with torch.no_grad():
        prediction, face_again = model(face, geometry)
    np.testing.assert_allclose(normalized, face_again.numpy(), atol=1e-4)
    np.testing.assert_allclose(au, prediction.intensities()[0].numpy(), atol=1e-4)
    np.testing.assert_allclose(emotion, prediction.emotion.numpy(), atol=1e-4)
    assert au.shape == (5, len(AUS)) and left.shape == (5, len(SIDES)) and gate.shape == prediction.gate.shape
    assert au.min() >= 0 and au.max() <= 5 and normalized.min() >= 0 and normalized.max() <= 1


def test_the_manifest_keeps_the_contract(bundle):
    model, folder, _ = bundle
    manifest = json.loads((folder / "bundle.json").read_text())
    assert manifest["format"] == 1 and manifest["labels"]["au"] == list(AUS)
    assert manifest["normalized"]["size"] == model.config.normalized_size
    assert len(manifest["geometry"]["points"]) == 115
    assert manifest["emotion_temperature"] == 1.3
    assert set(manifest["thresholds"]) == set(AUS)
    assert all(t["on"] >= t["off"] for t in manifest["thresholds"].values())
    for network in manifest["networks"].values():
        assert network["sha256"] == hashlib.sha256((folder / network["file"]).read_bytes()).hexdigest()
        assert network["mflops"] == round(count_mflops(folder / network["file"]), 2)


def test_a_portrait_stays_where_the_normalizer_is_the_same(bundle, tmp_path):
    _, folder, manifest = bundle
    former, scratch = tmp_path / "former", tmp_path / "scratch"
    shutil.copytree(folder, former)
    scratch.mkdir()
    (former / "portrait.onnx").write_bytes(b"a portrait")
    entry = {"file": "portrait.onnx", "sha256": hashlib.sha256(b"a portrait").hexdigest(), "mflops": 1.0}
    theirs = json.loads((folder / "bundle.json").read_text())
    assert not carry_portrait(former, scratch, copy.deepcopy(manifest)), "a bundle without one has none to hand on"
    theirs["networks"]["portrait"] = entry
    (former / "bundle.json").write_text(json.dumps(theirs))
    assert carry_portrait(former, scratch, copy.deepcopy(manifest))
    assert (scratch / "portrait.onnx").read_bytes() == b"a portrait"
    assert json.loads((scratch / "bundle.json").read_text())["networks"]["portrait"] == entry
    other = copy.deepcopy(manifest)
    other["networks"]["normalizer"]["sha256"] = "0" * 64
    assert not carry_portrait(former, scratch, other) and "portrait" not in other["networks"]


def test_work_is_counted_by_hand(tmp_path):
    model = torch.nn.Sequential(torch.nn.Conv2d(2, 4, 3, stride=2, padding=1), torch.nn.Flatten(), torch.nn.Linear(64, 10))
    export_graph(model, {"x": torch.rand(1, 2, 8, 8)}, ["y"], tmp_path / "m.onnx")
    by_hand = 2 * (4 * 4 * 4 * 2 * 9) + 2 * 64 * 10
    assert count_mflops(tmp_path / "m.onnx") == pytest.approx(by_hand / 1e6)
    assert operators(tmp_path / "m.onnx")["Conv"] == 1


def test_an_export_that_differs_is_refused_and_removed(tmp_path):
    class Counting(torch.nn.Module):
        """Gives another answer at every call, as a module with hidden state would."""

        calls = 0

        def forward(self, x):
            self.calls += 1
            return x + self.calls

    with pytest.raises(RuntimeError, match="output y differs"):
        export_graph(Counting(), {"x": torch.rand(1, 2)}, ["y"], tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()


def test_a_classifier_without_the_normalized_face_is_no_bundle(tmp_path):
    values = SMALL | {"geometry_points": 115, "classifier": SMALL["classifier"] | {"representations": ["original"]}}
    with pytest.raises(ValueError, match="geometry.*normalized"):
        export_bundle(Norface(NetworkConfig.from_dict(values)), tmp_path, "x", "0", "")


def test_offsets_bring_back_a_word_that_is_seldom_said():
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(8), [400, 300, 100, 100, 100, 60, 60, 40])
    logits = rng.normal(0, 1, (len(labels), 8))
    logits[np.arange(len(labels)), labels] += 2.0
    logits[:, 7] -= 3.0
    labels[:5] = -1
    offsets = emotion_offsets(logits, labels)
    assert offsets[7] > 1.0 and abs(offsets.mean()) < 1e-9
    contempt = labels == 7
    assert ((logits + offsets).argmax(1) == 7)[contempt].mean() > (logits.argmax(1) == 7)[contempt].mean() + 0.3
