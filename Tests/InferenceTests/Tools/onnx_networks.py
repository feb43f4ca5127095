#!/usr/bin/env python3
"""Write small ONNX networks with random weights, built as PyTorch exports the kinds of network that this engine is for.

    pip install onnx numpy && python3 onnx_networks.py FOLDER

They have the fusions' patterns in them: batch normalization behind a convolution, the three spellings of Gelu, squeeze and
excitation, attention, an upsampling decoder. Weights are scaled so that the values keep their size through the layers.
"""

import os
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper


class Network:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.constants, self.count = [], [], 0

    def constant(self, array, dtype=np.float32):
        self.count += 1
        name = f"c{self.count}"
        self.constants.append(numpy_helper.from_array(np.asarray(array, dtype=dtype), name))
        return name

    def weights(self, *shape):
        fan = max(1, int(np.prod(shape[1:])))
        return self.constant(self.rng.standard_normal(shape) * np.sqrt(1.5 / fan))

    def small(self, *shape):
        return self.constant(self.rng.standard_normal(shape) * 0.1)

    def add(self, op, *inputs, outputs=1, **attributes):
        self.count += 1
        names = [f"{op.lower()}_{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=f"/{op}_{self.count}", **attributes))
        return names[0] if outputs == 1 else names

    def conv(self, x, out, into, kernel=3, stride=1, group=1, bias=True):
        inputs = [x, self.weights(out, into // group, kernel, kernel)] + ([self.small(out)] if bias else [])
        pad = kernel // 2
        return self.add("Conv", *inputs, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4, group=group)

    def batch_norm(self, x, channels):
        scale, bias = self.constant(self.rng.uniform(0.5, 1.5, channels)), self.small(channels)
        mean, variance = self.small(channels), self.constant(self.rng.uniform(0.3, 2, channels))
        return self.add("BatchNormalization", x, scale, bias, mean, variance, epsilon=1e-5)

    def linear(self, x, out, into):
        y = self.add("MatMul", x, self.constant(self.rng.standard_normal((into, out)) * np.sqrt(1 / into)))
        return self.add("Add", self.small(out), y)

    def layer_norm(self, x, channels, opset):
        scale, bias = self.constant(self.rng.uniform(0.5, 1.5, channels)), self.small(channels)
        if opset >= 17:
            return self.add("LayerNormalization", x, scale, bias, axis=-1, epsilon=1e-6)
        mean = self.add("ReduceMean", x, axes=[-1])
        centred = self.add("Sub", x, mean)
        variance = self.add("ReduceMean", self.add("Pow", centred, self.constant(2.0)), axes=[-1])
        deviation = self.add("Sqrt", self.add("Add", variance, self.constant(1e-6)))
        return self.add("Add", self.add("Mul", self.add("Div", centred, deviation), scale), bias)

    def gelu(self, x, opset):
        if opset >= 20:
            return self.add("Gelu", x)
        erf = self.add("Erf", self.add("Div", x, self.constant(np.sqrt(2))))
        one = self.add("Add", erf, self.constant(1.0))
        if opset >= 17:
            return self.add("Mul", self.add("Mul", x, self.constant(0.5)), one)
        return self.add("Mul", self.add("Mul", x, one), self.constant(0.5))

    def save(self, folder, name, opset, inputs, outputs):
        def info(name, shape):
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

        graph = helper.make_graph(
            self.nodes, name, [info(n, s) for n, s in inputs], [info(n, s) for n, s in outputs], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        with open(os.path.join(folder, f"{name}.onnx"), "wb") as f:
            f.write(model.SerializeToString())


def residual(folder):
    n = Network(1)
    x = n.add("Relu", n.batch_norm(n.conv("image", 16, 3, stride=2, bias=False), 16))
    x = n.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    for into, out, stride in [(16, 16, 1), (16, 24, 2)]:
        y = n.add("Relu", n.batch_norm(n.conv(x, out, into, stride=stride, bias=False), out))
        y = n.batch_norm(n.conv(y, out, out), out)
        if stride > 1:
            x = n.batch_norm(n.conv(x, out, into, kernel=1, stride=stride, bias=False), out)
        x = n.add("Relu", n.add("Add", y, x))
    x = n.batch_norm(n.add("GlobalAveragePool", x), 24)
    x = n.add("Flatten", x, axis=1)
    x = n.add("Gemm", x, n.weights(10, 24), n.small(10), transB=1)
    n.nodes.append(helper.make_node("Softmax", [x], ["classes"], axis=1))
    n.save(folder, "residual", 13, [("image", ["N", 3, 64, 48])], [("classes", ["N", 10])])


def mobile(folder):
    n = Network(2)
    x = n.add("HardSwish", n.conv("image", 16, 1, stride=2))
    x = n.add("PRelu", n.conv(x, 16, 16, group=16), n.constant(np.full((16, 1, 1), 0.1)))
    x = n.conv(x, 24, 16, kernel=1)
    wide = n.add("Clip", n.conv(x, 72, 24, kernel=1), n.constant(0.0), n.constant(6.0))
    wide = n.add("HardSwish", n.batch_norm(n.conv(wide, 72, 72, kernel=5, group=72), 72))
    gate = n.add("ReduceMean", wide, axes=[2, 3], keepdims=1)
    gate = n.add("Relu", n.conv(gate, 18, 72, kernel=1))
    gate = n.add("HardSigmoid", n.conv(gate, 72, 18, kernel=1), alpha=1 / 6, beta=0.5)
    x = n.add("Add", x, n.conv(n.add("Mul", wide, gate), 24, 72, kernel=1))
    y = n.conv(x, 24, 24)
    x = n.add("Mul", y, n.add("Sigmoid", y))
    a, b = n.add("Split", x, n.constant([8, 16], np.int64), outputs=2, axis=1)
    x = n.add("Concat", b, n.add("LeakyRelu", a, alpha=0.2), axis=1)
    n.nodes.append(helper.make_node("AveragePool", [x], ["features"], kernel_shape=[2, 2], strides=[2, 2]))
    n.save(folder, "mobile", 14, [("image", ["N", 1, 48, 48])], [("features", ["N", 24, 12, 12])])


def transformer(folder, opset):
    n = Network(3)
    size, heads, tokens = 48, 4, 36
    x = n.add("Conv", "image", n.weights(size, 3, 8, 8), n.small(size), kernel_shape=[8, 8], strides=[8, 8])
    x = n.add("Transpose", n.add("Reshape", x, n.constant([0, size, -1], np.int64)), perm=[0, 2, 1])
    x = n.add("Add", x, n.small(1, tokens, size))
    for _ in range(2):
        y = n.layer_norm(x, size, opset)
        parts = []
        for perm in [[0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]]:
            p = n.add("Reshape", n.linear(y, size, size), n.constant([0, tokens, heads, size // heads], np.int64))
            parts.append(n.add("Transpose", p, perm=perm))
        scores = n.add("Div", n.add("MatMul", parts[0], parts[1]), n.constant(np.sqrt(size / heads)))
        y = n.add("MatMul", n.add("Softmax", scores, axis=-1), parts[2])
        y = n.add("Reshape", n.add("Transpose", y, perm=[0, 2, 1, 3]), n.constant([0, tokens, size], np.int64))
        x = n.add("Add", x, n.linear(y, size, size))
        y = n.gelu(n.linear(n.layer_norm(x, size, opset), 4 * size, size), opset)
        x = n.add("Add", x, n.linear(y, size, 4 * size))
    x = n.add("Gather", n.layer_norm(x, size, opset), n.constant(0, np.int64), axis=1)
    n.nodes.append(helper.make_node("Gemm", [x, n.weights(7, size), n.small(7)], ["scores"], transB=1))
    n.save(folder, f"transformer-{opset}", opset, [("image", ["N", 3, 48, 48])], [("scores", ["N", 7])])


def decoder(folder):
    n = Network(4)
    x = n.conv("tokens", 32, 12)
    x = n.add("InstanceNormalization", x, n.constant(n.rng.uniform(0.5, 1.5, 32)), n.small(32))
    x = n.add("Elu", n.batch_norm(n.add(
        "ConvTranspose", x, n.weights(32, 16, 4, 4), n.small(16), kernel_shape=[4, 4], strides=[2, 2],
        pads=[1, 1, 1, 1]), 16))
    x = n.add("Resize", x, "", n.constant([1.0, 1.0, 2.0, 2.0]), mode="linear",
              coordinate_transformation_mode="half_pixel")
    x = n.add("Pad", x, n.constant([0, 0, 1, 1, 0, 0, 1, 1], np.int64), mode="reflect")
    x = n.add("Conv", x, n.weights(16, 16, 3, 3), n.small(16), kernel_shape=[3, 3])
    x = n.add("DepthToSpace", x, blocksize=2, mode="CRD")
    x = n.add("Tanh", n.conv(x, 1, 4))
    n.nodes.append(helper.make_node("Clip", [x, n.constant(-0.9), n.constant(0.9)], ["picture"]))
    n.save(folder, "decoder", 18, [("tokens", ["N", 12, 6, 6])], [("picture", ["N", 1, 48, 48])])


def main(folder):
    os.makedirs(folder, exist_ok=True)
    residual(folder)
    mobile(folder)
    for opset in [13, 17, 20]:
        transformer(folder, opset)
    decoder(folder)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
