"""Faces of a table's pictures: landmarks, crop and geometry as the daemon has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from .. import alignment
from ..data.shards import ShardedSet, ShardWriter
from ..teacher.facemesh import FaceMesh, region_of
from .table import Table, TableError

SHARD = 500

#: Sides of the regions in which a face is looked for first, of the picture's shorter side: pictures are expected to be of one face.
SCALES = (1.0, 1.5, 0.6)

#: How often the region is drawn anew about the landmarks, and the probability from which on they are of a face.
LOOKS, SURE = 3, 0.5


def find(mesh: FaceMesh, luma: np.ndarray) -> np.ndarray | None:
    """The landmarks (468, 3) of a picture's one face, or None."""
    height, width = luma.shape
    for scale in SCALES:
        region = (width / 2, height / 2, scale * min(height, width), 0.0)
        points, score = mesh(luma, region)
        for _ in range(LOOKS):
            if score < SURE:
                break
            points, score = mesh(luma, region_of(points))
        if score >= SURE:
            return points
    return None


def read_faces(table: Table, mesh: Path, folder: Path, size: int) -> ShardedSet:
    """The set of the table's pictures in ``folder``: ``found``, ``crop`` and ``geometry`` of each. Goes on where it was stopped."""
    network = FaceMesh(mesh)
    writer = ShardWriter(folder, {"size": size, "images": [str(image) for image in table.images]})
    while writer.count < len(table):
        rows = range(writer.count, min(writer.count + SHARD, len(table)))
        found, crops, shapes = [], [], []
        for k in rows:
            try:
                with Image.open(table.images[k]) as image:
                    luma = np.asarray(image.convert("L"))
            except OSError as error:
                raise TableError(f"{table.images[k]}: {error}") from error
            points = find(network, luma)
            found.append(points is not None)
            crops.append(np.zeros((size, size), np.uint8) if points is None else alignment.align(luma, points, size))
            shapes.append(np.zeros((468, 3), np.float32) if points is None else alignment.geometry(points))
        writer.append(found=np.array(found, np.uint8), crop=np.array(crops, np.uint8), geometry=np.array(shapes, np.float32))
        print(f"faces {writer.count}/{len(table)}, found {np.mean(found):.3f}", flush=True)
    return ShardedSet(folder)
