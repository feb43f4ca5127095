"""Render a world: ``python -m norface_training.world.render CONFIG --data DATA --cache CACHE --mesh face_landmark.tflite``.

Every picture is a function of the configuration and its number. Stopped and started again, it goes on after the last whole shard; a
larger ``count`` makes the set longer.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time

import numpy as np

from ..data.shards import ShardWriter
from ..data.sources import SourceError, folder
from .config import load
from .regions import REGIONS
from .scene import World

#: A shard is written when it has so many pictures, or after so many minutes.
SHARD, MINUTES = 500, 5.0
_KINDS = {
    "crop": np.uint8, "eyes": np.uint8, "identity": np.int32, "index": np.int32, "visible": np.float16, "covered": np.float16,
    "kinds": np.int32, "meshed": np.uint8, "coefficients": np.float16,
}  # fmt: skip


def collate(rows: list[dict]) -> dict[str, np.ndarray]:
    """Rows of :meth:`World.picture` as a shard."""
    return {name: np.asarray([row[name] for row in rows], _KINDS.get(name, np.float32)) for name in rows[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", help="a file under configs/world")
    parser.add_argument("--data", help="folder of the sources (or NORFACE_DATA)")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--mesh", required=True, help="face_landmark.tflite of the mediapipe package")
    parser.add_argument("--count", type=int, help="pictures, instead of the configuration's")
    options = parser.parse_args()
    try:
        config = load(options.config)
        cache = folder(options.cache, "NORFACE_CACHE")
        world = World(config, folder(options.data, "NORFACE_DATA"), cache, options.mesh)
        facts = {key: value for key, value in dataclasses.asdict(config).items() if key != "count"}
        skins = 0 if world.sampler.skins is None else len(world.sampler.skins["tone"])
        writer = ShardWriter(
            cache / config.name, facts | {"regions": REGIONS, "coefficient_names": world.model.names, "skins_had": skins}
        )
        count = options.count or config.count
        while writer.count < count:
            start, rows = time.monotonic(), []
            while len(rows) < min(SHARD, count - writer.count) and time.monotonic() - start < MINUTES * 60:
                rows.append(world.picture(writer.count + len(rows)))
            writer.append(**collate(rows))
            print(f"{config.name} {writer.count}/{count}, {len(rows) / (time.monotonic() - start):.2f} a second", flush=True)
    except (SourceError, ValueError, OSError) as error:
        sys.exit(f"render: {error}")


if __name__ == "__main__":
    main()
