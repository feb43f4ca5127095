#!/usr/bin/env python3
"""Write what LiteRT computes for TFLite models, for the engine's tests to compare with.

    pip install ai-edge-litert numpy && python3 litert_reference.py FOLDER MODEL.tflite...

FOLDER/NAME gets, for each model: `model` (the path of the model), and for each case K a file `K.input.I.raw` for each input and
`K.output.J.raw` for each output, raw little-endian values in the model's order. Cases 0 and 1 are random, 2 is a picture-like
field of soft blobs in the range -1 to 1. LiteRT runs on one thread.
"""

import os
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter

CASES = 3


def picture(shape, rng):
    """Soft blobs on a gradient: neighbouring values are alike, as in a photograph."""
    if len(shape) != 4:
        return rng.standard_normal(shape)
    _, height, width, channels = shape
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    image = np.repeat((0.6 * x - 0.4 * y)[..., None], channels, axis=2)
    for _ in range(12):
        centre, radius, colour = rng.random(2), 0.05 + 0.2 * rng.random(), rng.standard_normal(channels)
        image += np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / radius**2)[..., None] * colour
    return np.clip(image, -1, 1)[None]


def main(folder, models):
    for path in models:
        name = os.path.splitext(os.path.basename(path))[0]
        interpreter = Interpreter(model_path=path, num_threads=1)
        interpreter.allocate_tensors()
        place = os.path.join(folder, name)
        os.makedirs(place, exist_ok=True)
        for case in range(CASES):
            rng = np.random.default_rng(case)
            for index, info in enumerate(interpreter.get_input_details()):
                shape = tuple(info["shape"])
                values = rng.uniform(-1, 1, shape) if case < 2 else picture(shape, rng)
                values = np.ascontiguousarray(values, dtype=info["dtype"])
                interpreter.set_tensor(info["index"], values)
                values.tofile(os.path.join(place, f"{case}.input.{index}.raw"))
            interpreter.invoke()
            for index, info in enumerate(interpreter.get_output_details()):
                interpreter.get_tensor(info["index"]).tofile(os.path.join(place, f"{case}.output.{index}.raw"))
        with open(os.path.join(place, "model"), "w") as f:
            f.write(os.path.abspath(path))
        print(name)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
