"""Checkpoints made of others: deeper encoders and blends."""

import copy

import pytest
import torch

from norface_training.export.__main__ import load_model
from norface_training.export.bundle import export_bundle
from norface_training.export.weights import ONLY_TRAINING
from norface_training.networks import Norface
from norface_training.train import checkpoint
from norface_training.train.blend import main as blend_main
from norface_training.train.config import parse_config
from norface_training.train.deepen import deepen, rectified_moments
from norface_training.train.deepen import main as deepen_main

from .runs import TINY


def test_a_deepened_encoder_is_the_same_function(tmp_path):
    torch.manual_seed(2)
    config = parse_config(copy.deepcopy(TINY)).network
    shallow = Norface(config)
    for norm in (m for m in shallow.encoder.modules() if isinstance(m, torch.nn.BatchNorm2d)):
        norm.weight.data.uniform_(0.5, 1.5)
        norm.bias.data.normal_(0, 0.5)
    checkpoint.save(tmp_path / "a.pt", {"fingerprint": "x", "model": shallow.state_dict(), "network": config.to_dict()})
    deepen_main([str(tmp_path / "a.pt"), "--after", "1", "--count", "2", "--out", str(tmp_path / "b.pt")])
    deeper = load_model(tmp_path / "b.pt")
    assert len(deeper.encoder.layers) == len(shallow.encoder.layers) + 2
    face = torch.rand(6, 1, 96, 96)
    with torch.no_grad():
        torch.testing.assert_close(deeper.encoder(face), shallow.eval().encoder(face), atol=1e-4, rtol=1e-4)
    with pytest.raises(SystemExit, match="exists already"):
        deepen_main([str(tmp_path / "a.pt"), "--after", "1", "--out", str(tmp_path / "b.pt")])


def test_deepening_behind_a_layer_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="no layer 9"):
        deepen(Norface(parse_config(copy.deepcopy(TINY)).network).state_dict(), 9, 1)


def test_moments_of_a_rectified_normal_are_those_of_a_sample():
    sample = torch.relu(torch.randn(400_000, generator=torch.Generator().manual_seed(1)) * 1.3 + 0.4)
    mean, variance = rectified_moments(torch.tensor(0.4), torch.tensor(1.3))
    assert float(mean) == pytest.approx(float(sample.mean()), abs=0.01)
    assert float(variance) == pytest.approx(float(sample.var()), abs=0.02)


def test_a_blend_lies_between_two_checkpoints_in_the_parts_named(tmp_path):
    def write(name, number, **more):
        state = {"encoder.w": torch.full((3,), number), "normalizer.w": torch.full((3,), number), "encoder.count": torch.tensor(int(number))}
        checkpoint.save(tmp_path / name, {"fingerprint": "f", "model": state, "network": {}} | more)

    write("a.pt", 1.0)
    write("b.pt", 100.0, average={"encoder.w": torch.full((3,), 2.0), "normalizer.w": torch.full((3,), 2.0), "encoder.count": torch.tensor(2)})
    command = [str(tmp_path / "a.pt"), str(tmp_path / "b.pt"), "--out", str(tmp_path / "c.pt"), "--share", "0.25", "--parts", "encoder"]
    blend_main(command)
    state = checkpoint.load(tmp_path / "c.pt")["model"]
    assert state["encoder.w"].tolist() == [1.25] * 3
    assert state["normalizer.w"].tolist() == [2.0] * 3
    assert int(state["encoder.count"]) == 2
    with pytest.raises(SystemExit, match="exists already"):
        blend_main(command)


def test_a_blend_may_begin_with_a_bundle(tmp_path):
    config = parse_config(TINY | {"network": TINY["network"] | {"folded": True}}).network
    former, later = Norface(config).eval(), Norface(config).eval()
    export_bundle(former, tmp_path / "bundle", "tiny", "1", "A test")
    checkpoint.save(tmp_path / "later.pt", {"fingerprint": "f", "model": later.state_dict(), "network": config.to_dict()})
    blend_main([str(tmp_path / "bundle"), str(tmp_path / "later.pt"), "--out", str(tmp_path / "c.pt"), "--share", "0.25"])
    state = checkpoint.load(tmp_path / "c.pt")["model"]
    for key, value in later.state_dict().items():
        first = value if key.startswith(ONLY_TRAINING) else former.state_dict()[key]
        if value.is_floating_point():
            torch.testing.assert_close(state[key], 0.75 * first + 0.25 * value, atol=1e-5, rtol=1e-5)


def test_checkpoints_of_different_networks_are_not_blended(tmp_path):
    for name, size in (("a.pt", 3), ("b.pt", 4)):
        checkpoint.save(tmp_path / name, {"fingerprint": "f", "model": {"encoder.w": torch.zeros(size)}, "network": {}})
    with pytest.raises(SystemExit, match="encoder.w is not the same weight in both"):
        blend_main([str(tmp_path / "a.pt"), str(tmp_path / "b.pt"), "--out", str(tmp_path / "c.pt")])
    assert not (tmp_path / "c.pt").exists()
