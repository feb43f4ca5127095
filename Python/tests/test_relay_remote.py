"""Subscribers on other machines, as Documentation/Operating.md tells: through ssh, and through systemd-socket-proxyd."""

from __future__ import annotations

import contextlib
import getpass
import itertools
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from relaying import daemon, free_port, program, relay, server, wait_for

pytestmark = pytest.mark.timeout(180)


@contextlib.contextmanager
def ssh_server(folder: Path) -> Iterator[list[str]]:
    """A real sshd on a port of its own; gives the words that reach it."""
    sshd, keygen = program("sshd"), program("ssh-keygen")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name in ("host", "user"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    # As documented: the key is good for the tunnel and nothing else.
    key = (folder / "user.pub").read_text()
    (folder / "authorized_keys").write_text(f'restrict,port-forwarding,command="/bin/false" {key}')
    port = free_port()
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\n"
        "UsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nAllowStreamLocalForwarding yes\n"
        f"PidFile {folder}/sshd.pid\n"
    )
    options = ["-i", str(folder / "user"), "-p", str(port), "-o", f"UserKnownHostsFile={folder}/known"]
    options += ["-o", "StrictHostKeyChecking=accept-new", "-o", "IdentitiesOnly=yes", "-F", "none"]
    with server([sshd, "-D", "-f", str(folder / "sshd_config")], port):
        yield [program("ssh"), *options, f"{getpass.getuser()}@127.0.0.1"]


def lines_through(path: Path, count: int) -> list[dict]:
    norface = program("norface")
    command = [norface, "subscribe", "--socket", str(path), "--records-only", "-n", str(count)]
    result = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_through_ssh_and_again_when_the_connection_breaks(tmp_path):
    redis = pytest.importorskip("redis", reason="redis is not installed")
    local = tmp_path / "local.sock"
    with daemon(tmp_path) as path, ssh_server(tmp_path) as ssh:
        # As documented: no command, the old socket is removed, a dead link is noticed.
        tunnel = [*ssh[:1], "-N", "-L", f"{local}:{path}", "-o", "StreamLocalBindUnlink=yes", "-o", "ExitOnForwardFailure=yes"]
        tunnel += ["-o", "ServerAliveInterval=5", *ssh[1:]]
        port = free_port()
        arguments = [program("redis-server"), "--port", str(port), "--save", "", "--dir", str(tmp_path)]
        with server(arguments, port), relay("redis", "--url", f"redis://127.0.0.1:{port}/0", "--socket", str(local)) as process:
            client = redis.Redis(port=port)
            assert subprocess.run([*ssh, "id"], capture_output=True, check=False, timeout=30).stdout == b""
            with server(tunnel):
                wait_for(local.exists, 30, "the forwarded socket")
                assert [line["source"] for line in lines_through(local, 5)] == ["door"] * 5
                wait_for(lambda: client.xlen("norface:door:faces") >= 10, 60)
            wait_for(lambda: "trying again" in process.said, 30)
            with server(tunnel):
                seen = client.xlen("norface:door:faces")
                wait_for(lambda: client.xlen("norface:door:faces") >= seen + 10, 60)
            records = [json.loads(fields[b"line"]) for _, fields in client.xrange("norface:door:faces")]
            process.stop()
    # What was missed while there was no way through is told, for it is the same run of the daemon.
    losses = 0
    for before, after in itertools.pairwise(records):
        missing = after["seq"] - before["seq"] - 1
        assert after["dropped"] >= missing
        losses += missing
    assert losses > 0


def test_through_two_proxies_of_systemd(tmp_path):
    activate = program("systemd-socket-activate")
    proxy = shutil.which("systemd-socket-proxyd", path=os.environ["PATH"] + ":/lib/systemd:/usr/lib/systemd")
    if proxy is None:
        pytest.skip("systemd-socket-proxyd is not installed")
    port, local = free_port(), tmp_path / "far.sock"
    with daemon(tmp_path) as path:
        # What the .socket and .service units do, without a systemd that runs.
        near = [activate, "-l", f"127.0.0.1:{port}", proxy, str(path)]
        far = [activate, "-l", str(local), proxy, f"127.0.0.1:{port}"]
        with server(near, None), server(far, None):
            wait_for(local.exists, 20)
            wait_for(lambda: answers(local), 30)
            assert [line["source"] for line in lines_through(local, 5)] == ["door"] * 5
            subprocess.run([program("norface"), "mark", "--socket", str(local), "from afar"], check=True, timeout=30)


def answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
            return b'"event":"run"' in probe.recv(100)
        except OSError:
            return False
