"""Going on from a bundle: its weights in training form are the function of its graphs, and a run begins with them."""

import copy
import json

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from norface_training.export import weights
from norface_training.export.__main__ import load_model
from norface_training.export.bundle import export_bundle
from norface_training.export.weights import WeightsError
from norface_training.networks import NetworkConfig, Norface
from norface_training.train.config import parse_config
from norface_training.train.run import main
from norface_training.train.tell import main as tell_main

from .runs import TINY


def network(folded=False):
    return parse_config(copy.deepcopy(TINY) | {"network": TINY["network"] | {"folded": folded}}).network


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A network whose norms have moved, and its bundle."""
    torch.manual_seed(4)
    model = Norface(network())
    for norm in (m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)):
        norm.running_mean.normal_(0, 0.2)
        norm.running_var.uniform_(0.5, 1.5)
    model.eval().set_target(torch.rand(1, 1, 96, 96), torch.rand(1, 1, 72, 72))
    folder = tmp_path_factory.mktemp("bundle")
    export_bundle(model, folder, "tiny", "0.0.1", "for tests")
    return model, folder


def graphs_only(folder, target):
    """The bundle as one that was made before weights were kept."""
    for name in ("normalizer.onnx", "classifier.onnx"):
        (target / name).write_bytes((folder / name).read_bytes())
    manifest = json.loads((folder / "bundle.json").read_text())
    del manifest["weights"]
    (target / "bundle.json").write_text(json.dumps(manifest))
    return target


def constants(folder):
    """The weights of both graphs in the order in which they are used."""
    for name in ("normalizer", "classifier"):
        graph = onnx.load(str(folder / f"{name}.onnx")).graph
        values = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        values |= {node.output[0]: values[node.input[0]] for node in graph.node if node.op_type == "Identity"}
        yield from ((node.op_type, values[i]) for node in graph.node if node.op_type != "Identity" for i in node.input if i in values)


@pytest.mark.parametrize("kept", [True, False], ids=["weights", "graphs"])
def test_a_bundle_read_and_exported_again_is_the_same(bundle, tmp_path, kept):
    model, folder = bundle
    source = folder if kept else graphs_only(folder, tmp_path)
    again = weights.load(source, network())
    face, geometry = torch.rand(3, 1, 96, 96), torch.randn(3, 345)
    with torch.no_grad():
        for one, other in zip(model(face, geometry)[0].intensities(), again(face, geometry)[0].intensities(), strict=True):
            torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)
    out = tmp_path / "again"
    export_bundle(again, out, "tiny", "0.0.2", "for tests")
    for (kind, one), (kind_again, other) in zip(constants(folder), constants(out), strict=True):
        assert kind == kind_again and one.shape == other.shape
        np.testing.assert_allclose(one, other, atol=1e-6 * max(1, np.abs(one).max()))


def test_the_manifest_names_the_weights_and_a_changed_file_is_refused(bundle, tmp_path):
    model, _ = bundle
    manifest = export_bundle(model, tmp_path, "tiny", "0.0.1", "for tests")
    assert manifest["weights"]["file"] == weights.FILE
    config, state = weights.read(tmp_path)
    assert config.folded and config.encoder.layers == model.config.encoder.layers
    assert not any(key.startswith(weights.ONLY_TRAINING) for key in state)
    assert torch.equal(state["classifier.readers.geometry.layers.0.weight"], model.classifier.readers["geometry"].layers[0].weight)
    file = tmp_path / weights.FILE
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    with pytest.raises(WeightsError, match="not the file that bundle.json was written for"):
        weights.read(tmp_path)


def test_graphs_of_another_shape_are_refused(bundle, tmp_path):
    _, folder = bundle
    source = graphs_only(folder, tmp_path)
    with pytest.raises(WeightsError, match="a configuration is needed"):
        weights.read(source)
    values = TINY["network"] | {"classifier": TINY["network"]["classifier"] | {"width": 12}}
    with pytest.raises(WeightsError, match=r"classifier\.readers\.original\.project\.weight is \(12"):
        weights.read(source, NetworkConfig.from_dict(values))


def test_a_run_goes_on_from_a_bundle(bundle, cache, tmp_path, capsys):
    import yaml

    model, folder = bundle
    stage = {"name": "agree", "train": ["classifier"], "steps": 2, "batch": 8, "validate_every": 2, "lr": 1e-9, "keep": "last", "weight_decay": 0.0}
    values = copy.deepcopy(TINY) | {"stages": [stage], "network": TINY["network"] | {"folded": True}}
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(values))
    main([str(tmp_path / "run.yaml"), "--cache", str(cache), "--out", str(tmp_path / "run"), "--from", str(folder)])
    assert "goes on from the bundle" in capsys.readouterr().err
    learned = load_model(tmp_path / "run" / "agree.best.pt")
    face, geometry = torch.rand(3, 1, 96, 96), torch.randn(3, 345)
    with torch.no_grad():
        torch.testing.assert_close(learned(face, geometry)[0].emotion, model(face, geometry)[0].emotion, atol=1e-4, rtol=1e-4)
    # A classifier that begins anew may have another shape.
    small = TINY["network"] | {"folded": True, "classifier": TINY["network"]["classifier"] | {"width": 6, "representations": ["original"]}}
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(values | {"network": small, "stages": [stage | {"anew": ["classifier"]}]}))
    main([str(tmp_path / "small.yaml"), "--cache", str(cache), "--out", str(tmp_path / "small"), "--from", str(folder)])
    assert torch.equal(load_model(tmp_path / "small" / "agree.best.pt").encoder.layers[0][0].weight, learned.encoder.layers[0][0].weight)
    (tmp_path / "plain.yaml").write_text(yaml.safe_dump(values | {"network": TINY["network"]}))
    with pytest.raises(SystemExit, match="needs network.folded"):
        main([str(tmp_path / "plain.yaml"), "--cache", str(cache), "--out", str(tmp_path / "plain"), "--from", str(folder)])


def test_a_bundle_tells_of_faces_under_a_name(bundle, cache):
    _, folder = bundle
    tell_main([str(folder), "--cache", str(cache), "--as", "units", "--once", "ferplus_valid", "heads"])
    from norface_training.data.shards import ShardedSet

    told = ShardedSet(cache / "ferplus_valid_units")
    assert len(told) == 42 and told["au"].shape == (42, 20)
    assert (told["au"][ShardedSet(cache / "ferplus_valid")["found"] == 0] == 0).all() and (ShardedSet(cache / "heads_units")["au"] > 0).all()


def test_a_folded_network_keeps_its_questions_and_its_mean_face():
    torch.manual_seed(1)
    model = Norface(network(folded=True)).eval()
    before = {key: value.clone() for key, value in model.normalizer.state_dict().items()}
    model.set_target(torch.rand(1, 1, 96, 96), torch.rand(1, 1, 72, 72))
    assert all(torch.equal(before[key], value) for key, value in model.normalizer.state_dict().items())
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in model.modules())
    other = weights.folded(model)
    assert all(torch.equal(value, other.state_dict()[key]) for key, value in model.state_dict().items())
