"""The cameras of an inventory, each checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import keys, values
from .tables import Problems, Row, read_table


@dataclass(frozen=True)
class Camera:
    """A camera as an inventory tells it.

    Attributes:
        name: as in records; unique in the fleet, for NATS and the archive know cameras by it.
        url, url_file: one of them is None.
        site: what group it belongs to; machines with a site take only their own.
        rate: frames analysed a second.
        fps: frames that the camera sends a second.
        size: width and height of its frames.
        machine: where it must be, or None.
        settings: `analysis` and `capture` of the source.
        line: where it stands in the inventory.
    """

    name: str
    url: str | None
    url_file: str | None
    site: str | None
    rate: float
    fps: float
    size: tuple[int, int]
    machine: str | None
    enabled: bool
    settings: dict[str, dict[str, Any]] = field(default_factory=dict, hash=False)
    line: int = 0


def read_inventory(path: Path, rate: float, fps: float, size: tuple[int, int]) -> list[Camera]:
    """All cameras, ordered by name.

    Args:
        path: CSV or YAML.
        rate, fps, size: of cameras that tell none.

    Raises:
        Failure: something is wrong; all that is wrong is told, with lines.
    """
    problems = Problems(path)
    rows, columns = read_table(path, "cameras", problems)
    for name, line in columns.items():
        if name in keys.WITH_NAMES:
            problems.add(line, f"{name}: a name must follow ({name}.NAME)")
        elif not keys.is_camera_key(name) and name:
            problems.add(line, keys.unknown(name, keys.camera_keys()))
    if "site" in columns and "group" in columns:
        problems.add(columns["group"], "site and group are two names of the same; use one")
    cameras = [_camera(row, rate, fps, size, problems) for row in rows]
    seen: dict[str, int] = {}
    for row in rows:
        name = str(row.values.get("name", ""))
        if name in seen:
            problems.add(row.line, f"the name {name!r} is taken by line {seen[name]}")
        elif name:
            seen[name] = row.line
    problems.raise_any()
    return sorted((camera for camera in cameras if camera is not None), key=lambda camera: camera.name)


def _camera(row: Row, rate: float, fps: float, size: tuple[int, int], problems: Problems) -> Camera | None:
    good = True

    def take(key: str, read: Callable[[Any], Any], default: Any) -> Any:
        nonlocal good
        if key not in row.values:
            return default
        try:
            return read(row.values[key])
        except ValueError as error:
            problems.add(row.line, f"{key}: {error}")
            good = False
            return default

    if "name" not in row.values:
        problems.add(row.line, "name is missing")
        good = False
    told_name = take("name", values.name, "")
    url, url_file = take("url", values.url, None), take("url_file", values.url_file, None)
    if good and (url is None) == (url_file is None):
        problems.add(row.line, "url and url_file exclude each other" if url else "url or url_file is missing")
    if "analysis.max_rate" in row.values:
        problems.add(row.line, "analysis.max_rate: the column rate says it")
    settings: dict[str, dict[str, Any]] = {"analysis": {}, "capture": {}}
    for key in row.values:
        if key.startswith(("analysis.", "capture.")) and keys.is_camera_key(key):
            section, *below = key.split(".", 2)
            value = take(key, values.setting, None)
            if len(below) == 2:
                settings[section].setdefault(below[0], {})[below[1]] = value
            else:
                settings[section][below[0]] = value
    chosen = take("rate", lambda value: values.number(value, 0.01, 1000), rate)
    own_fps = take("fps", lambda value: values.number(value, 0.01, 1000), max(fps, chosen))
    if own_fps < chosen:
        problems.add(row.line, f"rate: {chosen:g} is more than the {own_fps:g} frames a second that the camera sends (fps)")
    camera = Camera(
        told_name,
        url,
        url_file,
        take("site", str, None) or take("group", str, None),
        chosen,
        own_fps,
        take("size", values.size, size),
        take("machine", values.name, None),
        take("enabled", values.flag, True),
        settings,
        row.line,
    )
    return camera if good else None
