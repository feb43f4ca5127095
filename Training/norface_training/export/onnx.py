"""Export to ONNX, parity with PyTorch, and counting of operations on the exported graph."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper, shape_inference
from torch import nn

OPSET = 17
PARITY = 1e-4
"""The largest difference from PyTorch, relative to the output's range, that an export may have."""


def export_graph(module: nn.Module, inputs: dict[str, torch.Tensor], outputs: list[str], path: Path) -> None:
    """Writes ``module`` with a symbolic batch axis, then checks it against PyTorch on two batch sizes.

    A difference above ``PARITY`` is a ``RuntimeError`` that names the output; the file is then removed.
    """
    module.eval()
    axes = {name: {0: "N"} for name in [*inputs, *outputs]}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, tuple(inputs.values()), str(path), input_names=list(inputs), output_names=outputs,
            dynamic_axes=axes, opset_version=OPSET, do_constant_folding=True, dynamo=False,
        )  # fmt: skip
    graph = shape_inference.infer_shapes(onnx.load(str(path)), strict_mode=True)
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, str(path))
    try:
        for batch in (1, 3):
            check_parity(module, {k: v.repeat(batch, *[1] * (v.ndim - 1)) for k, v in inputs.items()}, outputs, path)
    except RuntimeError:
        path.unlink()
        raise


def check_parity(module: nn.Module, inputs: dict[str, torch.Tensor], outputs: list[str], path: Path) -> float:
    """The largest difference between onnxruntime and PyTorch over all outputs, relative to each output's range."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    noisy = {k: v + 0.05 * torch.randn_like(v) for k, v in inputs.items()}
    got = session.run(outputs, {k: v.numpy() for k, v in noisy.items()})
    with torch.no_grad():
        expected = module(*noisy.values())
    expected = (expected,) if isinstance(expected, torch.Tensor) else expected
    worst = 0.0
    for name, a, b in zip(outputs, got, expected, strict=True):
        difference = float(np.abs(a - b.numpy()).max() / max(1.0, float(b.abs().max())))
        if not difference < PARITY:
            raise RuntimeError(f"{path.name}: output {name} differs from PyTorch by {difference:.2e}")
        worst = max(worst, difference)
    return worst


def count_mflops(path: Path) -> float:
    """Millions of floating-point operations for one face, two per multiply-add, in Conv, Gemm and MatMul."""
    graph = shape_inference.infer_shapes(onnx.load(str(path)), strict_mode=True).graph
    shapes: dict[str, list[int]] = {}
    for value in [*graph.value_info, *graph.input, *graph.output]:
        shapes[value.name] = [d.dim_value if d.HasField("dim_value") else 1 for d in value.type.tensor_type.shape.dim]
    for tensor in graph.initializer:
        shapes[tensor.name] = list(tensor.dims)
    for node in graph.node:
        if node.op_type == "Constant":
            shapes[node.output[0]] = list(numpy_helper.to_array(node.attribute[0].t).shape)
    total = 0
    for node in graph.node:
        if node.op_type not in ("Conv", "ConvTranspose", "Gemm", "MatMul"):
            continue
        for name in (*node.input[:2], node.output[0]):
            if name not in shapes:
                raise ValueError(f"{path.name}: the shape of {name} ({node.op_type}) is not known")
        out = int(np.prod(shapes[node.output[0]]))
        if node.op_type == "Conv":
            total += 2 * out * int(np.prod(shapes[node.input[1]][1:]))
        elif node.op_type == "ConvTranspose":
            total += 2 * int(np.prod(shapes[node.input[0]])) * int(np.prod(shapes[node.input[1]][1:]))
        else:
            transposed = node.op_type == "Gemm" and any(a.name == "transA" and a.i for a in node.attribute)
            total += 2 * out * shapes[node.input[0]][0 if transposed else -1]
    return total / 1e6


def operators(path: Path) -> dict[str, int]:
    """How often each operator occurs."""
    counts: dict[str, int] = {}
    for node in onnx.load(str(path)).graph.node:
        counts[node.op_type] = counts.get(node.op_type, 0) + 1
    return dict(sorted(counts.items()))
