#!/usr/bin/env python3
"""Write what onnxruntime computes for ONNX models, for the engine's tests to compare with.

    pip install onnxruntime numpy && python3 onnx_reference.py FOLDER MODEL.onnx...

Each model is run with batches 1 and 3 in place of its open extents. FOLDER/NUMBER gets, for each: `model` (the path),
`manifest` with a line `input|output INDEX NAME DIMxDIM...` for each value, and the values as `input.INDEX.raw` and
`output.INDEX.raw`, little-endian floats. Inputs are random numbers between 0 and 1, smooth along the last two axes where there
are four, as pictures are. onnxruntime runs on one thread.
"""

import os
import sys

import numpy as np
import onnxruntime

BATCHES = [1, 3]


def values(shape, rng):
    if len(shape) != 4 or shape[-1] < 16:
        return rng.random(shape)
    coarse = rng.random(shape[:2] + (shape[2] // 4 + 2, shape[3] // 4 + 2))
    fine = np.kron(coarse, np.ones((4, 4)))[:, :, : shape[2], : shape[3]]
    return np.clip(0.9 * fine + 0.1 * rng.random(shape), 0, 1)


def write(place, kind, index, name, array):
    array.tofile(os.path.join(place, f"{kind}.{index}.raw"))
    return f"{kind} {index} {name} {'x'.join(map(str, array.shape))}\n"


def main(folder, models):
    number = 0
    for path in models:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        for batch in BATCHES:
            rng = np.random.default_rng(batch)
            place = os.path.join(folder, str(number))
            number += 1
            os.makedirs(place)
            manifest, feed = "", {}
            for index, info in enumerate(session.get_inputs()):
                shape = tuple(d if isinstance(d, int) else batch for d in info.shape)
                feed[info.name] = np.ascontiguousarray(values(shape, rng), dtype=np.float32)
                manifest += write(place, "input", index, info.name, feed[info.name])
            for index, (info, array) in enumerate(zip(session.get_outputs(), session.run(None, feed))):
                assert array.dtype == np.float32, info.name
                manifest += write(place, "output", index, info.name, np.ascontiguousarray(array))
            for name, text in [("manifest", manifest), ("model", os.path.abspath(path))]:
                with open(os.path.join(place, name), "w") as f:
                    f.write(text)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
