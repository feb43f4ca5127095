"""The files of a machine."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

from .inventory import Camera
from .placing import Filled

_HEAD = """\
# Made by `norface-fleet plan`; the next plan replaces it. Change the inventory instead.
"""


@dataclass(frozen=True)
class Relaying:
    """How the relay beside each daemon reaches NATS.

    Attributes:
        server: its address, without a password.
        stream, prefix, max_bytes: as for `norface relay nats`.
        queue: memory for what waits, as the relay takes it.
        user: name of a user, whose password is in `password`.
        password, creds, ca: paths on the machines; systemd hands the files to the relay.
    """

    server: str
    stream: str
    prefix: str
    max_bytes: int
    queue: str
    user: str | None = None
    password: str | None = None
    creds: str | None = None
    ca: str | None = None

    def options(self) -> list[str]:
        words = ["nats", "--server", self.server, "--stream", self.stream, "--prefix", self.prefix]
        words += ["--max-bytes", str(self.max_bytes), "--queue", self.queue]
        if self.user:
            words += ["--user", self.user, "--password-file", "password"]
        if self.creds:
            words += ["--creds-file", "nats.creds"]
        if self.ca:
            words += ["--ca", self.ca]
        return words


@dataclass(frozen=True)
class Daemon:
    """What all daemons have in common; None leaves a file of records or the metrics out."""

    socket: str = "/run/norface/norfaced.sock"
    metrics: str | None = "127.0.0.1:9464"
    records: str | None = None
    keep_hours: int = 24


def configuration(one: Filled, daemon: Daemon, stub: bool = False) -> str:
    """`norfaced.yaml` of a machine.

    Args:
        one: the machine with its cameras.
        daemon: what is the same everywhere.
        stub: put an address in the place of each `url_file`, to try the file where the secrets are not.
    """
    lines = [
        _HEAD.rstrip("\n"),
        f"# {one.machine.name}: {len(one.cameras)} cameras, {one.load:.2f} of {one.capacity:.2f} cores",
    ]
    lines += ["outputs:", f"  socket: {{path: {_scalar(daemon.socket)}}}"]
    if daemon.records:
        path = f"{daemon.records.rstrip('/')}/{{source}}.jsonl"
        lines += ["  files:"]
        lines += [f"    records: {{path: {_scalar(path)}, rotate_period: 1h, keep: {daemon.keep_hours}}}"]
    if daemon.metrics:
        lines += [f"http: {{listen: {_scalar(daemon.metrics)}}}"]
    lines += [f"limits: {{max_sources: {max(1, len(one.cameras))}}}"]
    lines += ["sources:" if one.cameras else "sources: {}"]
    for name in sorted(one.cameras):
        lines += _source(one.cameras[name], stub)
    return "\n".join(lines) + "\n"


def _source(camera: Camera, stub: bool) -> list[str]:
    values: dict[str, Any] = {} if camera.enabled else {"enabled": False}
    if camera.url is not None or stub:
        values["url"] = camera.url or "rtsp://localhost/stub"
    else:
        values["url_file"] = camera.url_file
    if camera.settings["capture"]:
        values["capture"] = camera.settings["capture"]
    values["analysis"] = {"max_rate": _tidy(camera.rate), **camera.settings["analysis"]}
    # Names such as `no` or `1e3` are something else to YAML without quotes.
    lines = [f"  {_scalar(camera.name)}:"]
    for key, value in values.items():
        lines.append(f"    {key}: {_scalar(value)}")
    return lines


def _scalar(value: Any) -> str:
    """JSON, which is YAML: nothing in it can be taken for something else."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_scalar(value[key])}" for key in sorted(value)) + "}"
    return json.dumps(value, ensure_ascii=False)


def _tidy(value: float) -> float | int:
    return int(value) if value == int(value) else value


def relay_environment(relaying: Relaying, daemon: Daemon) -> str:
    """`relay-nats.env`, which `norface-relay@nats.service` reads."""
    words = [*relaying.options(), "--socket", daemon.socket]
    line = shlex.join(words)
    # systemd takes what stands between double quotes, and splits at blanks.
    return f'{_HEAD}RELAY_OPTIONS="{line}"\n'


def relay_credentials(relaying: Relaying) -> str | None:
    """A drop-in of `norface-relay@nats.service` that hands it the secrets; None where it needs none."""
    lines = []
    if relaying.user:
        lines.append(f"LoadCredential=password:{relaying.password}")
    if relaying.creds:
        lines.append(f"LoadCredential=nats.creds:{relaying.creds}")
    return f"{_HEAD}[Service]\n" + "\n".join(lines) + "\n" if lines else None


def daemon_limits(one: Filled) -> str:
    """A drop-in of `norfaced.service`: descriptors and threads for so many cameras."""
    sources = len(one.cameras)
    return f"{_HEAD}[Service]\nLimitNOFILE={4096 + 16 * sources}\nTasksMax={256 + 16 * sources}\n"
