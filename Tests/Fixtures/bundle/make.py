"""Makes the tiny bundle of this folder, and what onnxruntime says of it: ``python make.py`` (needs onnx, onnxruntime, numpy).

The networks have the shape of real ones and a few hundred weights. On a black crop the outputs are what stands in the geometry, one
after the other (units, left, right, emotions), so that a test can make the classifier say what it likes; on any other crop, tokens and
normalized face speak too, so that a comparison with onnxruntime covers the way between the networks.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parent
SIZE = 16
AUS = ["AU01", "AU04", "AU12", "AU43"]
SIDES = ["AU12", "AU43"]
EMOTIONS = ["neutral", "happiness", "surprise"]
POINTS = [1, 33, 61, 199]
SCALE = 10.0
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
    save(
        "normalizer",
        [
            helper.make_node("Conv", ["face", "w1"], ["c"], kernel_shape=[4, 4], strides=[4, 4]),
            helper.make_node("Relu", ["c"], ["tokens"]),
            helper.make_node("ConvTranspose", ["tokens", "w2"], ["d"], kernel_shape=[4, 4], strides=[4, 4]),
            helper.make_node("Tanh", ["d"], ["normalized"]),
        ],
        [tensor("face", ["N", 1, SIZE, SIZE])],
        [tensor("tokens", ["N", 2, 4, 4]), tensor("normalized", ["N", 1, SIZE, SIZE])],
        {"w1": rng.normal(0, 0.3, (2, 1, 4, 4)).astype(np.float32), "w2": rng.normal(0, 0.5, (2, 1, 4, 4)).astype(np.float32)},
    )


def classifier():
    total = sum(WIDTHS.values())
    read = np.zeros((3 * len(POINTS), total), np.float32)
    read[:total, :total] = np.eye(total)
    ends = np.cumsum([0, *WIDTHS.values()])
    nodes = [
        helper.make_node("Flatten", ["tokens"], ["ft"], axis=1),
        helper.make_node("MatMul", ["ft", "wt"], ["t"]),
        helper.make_node("Flatten", ["normalized"], ["fn"], axis=1),
        helper.make_node("MatMul", ["fn", "wn"], ["n"]),
        helper.make_node("MatMul", ["geometry", "wg"], ["g"]),
        helper.make_node("Add", ["t", "n"], ["tn"]),
        helper.make_node("Add", ["tn", "g"], ["all"]),
    ]
    weights = {
        "wt": rng.normal(0, 0.3, (32, total)).astype(np.float32),
        "wn": rng.normal(0, 0.1, (SIZE * SIZE, total)).astype(np.float32),
        "wg": read, "low": np.float32(0), "high": np.float32(5), "axis": np.array([1], np.int64),
    }  # fmt: skip
    for index, name in enumerate(WIDTHS):
        weights[f"from_{name}"] = np.array([ends[index]], np.int64)
        weights[f"to_{name}"] = np.array([ends[index + 1]], np.int64)
        sliced = name if name == "emotion" else f"{name}_open"
        nodes.append(helper.make_node("Slice", ["all", f"from_{name}", f"to_{name}", "axis"], [sliced]))
        if name != "emotion":
            nodes.append(helper.make_node("Clip", [sliced, "low", "high"], [name]))
    nodes.append(helper.make_node("Softmax", ["t"], ["gate"], axis=1))
    save(
        "classifier", nodes,
        [tensor("tokens", ["N", 2, 4, 4]), tensor("normalized", ["N", 1, SIZE, SIZE]), tensor("geometry", ["N", 3 * len(POINTS)])],
        [*(tensor(k, ["N", v]) for k, v in WIDTHS.items()), tensor("gate", ["N", total])],
        weights,
    )  # fmt: skip


def manifest():
    networks = {
        name: {"file": f"{name}.onnx", "sha256": hashlib.sha256((FOLDER / f"{name}.onnx").read_bytes()).hexdigest(), "mflops": 0.0}
        for name in ("normalizer", "classifier")
    }
    return {
        "format": 1, "name": "tiny", "version": "1.0.0", "description": "a fixture", "created": "2026-11-25", "licence": "MIT",
        "input": {"size": SIZE, "alignment": "anchors-8"}, "geometry": {"points": POINTS, "scale": SCALE},
        "labels": {"au": AUS, "sides": SIDES, "emotions": EMOTIONS}, "networks": networks, "normalized": {"size": SIZE},
        "calibration": {"AU04": {"x": [0.5, 1.5, 4.5], "y": [0.0, 2.0, 5.0]}},
        "thresholds": {name: {"on": 1.0, "off": 0.7} for name in AUS}, "emotion_temperature": 1.5, "smoothing": {},
    }  # fmt: skip


def inputs(faces):
    """Crops and geometry by a rule that a test can follow: see ``FixtureFace`` in the Swift tests."""
    i = np.arange(SIZE * SIZE)
    crops = np.stack([(i * 7 + i // SIZE * 13 + face * 31) % 256 for face in range(faces)]).astype(np.uint8)
    k = np.arange(468 * 3)
    geometry = np.stack([((k * 37 + face * 11) % 101 - 20) / 400 for face in range(faces)]).astype(np.float32)
    return crops.reshape(-1, 1, SIZE, SIZE), geometry.reshape(-1, 468, 3)


def expected(faces=3):
    crops, geometry = inputs(faces)
    first = onnxruntime.InferenceSession(str(FOLDER / "normalizer.onnx"), providers=["CPUExecutionProvider"])
    tokens, normalized = first.run(["tokens", "normalized"], {"face": crops.astype(np.float32) / 255})
    picked = (geometry[:, POINTS] * SCALE).reshape(faces, -1)
    second = onnxruntime.InferenceSession(str(FOLDER / "classifier.onnx"), providers=["CPUExecutionProvider"])
    values = second.run(list(WIDTHS), {"tokens": tokens, "normalized": normalized, "geometry": picked})
    return {name: np.round(value.astype(float), 6).tolist() for name, value in zip(WIDTHS, values, strict=True)}


if __name__ == "__main__":
    normalizer()
    classifier()
    (FOLDER / "bundle.json").write_text(json.dumps(manifest(), indent=1) + "\n")
    (FOLDER / "expected.json").write_text(json.dumps(expected()) + "\n")
