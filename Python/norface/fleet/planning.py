"""`norface-fleet plan`: from an inventory to a folder of configurations."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..relay.credentials import without_password
from ..relay.errors import Failure as RelayFailure
from . import values
from .costs import DECODED_PER_CORE, RATE_PER_CORE, Costs
from .errors import DATA, SOME, UNAVAILABLE, USAGE, Failure
from .inventory import Camera, read_inventory
from .machines import Machine, machines_of
from .placing import Filled, Placement, place
from .rendering import Daemon, Relaying, configuration, daemon_limits, relay_credentials, relay_environment
from .writing import VERSION, read_manifest, write_plan

# Bytes of a record with one face; a stream's own headers with it.
RECORD_BYTES = 2200


def in_range(least: float, most: float) -> Any:
    """A type of argparse: a number in a range."""

    def read(text: str) -> float:
        try:
            return values.number(text, least, most)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _size(text: str) -> tuple[int, int]:
    try:
        return values.size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `plan`."""
    parser.add_argument("inventory", type=Path, metavar="INVENTORY", help="cameras: CSV, or YAML (.yaml, .yml)")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="a folder for each machine, manifest.json"
    )
    parser.add_argument("--machines", required=True, metavar="N|FILE", help="how many, or a list of them (CSV, YAML)")
    parser.add_argument("--fresh", action="store_true", help="place every camera anew, whatever the plan in DIR says")
    parser.add_argument(
        "--check", metavar="PROGRAM", help="give each configuration to this norfaced, before anything is written"
    )
    sizes = parser.add_argument_group("what cameras take")
    sizes.add_argument(
        "--rate", type=in_range(0.01, 1000), default=1.0, help="frames analysed a second where a row tells none (1)"
    )
    sizes.add_argument("--fps", type=in_range(0.01, 1000), default=25.0, help="frames that such a camera sends (25)")
    sizes.add_argument("--size", type=_size, default=(640, 360), help="of its frames: 360p, 720p, WIDTHxHEIGHT (360p)")
    sizes.add_argument("--cores", type=in_range(0.1, 4096), default=4.0, help="of a machine that tells none (4)")
    sizes.add_argument(
        "--rate-per-core",
        type=in_range(0.1, 1e6),
        default=RATE_PER_CORE,
        metavar="N",
        help=f"frames that a core analyses a second ({RATE_PER_CORE:g})",
    )
    sizes.add_argument(
        "--decoded-per-core",
        type=in_range(0.1, 1e6),
        default=DECODED_PER_CORE,
        metavar="N",
        help=f"frames of 640x360 that a core decodes a second ({DECODED_PER_CORE:g})",
    )
    sizes.add_argument("--fill", type=in_range(0.05, 1), default=0.7, help="share of a machine that may be used (0.7)")
    relay = parser.add_argument_group("relays")
    relay.add_argument("--nats", default="nats://localhost:4222", metavar="URL", help="(nats://localhost:4222)")
    relay.add_argument("--stream", default="NORFACE", help="(NORFACE)")
    relay.add_argument("--prefix", default="norface", help="of all subjects (norface)")
    relay.add_argument("--keep", type=in_range(0.1, 8760), default=6.0, metavar="HOURS", help="that the stream holds (6)")
    relay.add_argument("--queue", default="32MiB", metavar="SIZE", help="what a relay holds while NATS is away (32MiB)")
    relay.add_argument("--user", help="of NATS; with --password-file")
    relay.add_argument("--password-file", metavar="PATH", help="on the machines; systemd hands it to the relay")
    relay.add_argument("--creds-file", metavar="PATH", help="on the machines: JWT and key")
    relay.add_argument("--ca", metavar="PATH", help="on the machines: certificate authority for TLS")
    daemon = parser.add_argument_group("daemons")
    daemon.add_argument("--socket", default="/run/norface/norfaced.sock", metavar="PATH", help="(/run/norface/norfaced.sock)")
    daemon.add_argument("--metrics", default="127.0.0.1:9464", metavar="ADDRESS", help="or none (127.0.0.1:9464)")
    daemon.add_argument("--records", metavar="FOLDER", help="on the machines: files of records, too, to fill gaps from")
    daemon.add_argument("--keep-records", type=int, default=24, metavar="HOURS", help="how long they are kept (24)")


def run(options: argparse.Namespace) -> int:
    """Plans. Returns the exit code."""
    daemon = Daemon(
        options.socket, None if options.metrics == "none" else options.metrics, options.records, options.keep_records
    )
    if bool(options.user) != bool(options.password_file):
        raise Failure(USAGE, "--user and --password-file go together")
    if options.keep_records < 1:
        raise Failure(USAGE, "--keep-records takes 1 or more")
    try:
        without_password(options.nats, "--password-file")
    except RelayFailure as failure:
        raise Failure(failure.code, failure.message) from None
    cameras = read_inventory(options.inventory, options.rate, options.fps, options.size)
    machines = machines_of(options.machines, options.cores)
    _check_machines(cameras, machines, options.inventory)
    before = None if options.fresh else read_manifest(options.output)
    costs = Costs(options.rate_per_core, options.decoded_per_core, options.fill)
    placement = place(cameras, machines, costs, before["cameras"] if before else {})
    records = sum(camera.rate for camera in cameras if camera.enabled)
    stream_bytes = max(1 << 30, int(records * RECORD_BYTES * options.keep * 3600))
    relaying = Relaying(
        options.nats,
        options.stream,
        options.prefix,
        stream_bytes,
        options.queue,
        options.user,
        options.password_file,
        options.creds_file,
        options.ca,
    )
    if options.check:
        _try(placement, daemon, options.check)
    files = _files(placement, daemon, relaying)
    manifest = _manifest(cameras, placement, costs, records, stream_bytes)
    notes = write_plan(options.output, files, manifest, read_manifest_or_none(options.output) if options.fresh else before)
    _tell(placement, cameras, notes)
    return SOME if placement.unplaced else 0


def read_manifest_or_none(folder: Path) -> dict[str, Any] | None:
    """The manifest that `--fresh` does not follow; one that is damaged is no reason to stop."""
    try:
        return read_manifest(folder)
    except Failure:
        return None


def _check_machines(cameras: list[Camera], machines: list[Machine], path: Path) -> None:
    names = {machine.name for machine in machines}
    wrong = [camera for camera in cameras if camera.machine is not None and camera.machine not in names]
    if wrong:
        lines = [f"{path}, line {camera.line}: there is no machine {camera.machine!r}" for camera in wrong]
        raise Failure(DATA, "\n".join(lines))


def _files(placement: Placement, daemon: Daemon, relaying: Relaying) -> dict[str, str]:
    files = {}
    for one in placement.machines:
        folder = one.machine.name
        files[f"{folder}/norfaced.yaml"] = configuration(one, daemon)
        files[f"{folder}/relay-nats.env"] = relay_environment(relaying, daemon)
        files[f"{folder}/norfaced.service.d/fleet.conf"] = daemon_limits(one)
        credentials = relay_credentials(relaying)
        if credentials:
            files[f"{folder}/norface-relay@nats.service.d/fleet.conf"] = credentials
    return files


def _manifest(cameras: list[Camera], placement: Placement, costs: Costs, records: float, stream_bytes: int) -> dict[str, Any]:
    placed = {name: one.machine.name for one in placement.machines for name in one.cameras}
    return {
        "version": VERSION,
        "cameras": placed,
        "machines": {one.machine.name: _machine(one) for one in placement.machines},
        "unplaced": [{"name": camera.name, "line": camera.line, "reason": why} for camera, why in placement.unplaced],
        "totals": {
            "cameras": len(cameras),
            "placed": len(placed),
            "unplaced": len(placement.unplaced),
            "disabled": sum(not camera.enabled for camera in cameras),
            "machines": len(placement.machines),
            "cores_needed": round(sum(map(costs.cores, cameras)), 3),
            "cores_usable": round(sum(one.capacity for one in placement.machines), 3),
            "records_a_second": round(records, 3),
            "stream_bytes": stream_bytes,
        },
    }


def _machine(one: Filled) -> dict[str, Any]:
    return {
        "cores": one.machine.cores,
        "site": one.machine.site,
        "cameras": len(one.cameras),
        "cores_usable": round(one.capacity, 3),
        "cores_needed": round(one.load, 3),
        "megabytes": round(one.megabytes),
        "records_a_second": round(sum(camera.rate for camera in one.cameras.values() if camera.enabled), 3),
        # What must be on the machine before its daemon starts.
        "url_files": sorted({camera.url_file for camera in one.cameras.values() if camera.url_file}),
    }


def _try(placement: Placement, daemon: Daemon, program: str) -> None:
    """Gives each configuration to `norfaced check`, with addresses in the place of secrets, which are elsewhere."""
    complaints = []
    with tempfile.TemporaryDirectory() as folder:
        for one in placement.machines:
            path = Path(folder) / f"{one.machine.name}.yaml"
            path.write_text(configuration(one, daemon, stub=True))
            try:
                done = subprocess.run([program, "check", str(path)], capture_output=True, text=True, check=False, timeout=60)
            except (OSError, subprocess.TimeoutExpired) as error:
                raise Failure(UNAVAILABLE, f"{program}: {error}") from None
            # Warnings come with exit code 0.
            if done.returncode:
                complaints.append(f"{one.machine.name}:\n{(done.stderr or done.stdout).strip()}".replace(f"{folder}/", ""))
    if complaints:
        raise Failure(DATA, "norfaced takes these configurations not:\n" + "\n".join(complaints))


def _tell(placement: Placement, cameras: list[Camera], notes: list[str]) -> None:
    print(f"{'machine':24} {'cameras':>8} {'cores':>8} {'of':>8} {'MB':>7}  records/s")
    for one in placement.machines:
        rate = sum(camera.rate for camera in one.cameras.values() if camera.enabled)
        row = f"{len(one.cameras):8} {one.load:8.2f} {one.capacity:8.2f} {one.megabytes:7.0f}  {rate:g}"
        print(f"{one.machine.name:24} {row}")
    for name, machine in placement.added:
        print(f"new      {name} -> {machine}")
    for name, old, new in placement.moved:
        print(f"moved    {name}: {old} -> {new}")
    for name, old in placement.removed:
        print(f"removed  {name} from {old}")
    stayed = sum(len(one.cameras) for one in placement.machines) - len(placement.added) - len(placement.moved)
    counts = (
        f"{len(placement.added)} new, {len(placement.moved)} moved, {len(placement.removed)} removed, {stayed} as they were"
    )
    print(f"{len(cameras)} cameras: {counts}, {len(placement.unplaced)} without a place")
    for name, old in placement.lost:
        print(f"norface-fleet plan: {name} has lost its place on {old}", file=sys.stderr)
    for camera, reason in placement.unplaced:
        print(f"norface-fleet plan: {camera.name} (line {camera.line}) has no place: {reason}", file=sys.stderr)
    for note in notes:
        print(f"norface-fleet plan: {note}", file=sys.stderr)
