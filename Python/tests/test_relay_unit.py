"""The relay's systemd unit, read by systemd itself."""

from __future__ import annotations

import re
import shlex
import subprocess

from relaying import ROOT, program

from norface.relay.cli import parser

UNIT = ROOT / "systemd" / "norface-relay@.service"


def test_systemd_takes_the_unit_and_finds_it_well_fenced(tmp_path):
    analyze = program("systemd-analyze")
    text = UNIT.read_text().replace("/usr/bin/norface-relay", "/bin/true")
    (tmp_path / "norface-relay@x.service").write_text(text)
    result = subprocess.run(
        [analyze, "verify", str(tmp_path / "norface-relay@x.service")], capture_output=True, text=True, check=False
    )
    complaints = [line for line in result.stderr.splitlines() if "norface-relay" in line]
    assert not complaints, complaints
    # Where systemd does not run it may not know; then `security` says so, and there is nothing to compare.
    result = subprocess.run(
        [analyze, "security", "--offline=yes", "--no-pager", str(tmp_path / "norface-relay@x.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    level = re.search(r"exposure level for .*: ([0-9.]+)", result.stdout)
    assert level and float(level[1]) < 2.5, result.stdout + result.stderr


def test_the_example_of_its_environment_is_a_command_line():
    text = (ROOT / "systemd" / "norface-relay.env").read_text()
    options = re.search(r'^RELAY_OPTIONS="(.*)"$', text, re.MULTILINE)
    assert options
    assert parser().parse_args(shlex.split(options[1])).kind == "mqtt"
