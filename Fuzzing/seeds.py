"""Writes the seeds of the ONNX fuzz target: ``python seeds.py FOLDER`` (needs onnx and numpy).

One small model for each operator, or form of one, that the engine knows and the Swift tests' own corpus (``ONNXFuzzTests.corpus``) does
not hold. Each is a node of our own making with the attributes that its shape arithmetic reads, so that the fuzzer has them to damage.
"""

import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

F, I, B = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
IMAGE, CUBE, ROW = ("x", F, [1, 4, 4, 4]), ("x", F, [2, 3, 4]), ("x", F, [6])


def ints(*values):
    return np.array(values, np.int64)


def floats(*shape):
    return (np.arange(np.prod(shape), dtype=np.float32) / 8 - 1).reshape(shape)


def model(op, inputs, constants=(), *, outputs=1, opset=17, gaps=(), domain="", **attributes):
    """One node; ``gaps`` are positions of inputs that are left out."""
    names = [name for name, _, _ in inputs] + [f"c{index}" for index in range(len(constants))]
    for gap in gaps:
        names.insert(gap, "")
    results = [f"y{index}" for index in range(outputs)]
    graph = helper.make_graph(
        [helper.make_node(op, names, results, domain=domain, **attributes)], op,
        [helper.make_tensor_value_info(*value) for value in inputs],
        [helper.make_empty_tensor_value_info(name) for name in results],
        [numpy_helper.from_array(value, f"c{index}") for index, value in enumerate(constants)],
    )  # fmt: skip
    domains = {"": opset, domain: 1} if domain else {"": opset}
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(*entry) for entry in domains.items()], ir_version=8)


def seeds():
    window = {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 1, 1]}
    pair = [CUBE, ("z", F, [3, 1])]
    yield "maxpool", model("MaxPool", [IMAGE], outputs=2, dilations=[1, 2], ceil_mode=1, **window)
    yield "lppool", model("LpPool", [IMAGE], p=3, **window)
    yield "globalpool", model("GlobalAveragePool", [IMAGE])
    yield "globalmax", model("GlobalMaxPool", [IMAGE])
    yield "conv1d", model("Conv", [("x", F, [1, 2, 8])], [floats(3, 2, 3), floats(3)], strides=[2], auto_pad="SAME_LOWER")
    yield "convgroup", model("Conv", [IMAGE], [floats(4, 2, 3, 3), floats(4)], group=2, dilations=[2, 1], pads=[2, 1, 2, 1])
    # Numbers that are sound each for itself: their products and sums are what the arithmetic has to bear.
    yield "conv-dilated", model("Conv", [IMAGE], [floats(4, 4, 3, 3)], dilations=[2**23, 2**23], auto_pad="SAME_UPPER")
    yield "conv-padded", model("Conv", [IMAGE], [floats(4, 1, 3, 3)], group=4, pads=[2**23] * 4, strides=[2**22, 2**22])
    yield "conv-nothing", model("Conv", [("x", F, [1, 4, 4, 4])], [floats(2, 4, 1, 1)], group=1, pads=[0, 0, 0, 0])
    yield "deconv-padded", model(
        "ConvTranspose", [IMAGE], [floats(4, 2, 3, 3)], dilations=[2, 3], group=2, pads=[1, 1, 1, 1], strides=[2, 2])
    yield "averagepool-dilated", model(
        "AveragePool", [IMAGE], kernel_shape=[3, 3], dilations=[2, 2], pads=[2, 2, 2, 2], count_include_pad=1, opset=19)
    yield "averagepool-cube", model(
        "AveragePool", [("x", F, [1, 2, 3, 3, 3])], kernel_shape=[2, 2, 2], pads=[1] * 6, count_include_pad=1, ceil_mode=1)
    yield "resize-larger", model(
        "Resize", [IMAGE], [ints(3, 9)], gaps=(1, 2), axes=[2, 3], keep_aspect_ratio_policy="not_smaller", mode="linear",
        antialias=1, opset=18)  # fmt: skip
    yield "deconv", model("ConvTranspose", [IMAGE], [floats(4, 1, 3, 3)], group=4, output_shape=[9, 9], output_padding=[1, 1])
    for kind in ("reflect", "edge", "wrap"):
        yield f"pad-{kind}", model("Pad", [CUBE], [ints(0, 1, 2, 0, -1, 1)], opset=19, mode=kind)
    yield "pad-axes", model("Pad", [CUBE], [ints(1, 2), np.float32(3), ints(-1)], opset=18)
    yield "resize-cubic", model(
        "Resize", [IMAGE], [ints(1, 4, 7, 3)], gaps=(1, 2), mode="cubic", antialias=1, exclude_outside=1, opset=18)
    yield "resize-crop", model(
        "Resize", [IMAGE], [np.array([0, 0, 0.2, 0.4, 1, 1, 0.8, 1.4], np.float32), np.array([1, 1, 2, 2.5], np.float32)],
        coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=9.0)  # fmt: skip
    yield "resize-aspect", model(
        "Resize", [IMAGE], [ints(9, 5)], gaps=(1, 2), axes=[2, 3], keep_aspect_ratio_policy="not_larger", mode="nearest",
        nearest_mode="ceil", coordinate_transformation_mode="align_corners", opset=18)  # fmt: skip
    yield "upsample", model("Upsample", [IMAGE], [np.array([1, 1, 2, 2], np.float32)], opset=9, mode="linear")
    yield "spacetodepth", model("SpaceToDepth", [IMAGE], blocksize=2)
    yield "depthtospace", model("DepthToSpace", [IMAGE], blocksize=2, mode="CRD")
    yield "batchnorm", model("BatchNormalization", [IMAGE], [floats(4), floats(4), floats(4), floats(4) ** 2], epsilon=1e-3)
    yield "groupnorm", model("GroupNormalization", [IMAGE], [floats(4), floats(4)], num_groups=2, opset=21)
    yield "instancenorm", model("InstanceNormalization", [IMAGE], [floats(4), floats(4)])
    yield "rmsnorm", model("RMSNormalization", [CUBE], [floats(4)], axis=-1, opset=23)
    yield "lrn", model("LRN", [IMAGE], size=3, alpha=0.1, bias=2.0)
    yield "lpnorm", model("LpNormalization", [CUBE], axis=1, p=1)
    yield "mvn", model("MeanVarianceNormalization", [IMAGE], axes=[0, 2, 3])
    yield "gathernd", model("GatherND", [CUBE], [ints(0, 1, 1, 2).reshape(2, 2)], batch_dims=0)
    yield "gatherelements", model("GatherElements", [("x", F, [2, 3])], [ints(1, 0, 0, 1).reshape(2, 2)], axis=1)
    yield "scatternd", model("ScatterND", [CUBE], [ints(1, 0).reshape(2, 1), floats(2, 3, 4)], reduction="add")
    yield "scatterelements", model(
        "ScatterElements", [("x", F, [2, 3])], [ints(1, 0, 2).reshape(1, 3), floats(1, 3)], axis=1, reduction="max", opset=18)
    yield "onehot", model("OneHot", [], [ints(1, -2, 0), ints(4), floats(2)], axis=0)
    yield "compress", model("Compress", [CUBE], [np.array([True, False, True])], axis=1)
    yield "nonzero", model("NonZero", [], [floats(3, 2)])
    yield "trilu", model("Trilu", [CUBE], [np.int64(-1)], upper=0)
    yield "reversesequence", model("ReverseSequence", [("x", F, [4, 3])], [ints(1, 4, 2)], batch_axis=1, time_axis=0)
    yield "range", model("Range", [], [np.int64(10), np.int64(-3), np.int64(-2)])
    yield "range-float", model("Range", [], [np.float32(1), np.float32(5), np.float32(0.5)])
    yield "eyelike", model("EyeLike", [("x", F, [3, 5])], k=1, dtype=I)
    yield "cumsum", model("CumSum", [CUBE], [np.int64(1)], exclusive=1, reverse=1)
    yield "squeeze", model("Squeeze", [("x", F, [1, 3, 1])], [ints(0, -1)])
    yield "flatten", model("Flatten", [CUBE], axis=-1)
    yield "shape", model("Shape", [CUBE], start=-2, end=9)
    yield "reshape-keep", model("Reshape", [CUBE], [ints(0, -1, 2)], allowzero=0)
    yield "split-number", model("Split", [CUBE], outputs=2, axis=2, num_outputs=2, opset=18)
    yield "cast", model("Cast", [CUBE], to=TensorProto.UINT8)
    yield "castlike", model("CastLike", [CUBE], [np.float16([1])])
    yield "where", model("Where", [("x", B, [3, 1]), ("z", F, [4])], [np.float32(2)])
    yield "clip", model("Clip", [CUBE], [np.float32(-1), np.float32(1)])
    yield "prelu", model("PRelu", [IMAGE], [floats(4, 1, 1)])
    yield "pow", model("Pow", [CUBE], [ints(2, 3, 1, 0)])
    yield "mod", model("Mod", [("x", I, [4])], [ints(3, -2, 5, 7)], fmod=0)
    yield "bitshift", model("BitShift", [("x", TensorProto.UINT8, [4])], [np.uint8([1, 2, 9, 0])], direction="LEFT")
    yield "matmulinteger", model("MatMulInteger", [("x", TensorProto.UINT8, [2, 3])], [np.int8(floats(3, 2)), np.uint8(1)])
    yield "gemm", model("Gemm", [("x", F, [3, 2])], [floats(3, 4), floats(4)], transA=1, beta=0.5)
    yield "einsum", model("Einsum", pair, equation="...ij,jk->...ik")
    yield "constant", model("Constant", [], value=numpy_helper.from_array(floats(2, 2)))
    yield "constant-ints", model("Constant", [], value_ints=[1, 2, 3])
    yield "topk", model("TopK", [CUBE], [ints(2)], outputs=2, axis=1, largest=0)
    yield "hardmax", model("Hardmax", [CUBE], axis=-2)
    yield "argmax", model("ArgMax", [CUBE], axis=1, keepdims=0, select_last_index=1)
    yield "gelu", model("Gelu", [CUBE], approximate="tanh", opset=20)
    yield "max", model("Max", [*pair, ("w", F, [1])])
    yield "sum-old", model("ReduceL2", [CUBE], axes=[-1, 0], keepdims=0, opset=13)
    yield "logsumexp", model("ReduceLogSumExp", [CUBE], [ints(1)], noop_with_empty_axes=1, opset=18)
    for op in ("Add", "Div", "Equal", "BitwiseXor"):
        kind = TensorProto.INT32 if op == "BitwiseXor" else F
        yield op.lower(), model(op, [("x", kind, [2, 3, 4]), ("z", kind, [3, 1])], opset=18)
    for op, attributes in {
        "Elu": {"alpha": 0.5}, "HardSigmoid": {"alpha": 0.3, "beta": 0.4}, "Shrink": {"lambd": 0.5, "bias": 0.1},
        "LeakyRelu": {"alpha": 0.1}, "IsInf": {"detect_negative": 0}, "Dropout": {}, "Erf": {}, "Identity": {}, "HardSwish": {},
    }.items():  # fmt: skip
        yield op.lower(), model(op, [CUBE], **attributes)
    # The engine's own words, which a file has no business with.
    for op in ("Activate", "Binary", "Dense", "Separable", "Unary"):
        yield f"own-{op.lower()}", model(op, [IMAGE], [floats(4, 4)], domain="norface", kind="Relu")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, made in seeds():
        (folder / name).write_bytes(made.SerializeToString())
