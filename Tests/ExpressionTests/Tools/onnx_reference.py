"""What onnxruntime says of faces: ``python onnx_reference.py BUNDLE FACES COUNT OUTPUT``.

FACES holds, for each face, the crop (S*S bytes) and the geometry of all 468 landmarks (float32, little endian). OUTPUT gets au, left,
right and emotion of each face, float32, calibrated but for the emotions, which are logits.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

bundle, faces, count, output = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes(), int(sys.argv[3]), Path(sys.argv[4])
manifest = json.loads((bundle / "bundle.json").read_text())
size = manifest["input"]["size"]
record = np.dtype([("crop", np.uint8, (1, size, size)), ("geometry", "<f4", (468, 3))])
data = np.frombuffer(faces, record, count)
run = {
    key: onnxruntime.InferenceSession(str(bundle / entry["file"]), providers=["CPUExecutionProvider"])
    for key, entry in manifest["networks"].items()
}
tokens, normalized = run["normalizer"].run(["tokens", "normalized"], {"face": data["crop"].astype(np.float32) / 255})
geometry = (data["geometry"][:, manifest["geometry"]["points"]] * manifest["geometry"]["scale"]).reshape(count, -1)
names = ["au", "left", "right", "emotion"]
feeds = {"tokens": tokens, "normalized": normalized, "geometry": geometry.astype(np.float32)}
values = dict(zip(names, run["classifier"].run(names, feeds), strict=True))
for key, labels in (("au", "au"), ("left", "sides"), ("right", "sides")):
    for column, label in enumerate(manifest["labels"][labels]):
        if curve := manifest["calibration"].get(label):
            values[key][:, column] = np.interp(values[key][:, column], curve["x"], curve["y"])
    values[key] = values[key].clip(0, 5)
output.write_bytes(np.concatenate([values[name] for name in names], axis=1).astype("<f4").tobytes())
