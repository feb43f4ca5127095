#!/usr/bin/env python3
"""Time the engine beside LiteRT and onnxruntime: one thread each, in turns, in one run.

    python3 compare.py [--bench PATH] [--seconds S] MODEL...

Each model is timed in blocks of a few runs, the engine's and the other's in turn, so that what else the machine does falls on
both alike; times are processor time of the thread that computes. A line tells both medians and the ratio engine / other; below 1 the engine is faster.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")


class Engine:
    def __init__(self, bench, path, shapes):
        shapes = [f"{name}={'x'.join(map(str, shape))}" for name, shape in shapes.items()]
        arguments = [a for s in shapes for a in ("--shape", s)]
        self.process = subprocess.Popen(
            [bench, path, "--serve", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "ready":
            sys.exit(f"{bench} could not load {path}")

    def times(self, runs):
        self.process.stdin.write(f"{runs}\n")
        self.process.stdin.flush()
        return [int(t) for t in self.process.stdout.readline().split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class LiteRT:
    name = "LiteRT"

    def __init__(self, path):
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(model_path=path, num_threads=1)
        self.interpreter.allocate_tensors()
        rng = np.random.default_rng(0)
        for info in self.interpreter.get_input_details():
            self.interpreter.set_tensor(info["index"], rng.random(info["shape"]).astype(info["dtype"]))
        self.shapes = {}

    def run(self):
        self.interpreter.invoke()


class ONNXRuntime:
    name = "onnxruntime"

    def __init__(self, path, batch):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        rng = np.random.default_rng(0)
        self.feed, self.shapes = {}, {}
        for info in self.session.get_inputs():
            shape = [d if isinstance(d, int) else batch for d in info.shape]
            self.shapes[info.name] = shape
            self.feed[info.name] = rng.random(shape).astype(np.float32)

    def run(self):
        self.session.run(None, self.feed)


def times(other, runs):
    result = []
    for _ in range(runs):
        start = time.thread_time_ns()
        other.run()
        result.append(time.thread_time_ns() - start)
    return result


def compare(bench, path, seconds, batch):
    other = LiteRT(path) if path.endswith(".tflite") else ONNXRuntime(path, batch)
    engine = Engine(bench, path, other.shapes)
    for _ in range(3):
        other.run()
        engine.times(3)
    own, others = [], []
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(own) < 10:
        own += engine.times(5)
        others += times(other, 5)
    engine.close()
    a, b = statistics.median(own) / 1e6, statistics.median(others) / 1e6
    print(
        f"{os.path.basename(path):44} engine {a:8.3f} ms (best {min(own) / 1e6:.3f})  "
        f"{other.name} {b:8.3f} ms (best {min(others) / 1e6:.3f})  "
        f"ratio {a / b:.2f} (best {min(own) / min(others):.2f})  {len(own)} runs each",
        flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default=os.path.join(os.path.dirname(__file__), ".build/release/norface-bench"))
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--batch", type=int, default=1, help="for open extents of ONNX models")
    parser.add_argument("models", nargs="+")
    arguments = parser.parse_args()
    for model in arguments.models:
        compare(arguments.bench, model, arguments.seconds, arguments.batch)
