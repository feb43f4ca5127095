"""Cameras on machines: what an inventory may say, who goes where, and that the daemon takes what is written."""

from __future__ import annotations

import json
import random
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from relaying import ROOT, program

from norface.fleet import keys
from norface.fleet.cli import main
from norface.fleet.costs import Costs
from norface.fleet.inventory import Camera
from norface.fleet.machines import Machine
from norface.fleet.placing import place
from norface.relay.cli import parser as relay_parser

pytestmark = pytest.mark.timeout(120)
HEAD = "name,url,url_file,site,rate\n"


def cameras_csv(folder: Path, count: int, first: int = 1) -> Path:
    path = folder / "cameras.csv"
    rows = [
        f"cam-{number:04},,secrets/cam-{number:04},{'ab'[number % 2]},{1 + number % 3}"
        for number in range(first, first + count)
    ]
    path.write_text(HEAD + "\n".join(rows) + "\n")
    return path


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def plan(inventory: Path, output: Path, *options: str, machines: str = "8") -> int:
    return main(["plan", str(inventory), "-o", str(output), "--machines", machines, *options])


def placed(output: Path) -> dict[str, str]:
    return dict(json.loads((output / "manifest.json").read_text())["cameras"])


def fails(
    capsys: pytest.CaptureFixture[str], text: str, folder: Path, name: str = "bad.csv", code: int = 65, *more: str
) -> list[str]:
    path = folder / name
    path.write_text(text)
    assert plan(path, folder / "plan", *more) == code
    assert not (folder / "plan").exists()
    return [line.removeprefix(f"norface-fleet plan: {path}, ") for line in capsys.readouterr().err.splitlines()]


def test_the_keys_are_those_of_the_daemon():
    text = (ROOT / "Config" / "norfaced.yaml").read_text()
    for section, known in (("analysis", keys.ANALYSIS), ("capture", keys.CAPTURE)):
        block = re.search(rf"^{section}:\n((?:  .*\n|\n)+)", text, re.MULTILINE)
        assert block and tuple(re.findall(r"^  (\w+):", block[1], re.MULTILINE)) == known


def test_the_daemon_takes_every_configuration(tmp_path):
    norfaced = program("norfaced")
    inventory = tmp_path / "cameras.csv"
    odd = [
        "name,url,url_file,rate,fps,size,enabled,analysis.max_faces,analysis.detector,analysis.thresholds.AU12,analysis.patience,capture.transport",
        "no,rtsp://user@192.168.1.20/a?b=1#c,,0.5,15,720p,true,3,full,0.8,1s,udp",
        "1e3,/srv/clips/a: b {c}.mp4,,,,,false,,,,,",
        '-,"http://x/a,""b"" \'c\' %20",,2.25,,1920x1080,,,,,,',
        "true,v4l2:/dev/video0,,,,,,,,,,",
        "café".replace("é", "e") + ",/srv/Müller/#1.mp4,,,,,,,,,,",
    ]
    inventory.write_text("\n".join([*odd, *(f"cam-{number},,secrets/cam-{number},,,,,,,,," for number in range(120))]) + "\n")
    assert plan(inventory, tmp_path / "plan", "--check", norfaced, "--records", "/var/lib/norface", machines="4") == 0
    for path in (tmp_path / "plan").glob("*/norfaced.yaml"):
        (path.parent / "secrets").mkdir()
        for name in re.findall(r'url_file: "(.*)"', path.read_text()):
            (path.parent / name).write_text("rtsp://viewer:secret@192.168.1.20/x\n")
            (path.parent / name).chmod(0o600)
        done = subprocess.run([norfaced, "check", "--print", str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "warning" not in done.stderr.lower(), done.stderr
        assert len(re.findall(r"^ +\S+ +.*max_rate", done.stdout, re.MULTILINE)) >= 1 or "max_rate" in done.stdout


def test_what_the_daemon_refuses_is_told_before_anything_is_written(tmp_path, capsys):
    norfaced = program("norfaced")
    text = "name,url,analysis.max_faces\ndoor,rtsp://x/y,4\nhall,rtsp://x/z,500\n"
    told = fails(capsys, text, tmp_path, "bad.csv", 65, "--check", norfaced)
    assert any("sources.hall.analysis.max_faces" in line for line in told), told


def test_systemd_and_the_relay_take_the_files_of_the_relay(tmp_path):
    options = ["--user", "cam", "--password-file", "/etc/norface/secrets/nats", "--nats", "nats://broker.example:4222"]
    assert plan(cameras_csv(tmp_path, 6), tmp_path / "plan", *options, "--ca", "/etc/norface/ca.pem", machines="2") == 0
    for machine in ("machine-001", "machine-002"):
        folder = tmp_path / "plan" / machine
        line = re.search(r'^RELAY_OPTIONS="(.*)"$', (folder / "relay-nats.env").read_text(), re.MULTILINE)
        parsed = relay_parser().parse_args(shlex.split(line[1]))
        assert (parsed.kind, parsed.server, parsed.user) == ("nats", "nats://broker.example:4222", "cam")
        assert parsed.queue == 32 << 20 and parsed.max_bytes >= 1 << 30
        assert (
            "LoadCredential=password:/etc/norface/secrets/nats"
            in (folder / "norface-relay@nats.service.d/fleet.conf").read_text()
        )
    systemd = shutil.which("systemd-analyze")
    if systemd is None:
        pytest.skip("systemd-analyze is not on the PATH")
    for unit, drop_in in (
        ("norfaced.service", "norfaced.service.d"),
        ("norface-relay@nats.service", "norface-relay@nats.service.d"),
    ):
        original = unit.replace("@nats", "@")
        text = (ROOT / "systemd" / original).read_text()
        text = re.sub(r"^ExecStart=\S+.*$", "ExecStart=/bin/true", text, flags=re.MULTILINE)
        (tmp_path / unit).write_text(text)
        shutil.copytree(tmp_path / "plan" / "machine-001" / drop_in, tmp_path / f"{unit}.d", dirs_exist_ok=True)
        done = subprocess.run([systemd, "verify", str(tmp_path / unit)], capture_output=True, text=True, check=False)
        assert "fleet.conf" not in done.stderr, done.stderr


def test_the_same_input_gives_the_same_bytes_in_any_order(tmp_path):
    inventory = cameras_csv(tmp_path, 60)
    assert plan(inventory, tmp_path / "one") == plan(inventory, tmp_path / "two") == 0
    before = bytes_of(tmp_path / "one")
    assert before == bytes_of(tmp_path / "two")
    # Again over what is there.
    assert plan(inventory, tmp_path / "one") == 0 and bytes_of(tmp_path / "one") == before
    head, *rows = inventory.read_text().splitlines()
    random.Random(1).shuffle(rows)
    inventory.write_text("\n".join([head, *rows]) + "\n")
    assert plan(inventory, tmp_path / "three") == 0 and bytes_of(tmp_path / "three") == before


def test_yaml_and_csv_that_say_the_same_give_the_same_bytes(tmp_path):
    (tmp_path / "a.csv").write_text(
        "name;url;group;rate;analysis.max_faces;analysis.head\ndoor;rtsp://x/y;a;2;4;true\nhall;rtsp://x/z;;;;\n"
    )
    (tmp_path / "a.yaml").write_text(
        "cameras:\n  - {name: door, url: 'rtsp://x/y', group: a, rate: 2, analysis: {max_faces: 4, head: true}}\n"
        "  - name: hall\n    url: rtsp://x/z\n"
    )
    assert plan(tmp_path / "a.csv", tmp_path / "one") == plan(tmp_path / "a.yaml", tmp_path / "two") == 0
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")


def test_adding_cameras_and_machines_moves_nobody(tmp_path, capsys):
    output = tmp_path / "plan"
    assert plan(cameras_csv(tmp_path, 100), output) == 0
    first = placed(output)
    capsys.readouterr()
    assert plan(cameras_csv(tmp_path, 103), output) == 0
    told = capsys.readouterr().out
    second = placed(output)
    assert all(second[name] == machine for name, machine in first.items()) and len(second) == 103
    assert told.count("\nnew ") == 3 and "3 new, 0 moved, 0 removed, 100 as they were" in told
    assert plan(cameras_csv(tmp_path, 103), output, machines="9") == 0 and placed(output) == second
    assert plan(cameras_csv(tmp_path, 105), output, machines="9") == 0
    # The new machine is the least filled one: it gets what comes.
    assert {placed(output)[name] for name in ("cam-0104", "cam-0105")} == {"machine-009"}


def test_a_machine_that_goes_moves_its_own_cameras_alone(tmp_path, capsys):
    output = tmp_path / "plan"
    assert plan(cameras_csv(tmp_path, 100), output, machines="8") == 0
    before = placed(output)
    capsys.readouterr()
    assert plan(cameras_csv(tmp_path, 100), output, machines="7") == 0
    after, told = placed(output), capsys.readouterr()
    gone = {name for name, machine in before.items() if machine == "machine-008"}
    assert {name for name in after if after[name] != before[name]} == gone and gone
    assert all(f"moved    {name}: machine-008 -> {after[name]}" in told.out for name in gone)
    assert not (output / "machine-008").exists() and "machine-008/norfaced.yaml: belongs to no machine any more" in told.err


def test_files_that_somebody_changed_are_told_and_not_removed(tmp_path, capsys):
    output = tmp_path / "plan"
    assert plan(cameras_csv(tmp_path, 10), output, machines="3") == 0
    for name in ("machine-001", "machine-003"):
        with open(output / name / "norfaced.yaml", "a") as file:
            file.write("# mine\n")
    assert plan(cameras_csv(tmp_path, 10), output, machines="2") == 0
    told = capsys.readouterr().err
    assert "machine-003/norfaced.yaml: belongs to no machine any more; it was changed by hand, and stays" in told
    assert "machine-001/norfaced.yaml: was changed by hand since the last plan, and is replaced" in told
    assert (output / "machine-003" / "norfaced.yaml").exists()


def test_what_does_not_fit_is_told_and_is_an_error(tmp_path, capsys):
    output = tmp_path / "plan"
    assert plan(cameras_csv(tmp_path, 100), output, "--cores", "1", machines="2") == 2
    told = capsys.readouterr()
    manifest = json.loads((output / "manifest.json").read_text())
    without = manifest["totals"]["unplaced"]
    assert 0 < without < 100 and manifest["totals"]["placed"] == 100 - without == len(manifest["cameras"])
    assert told.err.count("has no place: all machines: no room (cores)") == without == len(manifest["unplaced"])
    for one in manifest["machines"].values():
        assert one["cores_needed"] <= one["cores_usable"]
    # More machines, and all have a place; nobody moved.
    before = placed(output)
    assert plan(cameras_csv(tmp_path, 100), output, "--cores", "1", machines="24") == 0
    assert all(placed(output)[name] == machine for name, machine in before.items())


def test_a_camera_that_becomes_too_much_moves_as_few_as_will_do(tmp_path, capsys):
    costs = Costs(10, 1e6, 1.0)

    def camera(name: str, rate: float) -> Camera:
        return Camera(name, "rtsp://x", None, None, rate, rate, (640, 360), None, True, {"analysis": {}, "capture": {}})

    machines = [Machine("a", 1), Machine("b", 1)]
    before = {f"c{number}": "a" for number in range(5)}
    result = place([camera(f"c{number}", 2) for number in range(4)] + [camera("c4", 4)], machines, costs, before)
    assert len(result.moved) == 1 and result.moved[0][:2] == ("c4", "a") and not result.unplaced


@pytest.mark.parametrize("seed", range(15))
def test_no_machine_ever_has_more_than_it_can_have(seed):
    dice = random.Random(seed)
    costs = Costs(40, 650, 0.7)
    before: dict[str, str] = {}
    for _ in range(6):
        machines = [
            Machine(
                f"m{number}",
                dice.choice((1, 2, 8)),
                dice.choice((None, None, "a")),
                dice.choice((None, 0.5)),
                dice.choice((20, 1024)),
            )
            for number in range(dice.randrange(1, 8))
        ]
        cameras = [
            Camera(f"c{number}", "x", None, dice.choice((None, "a", "b")), dice.choice((1, 5)), 25, (640, 360), None, True)
            for number in sorted(dice.sample(range(150), 60))
        ]
        result = place(cameras, machines, costs, before)
        now = {name: one.machine.name for one in result.machines for name in one.cameras}
        assert len(now) + len(result.unplaced) == 60 and not set(now) & {one.name for one, _ in result.unplaced}
        for one in result.machines:
            assert one.refuses() is None
            assert all(one.machine.site in (None, camera.site) for camera in one.cameras.values())
        # Nobody who is left out would have had room.
        for camera, _ in result.unplaced:
            assert all(one.refuses(camera) for one in result.machines if one.is_for(camera))
        assert {name for name, _, _ in result.moved} == {name for name in now if name in before and before[name] != now[name]}
        before = now


def test_sites_and_pins_are_kept(tmp_path, capsys):
    (tmp_path / "machines.yaml").write_text(
        "machines:\n  - {name: east, cores: 4, site: a}\n  - {name: west, cores: 4, site: b}\n  - {name: any, cores: 2, memory: 2}\n"
    )
    (tmp_path / "cameras.csv").write_text(
        "name,url,site,machine\n"
        + "".join(f"c{number},rtsp://x/{number},{'ab'[number % 2]},\n" for number in range(30))
        + "p,rtsp://x,a,any\n"
    )
    assert plan(tmp_path / "cameras.csv", tmp_path / "plan", machines=str(tmp_path / "machines.yaml")) == 0
    where = placed(tmp_path / "plan")
    assert where["p"] == "any"
    assert all(where[f"c{number}"] in (("east", "west")[number % 2], "any") for number in range(30))
    (tmp_path / "cameras.csv").write_text("name,url,site,machine\nq,rtsp://x,c,west\nr,rtsp://x,a,north\n")
    assert plan(tmp_path / "cameras.csv", tmp_path / "plan", machines=str(tmp_path / "machines.yaml")) == 65
    assert "line 3: there is no machine 'north'" in capsys.readouterr().err


def test_all_that_is_wrong_is_told_at_once_with_its_line(tmp_path, capsys):
    text = (
        "name,url,url_file,rate,analysis.max_facs\n"
        "door,rtsp://viewer:s3cret@x/y,,1,\n"
        "door,rtsp://x/y?token=s3cret,,fast,\n"
        '"ha\nll",rtsp://x/y,,,\n'
        "foyer,,,,\n"
        "\n"
        "both,rtsp://x,secrets/x,,\n"
        "long,rtsp://x,,,,,\n"
        ",rtsp://x,,,\n"
    )
    told = fails(capsys, text, tmp_path)
    assert [line.split(":")[0] for line in told] == [f"line {number}" for number in (1, 2, 3, 3, 3, 4, 6, 8, 9, 10)]
    whole = "\n".join(told)
    assert "s3cret" not in whole
    for words in (
        "unknown key 'analysis.max_facs'; did you mean analysis.max_faces?",
        "line 2: url: a password stands in it",
        "line 3: the name 'door' is taken by line 2",
        "line 3: rate: a number from 0.01 to 1000 is expected, not 'fast'",
        "line 4: name: letters, digits, - and _ are expected",
        "line 6: url or url_file is missing",
        "line 8: url and url_file exclude each other",
        "line 9: 7 cells, and 5 columns",
        "line 10: name is missing",
    ):
        assert words in whole, (words, whole)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "bad.yaml",
            "cameras:\n  - {name: door, url: 'rtsp://x', analysis: {max_faces: [1]}}\n",
            "line 2: analysis.max_faces: a list",
        ),
        (
            "bad.yaml",
            "- {name: door, url: 'rtsp://x'}\n- {name: door, url: 'rtsp://x'}\n",
            "line 2: the name 'door' is taken by line 1",
        ),
        ("bad.yaml", "- name: door\n  url: rtsp://x\n  url: rtsp://y\n", "line 3: url is there twice"),
        ("bad.yaml", "- [door]\n", "line 1: a mapping"),
        ("bad.yaml", "cams: []\n", "a list, or cameras: with a list"),
        ("bad.yaml", "- {name: door\n", "no YAML"),
        ("bad.yaml", "- {name: door, url: x, sites: b}\n", "did you mean site"),
        ("bad.csv", "", "line 1: no cameras"),
        ("bad.csv", HEAD, "line 1: no cameras"),
        ("bad.csv", 'name,url\ndoor,"rtsp://x\n', "no CSV"),
        ("bad.csv", "name,url,name\ndoor,rtsp://x,b\n", "two columns are called 'name'"),
        ("bad.csv", "name,url,site,group\ndoor,rtsp://x,a,b\n", "site and group are two names"),
        ("bad.csv", "name,url,analysis.thresholds\ndoor,rtsp://x,1\n", "analysis.thresholds: a name must follow"),
        ("bad.csv", "name,url,rate,fps\ndoor,rtsp://x,30,10\n", "rate: 30 is more than the 10 frames"),
        ("bad.csv", "name,url,analysis.max_rate\ndoor,rtsp://x,30\n", "the column rate says it"),
        ("bad.csv", "name,url,size\ndoor,rtsp://x,large\n", "size: 360p"),
        ("bad.csv", "name,url\ndoor,clip.mp4\n", "a URL or an absolute path"),
    ],
)
def test_bad_inventories_are_told(tmp_path, capsys, name, text, expected):
    assert any(expected in line for line in fails(capsys, text, tmp_path, name)), expected


def test_files_that_are_not_there_and_wrong_options(tmp_path, capsys):
    good = cameras_csv(tmp_path, 3)
    assert plan(tmp_path / "none.csv", tmp_path / "plan") == 66
    assert plan(good, tmp_path / "plan", machines=str(tmp_path / "none.csv")) == 66
    assert plan(good, tmp_path / "plan", machines="0") == 64
    assert plan(good, tmp_path / "plan", "--nats", "nats://u:p@x:4222") == 64
    assert plan(good, tmp_path / "plan", "--user", "u") == 64
    assert plan(good, tmp_path / "plan", "--check", str(tmp_path / "none")) == 69
    assert not (tmp_path / "plan").exists()
    (tmp_path / "file").write_text("")
    assert plan(good, tmp_path / "file") == 73
    (tmp_path / "latin.csv").write_bytes(b"name,url\nt\xfcr,rtsp://x\n")
    assert plan(tmp_path / "latin.csv", tmp_path / "plan") == 65
    assert plan(good, tmp_path / "plan") == 0
    (tmp_path / "plan" / "manifest.json").write_text("{}")
    assert plan(good, tmp_path / "plan") == 65 and plan(good, tmp_path / "plan", "--fresh") == 0
    capsys.readouterr()


def test_thousands_of_cameras_are_divided_in_seconds(tmp_path):
    assert plan(cameras_csv(tmp_path, 3000), tmp_path / "plan", "--cores", "16", machines="60") == 0
    manifest = json.loads((tmp_path / "plan" / "manifest.json").read_text())
    loads = [one["cores_needed"] for one in manifest["machines"].values()]
    assert manifest["totals"]["placed"] == 3000 and max(loads) - min(loads) < 0.3
