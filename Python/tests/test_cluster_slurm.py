"""The array job on a real Slurm: three slurmd on this host, one of which is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from clustering import CLUSTER, Archive
from relaying import free_port, program, wait_for

pytestmark = pytest.mark.timeout(1200)

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}
SlurmUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=20
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
SlurmctldPort={ports[0]}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=4
KillWait=3
SchedulerParameters=sched_interval=1,batch_sched_delay=0
{nodes}
PartitionName=all Nodes=n[1-3] Default=YES MaxTime=INFINITE State=UP
"""


class Slurm:
    """A controller and three nodes of two processors each, all on this host."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "SLURM_CONF": str(folder / "slurm.conf"),
            "SBATCH_OPTIONS": f"--output={folder}/%A-%a.log",
        }
        self.processes: dict[str, subprocess.Popen] = {}

    def begin(self) -> None:
        munge = self.folder / "munge"
        munge.mkdir(mode=0o755)
        (munge / "key").write_bytes(os.urandom(128))
        (munge / "key").chmod(0o600)
        options = [
            item for name in ("socket", "pid-file", "log-file", "seed-file") for item in (f"--{name}", str(munge / name))
        ]
        self._start("munged", "--foreground", "--force", "--key-file", str(munge / "key"), *options)
        wait_for((munge / "socket").exists, 20, "munged")
        ports = [free_port() for _ in range(4)]
        host = socket.gethostname().split(".")[0]
        nodes = "\n".join(
            f"NodeName=n{number} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[number]} CPUs=2 RealMemory=6000 State=UNKNOWN"
            for number in (1, 2, 3)
        )
        text = CONFIGURATION.format(host=host, user="root", folder=self.folder, ports=ports, nodes=nodes)
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "state").mkdir()
        self._start("slurmctld", "-D", "-i")
        for number in (1, 2, 3):
            self.begin_node(number)
        wait_for(lambda: self.call("sinfo", "-h", "-t", "idle", "-o", "%D").strip() == "3", 60, "three idle nodes")

    def begin_node(self, number: int) -> None:
        (self.folder / f"spool-n{number}").mkdir(exist_ok=True)
        self._start("slurmd", "-D", "-N", f"n{number}", name=f"n{number}")

    def _start(self, command: str, *arguments: str, name: str = "") -> None:
        self.processes[name or command] = subprocess.Popen(
            [program(command), *arguments], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def call(self, command: str, *arguments: str, environment: dict[str, str] | None = None) -> str:
        result = subprocess.run(
            [command, *arguments], env=environment or self.environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert result.returncode == 0, f"{command} {arguments}: {result.stderr}"
        return result.stdout

    def submit(self, archive: Archive, results: Path, parts: int, *options: str, array: str = "") -> str:
        """The job's number."""
        environment = {**self.environment, "NORFACE": archive.norface}
        environment["SBATCH_OPTIONS"] += f" --array={array}" if array else ""
        arguments = [str(archive.list), str(results), str(parts), *options]
        return self.call(str(CLUSTER / "slurm" / "submit"), *arguments, environment=environment).split()[-1]

    def waits(self) -> bool:
        return bool(self.call("squeue", "-h").strip())

    def lose(self, number: int) -> int:
        """Kills a node as a power cut would: its slurmd, and all that runs there. Gives the number of processes."""
        self.processes[f"n{number}"].kill()
        self.processes[f"n{number}"].wait()
        return kill_all_with(f"SLURMD_NODENAME=n{number}", f"SLURM_CONF={self.folder}/slurm.conf")

    def end(self) -> None:
        with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
            self.call("scancel", "--full", "--user", "root")
        for process in reversed(self.processes.values()):
            process.kill()
            process.wait()
        kill_all_with(f"SLURM_CONF={self.folder}/slurm.conf")


def kill_all_with(*entries: str) -> int:
    """Ends the processes that have all these entries in their environment, and the slurmstepd above them."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environment = (process / "environ").read_bytes().decode(errors="replace").split("\0")
            if int(process.name) != os.getpid() and all(entry in environment for entry in entries):
                found.add(int(process.name))
                parent = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if "slurmstepd" in (Path("/proc") / str(parent) / "comm").read_text():
                    found.add(parent)
    for number in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    return len(found)


@pytest.fixture(scope="module")
def slurm(tmp_path_factory) -> Iterator[Slurm]:
    for command in ("munged", "slurmctld", "slurmd", "sbatch"):
        program(command)
    if os.geteuid() != 0:
        pytest.skip("several slurmd on one host need root")
    cluster = Slurm(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.begin()
        yield cluster
    finally:
        cluster.end()


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Archive:
    return Archive(tmp_path_factory.mktemp("archive"))


def test_parts_together_are_what_one_machine_makes(slurm, archive):
    results = archive.fresh("whole")
    slurm.submit(archive, results, 4)
    wait_for(lambda: not slurm.waits(), 400, "the array job")
    archive.compare(results)
    assert sorted(path.name for path in results.glob("summary-*")) == [f"summary-{n}-of-4.csv" for n in (1, 2, 3, 4)]


def test_a_node_is_lost_and_what_is_left_is_done_elsewhere(slurm, archive):
    results = archive.fresh("lost")
    slurm.submit(archive, results, 6)
    wait_for(lambda: archive.done(results) >= 4, 300)
    assert "n2" in slurm.call("squeue", "-h", "-t", "R", "-o", "%N")
    assert slurm.lose(2) >= 2
    before = archive.done(results)
    assert before < len(archive.names)
    finished = {path.name: path.stat().st_mtime_ns for path in results.glob("*.meta.json")}
    wait_for(lambda: not slurm.waits(), 400, "the array job")
    # What the lost node had begun was given to another one by Slurm itself; sent again, the job finds nothing to do.
    slurm.begin_node(2)
    slurm.submit(archive, results, 6)
    wait_for(lambda: not slurm.waits(), 400, "the array job, sent again")
    archive.compare(results)
    # What was finished before the loss was not made anew.
    assert all((results / name).stat().st_mtime_ns == at for name, at in finished.items())


def test_some_parts_only_are_the_same_parts(slurm, archive):
    results = archive.fresh("some")
    slurm.submit(archive, results, 4, array="2")
    wait_for(lambda: not slurm.waits(), 400)
    part = {path.name for path in results.glob("*.jsonl")}
    assert 0 < len(part) < len(archive.names)
    assert [path.name for path in results.glob("summary-*")] == ["summary-2-of-4.csv"]
    slurm.submit(archive, results, 4, array="1,3,4")
    wait_for(lambda: not slurm.waits(), 400)
    archive.compare(results)


def test_a_recording_that_is_damaged_fails_its_part_once_and_no_other(slurm, archive, tmp_path):
    results = archive.fresh("damaged")
    (tmp_path / "bad.mp4").write_bytes(b"no video at all" * 100)
    names = [*archive.names[:4], str(tmp_path / "bad.mp4")]
    listed = tmp_path / "list.txt"
    listed.write_text("".join(name + "\n" for name in names))
    whole, archive.list = archive.list, listed
    try:
        job = slurm.submit(archive, results, 2)
        wait_for(lambda: not slurm.waits(), 400)
    finally:
        archive.list = whole
    assert archive.done(results) == 4
    logs = "".join(path.read_text() for path in slurm.folder.glob(f"{job}-*.log"))
    assert "bad.mp4" in logs and "queued again" not in logs and "attempt 2" not in logs
