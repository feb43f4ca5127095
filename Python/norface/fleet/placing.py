"""Which camera goes to which machine.

Whoever has a place keeps it: adding a camera or a machine moves nobody. A camera moves only when its machine is gone, is too small for
what it has, or is not the one that the inventory names; and then as few as will do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from .costs import BASE_MEGABYTES, Costs
from .inventory import Camera
from .machines import Machine

_TOLERANCE = 1e-9


@dataclass
class Filled:
    """A machine and what it has."""

    machine: Machine
    costs: Costs
    cameras: dict[str, Camera] = field(default_factory=dict)
    # Cores and megabytes of what it has, until that changes.
    _known: tuple[float, float] | None = None

    def put(self, camera: Camera) -> None:
        self.cameras[camera.name] = camera
        self._known = None

    def take_off(self, camera: Camera) -> None:
        del self.cameras[camera.name]
        self._known = None

    @property
    def capacity(self) -> float:
        return self.machine.cores * self.costs.fill

    @property
    def load(self) -> float:
        """Cores that are busy."""
        return self._sums()[0]

    @property
    def megabytes(self) -> float:
        return self._sums()[1]

    def _sums(self) -> tuple[float, float]:
        if self._known is None:
            # In one order, whichever way they came: sums of fractions differ in their last digits.
            mine = [self.cameras[name] for name in sorted(self.cameras)]
            self._known = sum(map(self.costs.cores, mine)), BASE_MEGABYTES + sum(map(self.costs.megabytes, mine))
        return self._known

    def refuses(self, camera: Camera | None = None) -> str | None:
        """Why it cannot have what it has, and a camera more; None when it can."""
        more = (0, 0.0, 0.0) if camera is None else (1, self.costs.cores(camera), self.costs.megabytes(camera))
        if len(self.cameras) + more[0] > self.machine.max_sources:
            return "cameras"
        if self.load + more[1] > self.capacity + _TOLERANCE:
            return "cores"
        memory = self.machine.memory
        if memory is not None and self.megabytes + more[2] > memory * 1024 * self.costs.fill:
            return "memory"
        return None

    def is_for(self, camera: Camera) -> bool:
        if camera.machine is not None:
            return camera.machine == self.machine.name
        return self.machine.site is None or self.machine.site == camera.site


@dataclass
class Placement:
    """Cameras by machine, those that found no place with the reason, and what became of those that had one."""

    machines: list[Filled]
    unplaced: list[tuple[Camera, str]] = field(default_factory=list)
    added: list[tuple[str, str]] = field(default_factory=list)
    moved: list[tuple[str, str, str]] = field(default_factory=list)
    # Not placed any more, though they were.
    lost: list[tuple[str, str]] = field(default_factory=list)
    removed: list[tuple[str, str]] = field(default_factory=list)


def place(cameras: list[Camera], machines: list[Machine], costs: Costs, before: Mapping[str, str]) -> Placement:
    """Divides cameras over machines.

    Args:
        cameras, machines: each with names of its own.
        costs: what a camera takes.
        before: machines of cameras, by name, of the plan that this one follows.
    """
    filled = {machine.name: Filled(machine, costs) for machine in machines}
    waiting: list[Camera] = []
    for camera in cameras:
        old = filled.get(before.get(camera.name, ""))
        if old is not None and old.is_for(camera):
            old.put(camera)
        else:
            waiting.append(camera)
    for one in filled.values():
        waiting += _evicted(one)
    result = Placement(list(filled.values()))
    # The largest first, and each to the machine that is the least filled: all have about the same to do. The digest of both names
    # decides between equals, so that the order of the files does not.
    for camera in sorted(waiting, key=lambda one: (one.machine is None, -costs.cores(one), _digest(one.name))):
        fitting = [one for one in filled.values() if one.is_for(camera)]
        free = [one for one in fitting if one.refuses(camera) is None]
        if free:
            best = min(free, key=lambda one: (round(one.load / one.capacity, 9), _digest(camera.name, one.machine.name)))
            best.put(camera)
        else:
            result.unplaced.append((camera, _reason(camera, fitting)))
    _compare(result, cameras, before)
    return result


def _evicted(one: Filled) -> list[Camera]:
    """Takes off what is too much, the largest first, so that they are few. Those that must be here stay as long as it goes."""
    gone: list[Camera] = []
    order = sorted(
        one.cameras.values(), key=lambda camera: (camera.machine is not None, -one.costs.cores(camera), _digest(camera.name))
    )
    while one.refuses() is not None and order:
        camera = order.pop(0)
        one.take_off(camera)
        gone.append(camera)
    # One that was taken off early may fit when a larger one went after it.
    for camera in list(gone):
        if one.refuses(camera) is None:
            one.put(camera)
            gone.remove(camera)
    return gone


def _reason(camera: Camera, fitting: list[Filled]) -> str:
    if not fitting:
        if camera.machine is not None:
            return f"there is no machine {camera.machine}"
        return f"no machine is for the site {camera.site}" if camera.site else "no machine is for cameras without a site"
    full = sorted({one.refuses(camera) or "" for one in fitting})
    where = camera.machine or (
        f"the machines for {camera.site}" if any(one.machine.site for one in fitting) else "all machines"
    )
    return f"{where}: no room ({', '.join(full)})"


def _compare(result: Placement, cameras: list[Camera], before: Mapping[str, str]) -> None:
    now = {name: one.machine.name for one in result.machines for name in one.cameras}
    for name, machine in sorted(now.items()):
        if name not in before:
            result.added.append((name, machine))
        elif before[name] != machine:
            result.moved.append((name, before[name], machine))
    known = {camera.name for camera in cameras}
    for name, machine in sorted(before.items()):
        if name not in known:
            result.removed.append((name, machine))
        elif name not in now:
            result.lost.append((name, machine))
    result.unplaced.sort(key=lambda one: one[0].name)


def _digest(*names: str) -> bytes:
    return hashlib.blake2b("/".join(names).encode(), digest_size=16).digest()
