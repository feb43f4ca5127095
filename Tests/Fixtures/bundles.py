"""Makes the bundles of this folder: ``python bundles.py`` (needs numpy, onnx and onnxruntime).

They have the shape of real ones and a few hundred or thousand weights. Three are made:

- ``bundle``: crops of 16 pixels. On a black crop the outputs are what stands in the geometry, one after the other (units, left, right,
  emotions), so that a test can make the classifier say what it likes; on any other crop, tokens and normalized face speak too, and
  ``expected.json`` holds what onnxruntime says of a few, so that a comparison covers the way between the networks.
- ``daemon-bundle``: takes the crops that the tracker makes. What it says of a face is random; that it says it of every face is what tests
  of whole programs need.
- ``wide-bundle``: the same for crops of 128 pixels, which are not the tracker's.

And ``portrait/portrait.onnx``, a network for portraits that fits ``bundle``: the crop itself, each pixel four times.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parent
SIDES = ["AU12", "AU43"]
EMOTIONS = ["neutral", "happiness", "surprise"]
POINTS = [1, 33, 61, 199]
SCALE = 10.0


@dataclass
class Bundle:
    folder: str
    name: str
    size: int
    aus: list[str]
    calibration: dict
    temperature: float
    #: Whether the geometry is read off unchanged, and the normalized face pixel by pixel.
    told: bool = False

    def __post_init__(self):
        self.rng = np.random.default_rng(5)
        self.step = self.size // 4
        self.widths = {"au": len(self.aus), "left": len(SIDES), "right": len(SIDES), "emotion": len(EMOTIONS)}
        self.normalized = tensor("normalized", ["N", 1, self.size, self.size])

    def path(self, file):
        return FOLDER / self.folder / file

    def weights(self, deviation, *shape):
        return self.rng.normal(0, deviation, shape).astype(np.float32)

    def save(self, name, nodes, inputs, outputs, weights):
        initializers = [numpy_helper.from_array(np.asarray(v), k) for k, v in weights.items()]
        graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="norface")
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, self.path(f"{name}.onnx"))

    def make_normalizer(self):
        window = {"kernel_shape": [self.step, self.step], "strides": [self.step, self.step]}
        deviations = (0.3, 0.5) if self.told else (0.05, 0.05)
        weights = {k: self.weights(d, 2, 1, self.step, self.step) for k, d in zip(("w1", "w2"), deviations, strict=True)}
        nodes = [
            helper.make_node("Conv", ["face", "w1"], ["c"], **window),
            helper.make_node("Relu", ["c"], ["tokens"]),
            helper.make_node("ConvTranspose", ["tokens", "w2"], ["d"], **window),
            helper.make_node("Tanh", ["d"], ["normalized"]),
        ]
        outputs = [tensor("tokens", ["N", 2, 4, 4]), self.normalized]
        self.save("normalizer", nodes, [tensor("face", ["N", 1, self.size, self.size])], outputs, weights)

    def make_classifier(self):
        total = sum(self.widths.values())
        ends = np.cumsum([0, *self.widths.values()])
        window = {"kernel_shape": [self.step, self.step], "strides": [self.step, self.step]}
        pooling = [] if self.told else [helper.make_node("AveragePool", ["normalized"], ["pooled"], **window)]
        nodes = [
            helper.make_node("Flatten", ["tokens"], ["ft"], axis=1),
            helper.make_node("MatMul", ["ft", "wt"], ["t"]),
            *pooling,
            helper.make_node("Flatten", ["normalized" if self.told else "pooled"], ["fn"], axis=1),
            helper.make_node("MatMul", ["fn", "wn"], ["n"]),
            helper.make_node("MatMul", ["geometry", "wg"], ["g"]),
            helper.make_node("Add", ["t", "n"], ["tn"]),
            helper.make_node("Add", ["tn", "g"], ["all"]),
        ]
        if self.told:
            read = np.zeros((3 * len(POINTS), total), np.float32)
            read[:total, :total] = np.eye(total)
            weights = {"wt": self.weights(0.3, 32, total), "wn": self.weights(0.1, self.size * self.size, total), "wg": read}
        else:
            weights = {k: self.weights(0.5, n, total) for k, n in (("wt", 32), ("wn", 16), ("wg", 3 * len(POINTS)))}
        weights |= {"low": np.float32(0), "high": np.float32(5), "axis": np.array([1], np.int64)}
        for index, name in enumerate(self.widths):
            weights[f"from_{name}"] = np.array([ends[index]], np.int64)
            weights[f"to_{name}"] = np.array([ends[index + 1]], np.int64)
            sliced = name if name == "emotion" else f"{name}_open"
            nodes.append(helper.make_node("Slice", ["all", f"from_{name}", f"to_{name}", "axis"], [sliced]))
            if name != "emotion":
                nodes.append(helper.make_node("Clip", [sliced, "low", "high"], [name]))
        nodes.append(helper.make_node("Softmax", ["t"], ["gate"], axis=1))
        inputs = [tensor("tokens", ["N", 2, 4, 4]), self.normalized, tensor("geometry", ["N", 3 * len(POINTS)])]
        outputs = [*(tensor(k, ["N", v]) for k, v in self.widths.items()), tensor("gate", ["N", total])]
        self.save("classifier", nodes, inputs, outputs, weights)

    def manifest(self):
        def entry(name):
            digest = hashlib.sha256(self.path(f"{name}.onnx").read_bytes()).hexdigest()
            return {"file": f"{name}.onnx", "sha256": digest, "mflops": 0.0}

        return {
            "format": 1, "name": self.name, "version": "1.0.0", "description": "a fixture", "created": "2026-11-25", "licence": "MIT",
            "input": {"size": self.size, "alignment": "anchors-8"}, "geometry": {"points": POINTS, "scale": SCALE},
            "labels": {"au": self.aus, "sides": SIDES, "emotions": EMOTIONS},
            "networks": {name: entry(name) for name in ("normalizer", "classifier")}, "normalized": {"size": self.size},
            "calibration": self.calibration, "thresholds": {name: {"on": 1.0, "off": 0.7} for name in self.aus},
            "emotion_temperature": self.temperature, "smoothing": {},
        }  # fmt: skip

    def make(self):
        self.path("").mkdir(exist_ok=True)
        self.make_normalizer()
        self.make_classifier()
        self.path("bundle.json").write_text(json.dumps(self.manifest(), indent=1) + "\n")

    def inputs(self, faces):
        """Crops and geometry by a rule that a test can follow: see ``TinyBundle.patterned`` in the Swift tests."""
        i = np.arange(self.size * self.size)
        crops = np.stack([(i * 7 + i // self.size * 13 + face * 31) % 256 for face in range(faces)]).astype(np.uint8)
        k = np.arange(468 * 3)
        geometry = np.stack([((k * 37 + face * 11) % 101 - 20) / 400 for face in range(faces)]).astype(np.float32)
        return crops.reshape(-1, 1, self.size, self.size), geometry.reshape(-1, 468, 3)

    def expected(self, faces=3):
        def session(name):
            return onnxruntime.InferenceSession(str(self.path(f"{name}.onnx")), providers=["CPUExecutionProvider"])

        crops, geometry = self.inputs(faces)
        tokens, normalized = session("normalizer").run(["tokens", "normalized"], {"face": crops.astype(np.float32) / 255})
        picked = (geometry[:, POINTS] * SCALE).reshape(faces, -1)
        read = {"tokens": tokens, "normalized": normalized, "geometry": picked}
        values = session("classifier").run(list(self.widths), read)
        return {name: np.round(value.astype(float), 6).tolist() for name, value in zip(self.widths, values, strict=True)}


def make_portrait(size):
    node = helper.make_node("ConvTranspose", ["face", "ones"], ["portrait"], kernel_shape=[2, 2], strides=[2, 2])
    inputs, outputs = [tensor("face", ["N", 1, size, size])], [tensor("portrait", ["N", 1, 2 * size, 2 * size])]
    ones = numpy_helper.from_array(np.ones((1, 1, 2, 2), np.float32), "ones")
    graph = helper.make_graph([node], "portrait", inputs, outputs, [ones])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="norface")
    onnx.checker.check_model(model, full_check=True)
    (FOLDER / "portrait").mkdir(exist_ok=True)
    onnx.save(model, FOLDER / "portrait" / "portrait.onnx")


def tensor(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


if __name__ == "__main__":
    curve = {"AU04": {"x": [0.5, 1.5, 4.5], "y": [0.0, 2.0, 5.0]}}
    tiny = Bundle("bundle", "tiny", 16, ["AU01", "AU04", "AU12", "AU43"], curve, 1.5, told=True)
    tiny.make()
    tiny.path("expected.json").write_text(json.dumps(tiny.expected()) + "\n")
    units = ["AU01", "AU04", "AU06", "AU12", "AU43"]
    Bundle("daemon-bundle", "fixture", 96, units, {}, 1.0).make()
    Bundle("wide-bundle", "wide", 128, units, {}, 1.0).make()
    make_portrait(16)
