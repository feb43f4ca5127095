"""Joins sets that were made side by side into one: ``python -m norface_training.data.join PART PART --cache CACHE --out SET``.

The parts stay as they are.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from .shards import ShardedSet, ShardError, ShardWriter
from .sources import SourceError, folder

#: Facts in which the parts of one set may differ: each was begun at a number of its own, and with the skins there were.
OWN = ("first", "skins")


def join(parts: list[Path], out: Path) -> int:
    """One set ``out`` of all rows of ``parts``, in their order; returns their number.

    ``ShardError`` where a part is damaged, has other fields or facts than the first, or ``out`` exists; there is no set then, or
    the one that was there.
    """
    sets = [ShardedSet(part) for part in parts]
    shared = [{k: v for k, v in each.facts.items() if k not in OWN} for each in sets]
    for each, facts in zip(sets, shared, strict=True):
        if (each.fields, facts) != (sets[0].fields, shared[0]):
            raise ShardError(f"{each.folder}: its fields or facts differ from those of {sets[0].folder}")
    if out.exists():
        raise ShardError(f"{out} exists already; nothing was changed")
    partial = out.with_name(out.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    writer = ShardWriter(partial, shared[0] | {name: [each.facts.get(name) for each in sets] for name in OWN})
    for each in sets:
        for rows in zip(*(each.shards(name) for name in each.fields), strict=True):
            writer.append(**dict(zip(each.fields, rows, strict=True)))
    partial.rename(out)
    return writer.count


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="+", help="names of the sets, in order")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--out", required=True, help="name of the set to make")
    options = parser.parse_args(arguments)
    try:
        cache = folder(options.cache, "NORFACE_CACHE")
        print(f"{options.out}: {join([cache / part for part in options.parts], cache / options.out)} rows")
    except (ShardError, SourceError, OSError) as error:
        sys.exit(f"join: {error}")


if __name__ == "__main__":
    main()
