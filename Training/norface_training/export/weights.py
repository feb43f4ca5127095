"""A bundle's weights in the form that training goes on from.

The form is that of a network whose ``folded`` is true: the convolutions of the graphs, without branches and norms, and mixtures whose
gates count as many times as there are experts. ``weights.safetensors`` beside the graphs holds it, with the network's shapes, under the hash
that the manifest's ``weights`` names. A bundle without that file is read from its graphs, which hold the same: exported again they are the
same function to a few millionths. What only training uses, the read-outs of each representation alone, is in neither and begins anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ..networks import NetworkConfig, Norface

FILE = "weights.safetensors"
ONLY_TRAINING = ("classifier.alone.", "classifier.shapes.", "classifier.points.")
"""Weights that no graph has."""


class WeightsError(ValueError):
    """Weights of a bundle that cannot be used; the message names the file."""


def folded(model: Norface) -> Norface:
    """A copy of ``model`` that computes the same in the folded form, to be trained on."""
    if model.config.folded:
        other = Norface(model.config)
        other.load_state_dict(model.state_dict())
        return other
    other = Norface(replace(model.config, folded=True))
    own, state = other.state_dict(), model.deployed().state_dict()
    other.load_state_dict(_counted({k: v for k, v in state.items() if k in own}, other.config), strict=False)
    return other


def _counted(state: dict[str, torch.Tensor], config: NetworkConfig) -> dict[str, torch.Tensor]:
    """A deployed state with the mixtures' gains taken out of the weights again."""
    shape, result = config.classifier, dict(state)
    result["classifier.input_mixture.out.weight"] = state["classifier.input_mixture.out.weight"] / shape.experts
    for head in range(shape.heads):
        key = f"classifier.output_mixture.heads.{head}.2.weight"
        result[key] = state[key] / shape.heads
    return result


def write(model: Norface, folder: Path) -> dict[str, str]:
    """Writes ``weights.safetensors`` into ``folder``; returns the manifest's entry for it."""
    state = {key: value.detach().cpu().contiguous() for key, value in folded(model).state_dict().items() if not key.startswith(ONLY_TRAINING)}
    network = replace(model.config, folded=True).to_dict()
    save_file(state, folder / FILE, {"network": json.dumps(network, sort_keys=True)})
    (folder / FILE).chmod(0o644)
    return {"file": FILE, "sha256": hashlib.sha256((folder / FILE).read_bytes()).hexdigest()}


def read(folder: Path, config: NetworkConfig | None = None, but: Sequence[str] = ()) -> tuple[NetworkConfig, dict[str, torch.Tensor]]:
    """The network's shapes and its state in the folded form. ``config`` says the shapes of a bundle that has its graphs only, of all parts
    ``but`` those named, which are then not read.

    Raises ``WeightsError`` for a missing or changed file, and where the graphs are not of ``config``.
    """
    folder = Path(folder)
    try:
        manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise WeightsError(f"{folder / 'bundle.json'}: {error}") from error
    entry = manifest.get("weights")
    if entry is None:
        if config is None:
            raise WeightsError(f"{folder}: has no {FILE}; a configuration is needed to read the graphs")
        config = replace(config, folded=True)
        return config, of_graphs(folder, config, but)
    file = folder / str(entry.get("file"))
    if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != entry.get("sha256"):
        raise WeightsError(f"{file}: missing, or not the file that bundle.json was written for")
    try:
        with safe_open(file, framework="pt") as content:
            network = NetworkConfig.from_dict(json.loads((content.metadata() or {})["network"]))
            return network, {key: content.get_tensor(key) for key in content.keys()}  # noqa: SIM118
    except (SafetensorError, KeyError, ValueError) as error:
        raise WeightsError(f"{file}: not a network's weights: {error}") from error


def load(folder: Path, config: NetworkConfig | None = None) -> Norface:
    """The network of a bundle, ready to learn on (see ``read``)."""
    network, state = read(folder, config)
    model = Norface(network)
    model.load_state_dict(state, strict=False)
    return model.eval()


def load_into(model: Norface, folder: Path, but: Sequence[str] = ()) -> None:
    """Gives a folded ``model`` the weights of a bundle, all parts ``but`` those named. Raises ``WeightsError`` where its shapes are others;
    read-outs that the bundle does not tell keep theirs."""
    if not model.config.folded:
        raise WeightsError(f"{folder}: a run that goes on from a bundle needs network.folded: true")
    _, state = read(folder, model.config, but)
    own = {key: value for key, value in model.state_dict().items() if not key.startswith(tuple(f"{part}." for part in but))}
    for key, value in own.items():
        if key in state and state[key].shape != value.shape:
            raise WeightsError(f"{folder}: {key} is {tuple(state[key].shape)} there and {tuple(value.shape)} in the configuration")
        if key not in state and not key.startswith(ONLY_TRAINING):
            raise WeightsError(f"{folder}: has no {key}, which the configuration's network has")
    model.load_state_dict({key: value for key, value in state.items() if key in own}, strict=False)


def of_graphs(folder: Path, config: NetworkConfig, but: Sequence[str] = ()) -> dict[str, torch.Tensor]:
    """The state of the folded network ``config`` from a bundle's two graphs, without what only training uses and the parts ``but``."""
    found: dict[str, np.ndarray] = {}
    for name in ("normalizer", "classifier"):
        try:
            found |= _named(onnx.load(str(Path(folder) / f"{name}.onnx")).graph)
        except Exception as error:  # onnx raises protobuf's own kinds
            raise WeightsError(f"{Path(folder) / f'{name}.onnx'}: {error}") from error
    own = {k: v for k, v in Norface(config).state_dict().items() if not k.startswith((*ONLY_TRAINING, *(f"{part}." for part in but)))}
    if "normalizer.fixed_query" in found:  # [1, heads, T, d], scaled by the root of d
        query = found["normalizer.fixed_query"]
        query = query.transpose(0, 2, 1, 3).reshape(1, query.shape[2], -1) * np.sqrt(np.float64(query.shape[3]))
        found["normalizer.fixed_query"] = query.astype(np.float32)
    state = {}
    for key, value in own.items():
        if key not in found or found[key].shape != tuple(value.shape):
            shape = found[key].shape if key in found else "nothing"
            raise WeightsError(f"{folder}: {key} is {tuple(value.shape)} in the configuration, {shape} in the graphs")
        state[key] = torch.from_numpy(np.array(found[key]))
    return state if "classifier" in but else _counted(state, config)


def _named(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """A graph's weights by the network's names. Matrices of linear layers without their name are told by the bias that follows them,
    or by the layer's place in the graph; a product whose first factor is a constant is the first block's queries."""
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:  # weights of equal values are written once
        if node.op_type == "Identity" and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]]
    result = {name: value for name, value in values.items() if "::" not in name}
    biases = {}
    for node in graph.node:
        if node.op_type == "Add":
            for one, other in (node.input, list(node.input)[::-1]):
                if one.endswith(".bias"):
                    biases[other] = one.removesuffix(".bias")
    for node in graph.node:
        if node.op_type != "MatMul":
            continue
        first, second = node.input
        if first in values:
            result["normalizer.fixed_query"] = values[first]
        elif second in values:
            place = node.output[0].strip("/").removesuffix("/MatMul_output_0").replace("/", ".")
            result[f"{biases.get(node.output[0], 'classifier.' + place)}.weight"] = values[second].T
    return result
