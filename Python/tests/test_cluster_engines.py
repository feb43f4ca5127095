"""The same archive on Ray, Dask and Snakemake, and what can be said of manifests that are not run."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from clustering import CLUSTER, Archive
from relaying import ROOT, wait_for

from norface.cluster import parts
from norface.cluster.check import check

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Archive:
    return Archive(tmp_path_factory.mktemp("archive"), 18)


def cluster(*arguments: str) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "Python"), "RAY_DISABLE_IMPORT_WARNING": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "norface.cluster", *arguments], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )


def programs_below(pid: int, results: Path) -> list[int]:
    """The numbers of the norface processes that write to `results` and come from `pid` or its workers."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"analyze" in words and f"{results}/".encode() in words and os.path.basename(words[0]).startswith(b"norface"):
            found.append(int(process.name))
    return [number for number in found if number != pid]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


@pytest.mark.parametrize("engine", ["ray", "dask"])
def test_a_worker_is_killed_and_nothing_is_missing_or_doubled(engine, archive):
    pytest.importorskip({"ray": "ray", "dask": "distributed"}[engine], reason=f"{engine} is not installed")
    results = archive.fresh(engine)
    local = ["--cpus", "1"] if engine == "ray" else ["--workers", "2"]
    arguments = [engine, str(archive.list), "-o", str(results), "--parts", "6", "--norface", archive.norface, *local]
    process = cluster(*arguments)
    said: list[bytes] = []
    reader = threading.Thread(target=lambda: said.extend(process.stderr), daemon=True)
    reader.start()
    try:
        running = wait_for(lambda: process.poll() is not None or programs_below(process.pid, results), 120, "a part that runs")
        assert running is not True, b"".join(said).decode()
        worker = parent_of(running[0])
        assert worker not in (1, process.pid)
        os.kill(worker, signal.SIGKILL)
        # Its program ends with it, so that another worker can have its files.
        wait_for(lambda: running[0] not in programs_below(process.pid, results), 20, "the end of the program of the worker")
        assert process.wait(500) == 0, b"".join(said).decode()
    finally:
        process.kill()
        process.wait()
        reader.join(5)
    archive.compare(results)
    text = b"".join(said).decode()
    assert "6/6 part" in text and "all parts in" in text


def test_snakemake_makes_the_same_and_begins_nothing_twice(archive):
    snakemake = shutil.which("snakemake") or shutil.which("snakemake", path=os.path.dirname(sys.executable))
    if snakemake is None:
        pytest.skip("snakemake is not installed")
    results = archive.fresh("snakemake")
    command = [snakemake, "--snakefile", str(CLUSTER / "snakemake" / "Snakefile"), "--cores", "2", "--retries", "1"]
    command += ["--config", f"list={archive.list}", f"results={results}", "parts=3", f"norface={archive.norface}"]
    # Stopped in the middle, then sent again.
    process = subprocess.Popen(command, cwd=archive.folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    wait_for(lambda: process.poll() is not None or archive.done(results) >= 2, 300)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    subprocess.run([*command, "--unlock"], cwd=archive.folder, check=False, capture_output=True)
    result = subprocess.run(command, cwd=archive.folder, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    archive.compare(results)
    again = subprocess.run(command, cwd=archive.folder, check=True, capture_output=True, text=True)
    assert "Nothing to be done" in again.stdout + again.stderr


def test_the_check_finds_what_is_wrong(archive, tmp_path):
    results = tmp_path / "results"
    shutil.copytree(archive.alone, results)
    assert check(archive.list, results).good
    names = [Path(name).stem for name in archive.names]
    (results / f"{names[0]}.meta.json").unlink()
    shutil.copy(results / f"{names[1]}.meta.json", results / "other.meta.json")
    lines = (results / f"{names[2]}.jsonl").read_bytes().splitlines(keepends=True)
    (results / f"{names[2]}.jsonl").write_bytes(b"".join(lines[:-1]))
    (results / f"{names[3]}.jsonl").unlink()
    # As many bytes, and another number of lines.
    content = (results / f"{names[4]}.jsonl").read_bytes()
    (results / f"{names[4]}.jsonl").write_bytes(content.replace(b"\n", b" ", 1))
    report = check(archive.list, results)
    assert [Path(name).stem for name in report.missing] == [names[0]]
    assert [Path(name).stem for name in report.doubled] == [names[1]]
    assert [Path(name).stem for name in report.broken] == [names[2], names[3], names[4]]
    assert report.whole == len(names) - 5 and not report.good
    process = cluster("check", str(archive.list), str(results))
    assert process.wait() == 2 and b"3 broken" in process.stdout.read()


def test_what_may_pass_is_tried_again_and_what_may_not_is_not(tmp_path):
    script = tmp_path / "norface"
    script.write_text('#!/bin/sh\necho x >> "$(dirname $0)/calls"\nexit $(head -1 "$(dirname $0)/code")\n')
    script.chmod(0o755)
    archive = parts.Archive("list", "results/", 4, ("--every", "2"), str(script))
    assert archive.command(3)[1:] == [
        "analyze",
        "--files-from",
        "list",
        "--shard",
        "3/4",
        "--resume",
        "--output",
        "results/",
        "--every",
        "2",
    ]
    for code, calls in ((0, 1), (2, 1), (64, 1)):
        (tmp_path / "calls").unlink(missing_ok=True)
        (tmp_path / "code").write_text(f"{code}\n")
        assert parts.run_part(archive, 1, pause=0).code == code
        assert len((tmp_path / "calls").read_text()) == 2 * calls
    for code in (74, 75, 143):
        (tmp_path / "calls").unlink()
        (tmp_path / "code").write_text(f"{code}\n")
        with pytest.raises(parts.PartFailed, match=f"ended with {code}"):
            parts.run_part(archive, 1, pause=0)
        assert len((tmp_path / "calls").read_text()) == 2 * 3
    with pytest.raises(ValueError, match="no part 5"):
        archive.command(5)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ray", "/nowhere.txt", "-o", "x"], 66),
        (["dask", __file__, "-o", "x", "--norface", "/nowhere/norface"], 69),
        (["dask", __file__, "-o", "x", "--parts", "0"], 64),
        (["pigeon"], 64),
        (["check", "/nowhere.txt", "x"], 66),
    ],
)
def test_exit_codes(arguments, code):
    assert cluster(*arguments).wait(60) == code


def test_the_kubernetes_job_is_what_the_interface_takes():
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    job = yaml.safe_load((CLUSTER / "kubernetes" / "job.yaml").read_text())
    spec = job["spec"]
    container = spec["template"]["spec"]["containers"][0]
    assert spec["completionMode"] == "Indexed" and spec["template"]["spec"]["restartPolicy"] == "Never"
    assert f"/{spec['completions']} " in container["args"][0] and spec["backoffLimitPerIndex"] == 3
    codes = spec["podFailurePolicy"]["rules"][1]["onExitCodes"]
    assert not set(codes["values"]) & set(parts.AGAIN) and codes["containerName"] == container["name"]
    # What its shell makes of an index.
    shell = container["args"][0].replace("exec norface", "echo")
    result = subprocess.run(
        ["/bin/sh", "-c", shell], env={"JOB_COMPLETION_INDEX": "31"}, capture_output=True, text=True, check=True
    )
    assert "--shard 32/32 --resume" in result.stdout
    validate = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate, Kubernetes' schemas, is not installed")
    validate.validate(job, "1.33", strict=True)
    job["spec"]["backoffLimitPerIndexx"] = 1
    with pytest.raises(validate.ValidationError):
        validate.validate(job, "1.33", strict=True)


def test_engines_and_module_agree_on_what_may_pass():
    again = {str(code) for code in parts.AGAIN}
    slurm = (CLUSTER / "slurm" / "norface-array.sbatch").read_text()
    assert set(re.search(r"^\s+([\d |]+)\)$", slurm, re.MULTILINE)[1].split(" | ")) == again
    nextflow = (CLUSTER / "nextflow" / "main.nf").read_text()
    assert again <= set(re.search(r"exitStatus in \[([\d, ]+)\]", nextflow)[1].split(", "))


# Reads a script as Nextflow's language, which is Groovy, as far as its syntax: nothing is looked up or run.
GROOVY = """
import org.codehaus.groovy.control.*
def unit = new CompilationUnit()
unit.addSource(new File(args[0]))
unit.compile(Phases.CONVERSION)
"""


def groovy(script: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    reader = tmp_path / "read.groovy"
    reader.write_text(GROOVY)
    # Debian's groovy looks for the Java that a desktop would have.
    java = os.path.realpath(shutil.which("java") or "java")
    environment = {**os.environ, "JAVA_HOME": str(Path(java).parents[1])}
    return subprocess.run(
        ["groovy", str(reader), str(script)], env=environment, check=False, capture_output=True, text=True, timeout=300
    )


def test_the_nextflow_script_is_well_formed(tmp_path):
    if not shutil.which("groovy"):
        pytest.skip("groovy is not installed")
    text = (CLUSTER / "nextflow" / "main.nf").read_text()
    good, bad = tmp_path / "good.groovy", tmp_path / "bad.groovy"
    good.write_text(text)
    bad.write_text(text.replace("params.parts = 8", "params.parts = (8"))
    assert bad.read_text() != text
    result = groovy(good, tmp_path)
    assert result.returncode == 0, result.stderr
    assert "expecting ')'" in groovy(bad, tmp_path).stderr
