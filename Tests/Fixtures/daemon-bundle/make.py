"""Makes the bundle of this folder, which whole daemons are tested with: ``python make.py`` (needs numpy and onnx).

It takes the crops that the tracker makes, has the inputs and outputs of a real one, and so few weights that it costs nothing. What it
says of a face is random; that it says it of every face is what the tests need.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parent
SIZE = 96
STEP = 24
AUS = ["AU01", "AU04", "AU06", "AU12", "AU43"]
SIDES = ["AU12", "AU43"]
EMOTIONS = ["neutral", "happiness", "surprise"]
POINTS = [1, 33, 61, 199]
WIDTHS = {"au": len(AUS), "left": len(SIDES), "right": len(SIDES), "emotion": len(EMOTIONS)}
rng = np.random.default_rng(5)


def tensor(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def save(name, nodes, inputs, outputs, weights):
    initializers = [numpy_helper.from_array(np.asarray(v), k) for k, v in weights.items()]
    graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="norface")
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, FOLDER / f"{name}.onnx")


def normalizer():
    window = {"kernel_shape": [STEP, STEP], "strides": [STEP, STEP]}
    weights = {k: rng.normal(0, 0.05, (2, 1, STEP, STEP)).astype(np.float32) for k in ("w1", "w2")}
    nodes = [
        helper.make_node("Conv", ["face", "w1"], ["c"], **window),
        helper.make_node("Relu", ["c"], ["tokens"]),
        helper.make_node("ConvTranspose", ["tokens", "w2"], ["d"], **window),
        helper.make_node("Tanh", ["d"], ["normalized"]),
    ]
    outputs = [tensor("tokens", ["N", 2, 4, 4]), tensor("normalized", ["N", 1, SIZE, SIZE])]
    save("normalizer", nodes, [tensor("face", ["N", 1, SIZE, SIZE])], outputs, weights)


def classifier():
    total = sum(WIDTHS.values())
    ends = np.cumsum([0, *WIDTHS.values()])
    nodes = [
        helper.make_node("Flatten", ["tokens"], ["ft"], axis=1),
        helper.make_node("MatMul", ["ft", "wt"], ["t"]),
        helper.make_node("AveragePool", ["normalized"], ["pooled"], kernel_shape=[STEP, STEP], strides=[STEP, STEP]),
        helper.make_node("Flatten", ["pooled"], ["fn"], axis=1),
        helper.make_node("MatMul", ["fn", "wn"], ["n"]),
        helper.make_node("MatMul", ["geometry", "wg"], ["g"]),
        helper.make_node("Add", ["t", "n"], ["tn"]),
        helper.make_node("Add", ["tn", "g"], ["all"]),
    ]
    weights = {
        "wt": rng.normal(0, 0.5, (32, total)).astype(np.float32),
        "wn": rng.normal(0, 0.5, (16, total)).astype(np.float32),
        "wg": rng.normal(0, 0.5, (3 * len(POINTS), total)).astype(np.float32),
        "low": np.float32(0), "high": np.float32(5), "axis": np.array([1], np.int64),
    }  # fmt: skip
    for index, name in enumerate(WIDTHS):
        weights[f"from_{name}"] = np.array([ends[index]], np.int64)
        weights[f"to_{name}"] = np.array([ends[index + 1]], np.int64)
        sliced = name if name == "emotion" else f"{name}_open"
        nodes.append(helper.make_node("Slice", ["all", f"from_{name}", f"to_{name}", "axis"], [sliced]))
        if name != "emotion":
            nodes.append(helper.make_node("Clip", [sliced, "low", "high"], [name]))
    nodes.append(helper.make_node("Softmax", ["t"], ["gate"], axis=1))
    inputs = [tensor("tokens", ["N", 2, 4, 4]), tensor("normalized", ["N", 1, SIZE, SIZE]), tensor("geometry", ["N", 12])]
    outputs = [*(tensor(k, ["N", v]) for k, v in WIDTHS.items()), tensor("gate", ["N", total])]
    save("classifier", nodes, inputs, outputs, weights)


def manifest():
    networks = {
        name: {"file": f"{name}.onnx", "sha256": hashlib.sha256((FOLDER / f"{name}.onnx").read_bytes()).hexdigest(), "mflops": 0.0}
        for name in ("normalizer", "classifier")
    }
    return {
        "format": 1, "name": "fixture", "version": "1.0.0", "description": "a fixture", "created": "2026-11-25", "licence": "MIT",
        "input": {"size": SIZE, "alignment": "anchors-8"}, "geometry": {"points": POINTS, "scale": 10.0},
        "labels": {"au": AUS, "sides": SIDES, "emotions": EMOTIONS}, "networks": networks, "normalized": {"size": SIZE},
        "calibration": {}, "thresholds": {name: {"on": 1.0, "off": 0.7} for name in AUS}, "emotion_temperature": 1.0, "smoothing": {},
    }  # fmt: skip


if __name__ == "__main__":
    normalizer()
    classifier()
    (FOLDER / "bundle.json").write_text(json.dumps(manifest(), indent=1) + "\n")
