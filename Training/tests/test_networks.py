"""Networks: branches fold exactly, shapes hold at both scales, configurations are checked."""

import pytest
import torch

from norface_training.labels import AUS, EMOTIONS, SIDES
from norface_training.networks import NetworkConfig, Norface
from norface_training.networks.blocks import RepConv, Standardise
from norface_training.networks.classifier import InputMixture, OutputMixture
from norface_training.networks.points import GEOMETRY_POINTS

SMALL = {
    "input_size": 32, "normalized_size": 24, "geometry_points": 5,
    "encoder": {"layers": [[8, 2], [8, 2], [16, 2]]},
    "normalizer": {"blocks": 1, "heads": 2, "decoder": [8, 8, 8]},
    "classifier": {"reader": [[16, 2]], "width": 16, "geometry": [16], "experts": 2, "expert_width": 8,
                   "heads": 2, "head_width": 8},
}  # fmt: skip
TRANSFORMER = SMALL | {
    "input_size": 32, "normalized_size": 32, "encoder": {"kind": "vit", "patch": 8, "width": 16, "depth": 2, "heads": 2},
}  # fmt: skip


def build(values, seed=0):
    torch.manual_seed(seed)
    return Norface(NetworkConfig.from_dict(values))


@pytest.mark.parametrize("stride", [1, 2])
def test_branches_fold_into_one_convolution(stride):
    torch.manual_seed(0)
    block = RepConv(6, 6, stride)
    block.train()
    for _ in range(3):
        block(torch.randn(4, 6, 10, 10) * 2 + 1)
    block.eval()
    x = torch.randn(2, 6, 10, 10)
    branches = torch.nn.functional.conv2d(x, block.kernel3, stride=stride, padding=1)
    branches = branches + torch.nn.functional.conv2d(x, block.kernel1, stride=stride)
    if stride == 1:
        branches = branches + x * block.identity[None, :, None, None]
    expected = torch.relu(block.norm(branches))
    torch.testing.assert_close(block(x), expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(block.fold()(x), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("values", [SMALL, TRANSFORMER])
def test_a_batch_gives_every_output(values):
    model = build(values).train()
    prediction, normalized = model(torch.rand(3, 1, 32, 32), torch.randn(3, 15))
    assert prediction.au.shape == (3, len(AUS)) and prediction.left.shape == prediction.right.shape == (3, len(SIDES))
    assert prediction.emotion.shape == (3, len(EMOTIONS))
    size = values["normalized_size"]
    assert normalized.shape == (3, 1, size, size)
    torch.testing.assert_close(prediction.gate[:, :2].sum(1), torch.ones(3))
    loss = prediction.au.sum() + prediction.emotion.sum() + normalized.sum()
    loss.backward()
    untouched = [n for n, p in model.named_parameters() if p.grad is None and not {"alone", "shapes", "points"} & set(n.split("."))]
    assert untouched == []


def test_deployment_changes_nothing_but_the_form():
    model = build(SMALL)
    model.train()
    for _ in range(3):
        model(torch.rand(8, 1, 32, 32), torch.randn(8, 15))
    model.eval()
    model.set_target(torch.rand(1, 1, 32, 32), torch.rand(1, 1, 32, 32))
    deployed = model.deployed()
    assert not any(isinstance(m, (RepConv, torch.nn.BatchNorm2d)) for m in deployed.modules())
    assert deployed.classifier.input_mixture.gain == deployed.classifier.output_mixture.gain == 1
    x, g = torch.rand(2, 1, 32, 32), torch.randn(2, 15)
    for a, b in zip(model(x, g), deployed(x, g), strict=True):
        a, b = (a, b) if isinstance(a, torch.Tensor) else (a.au, b.au)
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-4)


def even(*mixtures):
    """Silences what the mixtures' gates read."""
    for mixture in mixtures:
        torch.nn.init.zeros_(mixture.gate.weight)
        torch.nn.init.zeros_(mixture.gate.bias)


def test_even_gates_make_one_wide_expert():
    torch.manual_seed(2)
    several, one = InputMixture(10, 4, 5, 7), InputMixture(10, 1, 20, 7)
    even(several, one)
    for mixture in (several, one):
        torch.nn.init.zeros_(mixture.bias.weight)
    one.hidden.load_state_dict(several.hidden.state_dict())
    one.out.load_state_dict(several.out.state_dict())
    x = torch.randn(6, 10)
    torch.testing.assert_close(several(x)[0], one(x)[0])
    assert (several(x)[0] > 0).any()


def test_even_gates_make_one_wide_head():
    torch.manual_seed(3)
    several, one = OutputMixture(10, 4, 5, 7), OutputMixture(10, 1, 20, 7)
    even(several, one)
    with torch.no_grad():
        for layer, whole, axis in ((0, one.heads[0][0], 0), (2, one.heads[0][2], 1)):
            whole.weight.copy_(torch.cat([head[layer].weight for head in several.heads], axis))
        one.heads[0][0].bias.copy_(torch.cat([head[0].bias for head in several.heads]))
        one.heads[0][2].bias.copy_(torch.stack([head[2].bias for head in several.heads]).mean(0))
    x = torch.randn(6, 10)
    torch.testing.assert_close(several(x)[0], one(x)[0])


def test_light_and_contrast_do_not_reach_the_encoder():
    layer = Standardise(48)
    x = torch.rand(2, 1, 48, 48)
    torch.testing.assert_close(layer(x * 0.5 + 0.2), layer(x), atol=0.05, rtol=0)
    assert layer(torch.zeros(1, 1, 48, 48)).abs().max() == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [({"widht": 3}, "unknown key 'widht'"), ({"encoder": {"kind": "mlp"}}, "conv or vit"), ({"input_size": 33}, "stride 8"),
     ({"normalized_size": 40, "normalizer": {"decoder": [8, 8]}}, "decoder"), ({"classifier": {"representations": ["soul"]}}, "soul")],
)  # fmt: skip
def test_impossible_configurations_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        NetworkConfig.from_dict(SMALL | change)


def test_landmarks_of_the_geometry_are_distinct_mesh_points():
    assert len(set(GEOMETRY_POINTS)) == len(GEOMETRY_POINTS) == NetworkConfig().geometry_points
    assert min(GEOMETRY_POINTS) >= 0 and max(GEOMETRY_POINTS) < 468
