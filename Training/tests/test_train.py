"""Stages that resume, and checkpoints that are refused."""

import copy
import json
import multiprocessing
import os
import shutil
import socket

import numpy as np
import pytest
import torch
import yaml

from norface_training.export.__main__ import load_model
from norface_training.train import checkpoint
from norface_training.train.config import ConfigError, parse_config
from norface_training.train.run import Stopped, Trainer, load_pools, main

from .runs import TINY


def trainer(cache, out, **changes):
    config = parse_config(copy.deepcopy(TINY) | changes)
    out.mkdir(exist_ok=True)
    return Trainer(config, out, *load_pools(config, cache))


def test_a_stopped_run_ends_as_if_it_had_not_been_stopped(cache, tmp_path):
    straight = trainer(cache, tmp_path / "a")
    straight.run()
    stopped = trainer(cache, tmp_path / "b")
    stopped.stop()
    for _ in range(20):
        try:
            stopped.run()
            break
        except Stopped:
            stopped = trainer(cache, tmp_path / "b")
            stopped.stop()
    else:
        pytest.fail("the run never came to its end")
    name = f"{TINY['stages'][-1]['name']}.best.pt"
    a, b = (checkpoint.load(tmp_path / side / name) for side in "ab")
    assert a["step"] == b["step"]
    for key, value in a["model"].items():
        torch.testing.assert_close(value, b["model"][key], msg=key)
    lines = [json.loads(line) for line in (tmp_path / "a" / "log.jsonl").read_text().splitlines()]
    assert {line["stage"] for line in lines} == {"encoder", "normalizer", "classifier"}
    assert all(np.isfinite(line["score"]) for line in lines)


@pytest.mark.parametrize(("keep", "step"), [("best", 2), ("last", 3)])
def test_a_stage_leaves_its_best_weights_or_its_last(cache, tmp_path, monkeypatch, keep, step):
    scores = iter([0.5, 0.4])
    monkeypatch.setattr("norface_training.train.run.validate", lambda *_: {"score": next(scores)})
    trainer(cache, tmp_path / keep, stages=[TINY["stages"][0] | {"keep": keep}]).run()
    assert checkpoint.load(tmp_path / keep / "encoder.best.pt")["step"] == step


@pytest.mark.skipif(not (shutil.which("c++") or shutil.which("g++")), reason="torch.compile needs a C++ compiler")
def test_a_compiled_encoder_learns_the_same(cache, tmp_path):
    stage = TINY["stages"][:1]
    for name, compiled in (("plain", False), ("compiled", True)):
        trainer(cache, tmp_path / name, stages=stage, compiled=compiled).run()
    plain, compiled = (checkpoint.load(tmp_path / name / "encoder.best.pt")["model"] for name in ("plain", "compiled"))
    assert torch._dynamo.utils.counters["frames"]["ok"] > 0
    assert plain.keys() == compiled.keys()
    for key, value in plain.items():
        torch.testing.assert_close(compiled[key], value, rtol=1e-3, atol=1e-5, msg=key)


def test_parts_that_do_not_learn_do_not_change(cache, tmp_path):
    run = trainer(cache, tmp_path / "run")
    run.run()
    first = checkpoint.load(tmp_path / "run" / "encoder.best.pt")["model"]
    last = checkpoint.load(tmp_path / "run" / "classifier.best.pt")["model"]
    frozen = [k for k in first if k.startswith("encoder.")]
    assert frozen and all(torch.equal(first[k], last[k]) for k in frozen)
    assert not torch.equal(last["normalizer.target_tokens"], first["normalizer.target_tokens"])


def test_a_run_can_begin_with_a_later_stage(cache, tmp_path):
    trainer(cache, tmp_path / "a", stages=TINY["stages"][:1]).run()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "encoder.best.pt").write_bytes((tmp_path / "a" / "encoder.best.pt").read_bytes())
    trainer(cache, tmp_path / "b", stages=TINY["stages"][:2]).run("normalizer")
    stages = [json.loads(line)["stage"] for line in (tmp_path / "b" / "log.jsonl").read_text().splitlines()]
    assert set(stages) == {"normalizer"}
    with pytest.raises(ConfigError, match="no stage 'decoder'; there are encoder, normalizer"):
        trainer(cache, tmp_path / "c", stages=TINY["stages"][:2]).run("decoder")


def test_another_configurations_checkpoint_is_refused(cache, tmp_path):
    trainer(cache, tmp_path / "run", stages=TINY["stages"][:1]).run()
    before = (tmp_path / "run" / "last.pt").read_bytes()
    with pytest.raises(checkpoint.CheckpointError, match="another configuration.*nothing was changed"):
        trainer(cache, tmp_path / "run", seed=4)
    assert (tmp_path / "run" / "last.pt").read_bytes() == before


def test_broken_checkpoints_name_the_file(tmp_path):
    (tmp_path / "x.pt").write_bytes(b"no checkpoint")
    with pytest.raises(checkpoint.CheckpointError, match="x.pt: not a readable checkpoint"):
        checkpoint.load(tmp_path / "x.pt")
    torch.save({"weights": 1}, tmp_path / "y.pt")
    with pytest.raises(checkpoint.CheckpointError, match="y.pt: not a checkpoint of this program"):
        checkpoint.load(tmp_path / "y.pt")


def test_a_checkpoint_from_before_gates_counted_says_the_same(cache, tmp_path):
    run = trainer(cache, tmp_path / "run")
    network = run.model.config.to_dict()
    face, geometry = torch.rand(3, 1, 96, 96), torch.randn(3, 345)
    model = run.model.eval()
    # Weights that give what these give, where gates sum to one.
    state = {key: value.clone() for key, value in model.state_dict().items()}
    state["classifier.input_mixture.out.weight"] *= network["classifier"]["experts"]
    for head in range(network["classifier"]["heads"]):
        state[f"classifier.output_mixture.heads.{head}.2.weight"] *= network["classifier"]["heads"]
    torch.save({"fingerprint": "f", "model": state, "network": network}, tmp_path / "old.pt")
    expected, _ = model(face, geometry)
    found, _ = load_model(tmp_path / "old.pt")(face, geometry)
    torch.testing.assert_close(found.au, expected.au)
    torch.testing.assert_close(found.emotion, expected.emotion)
    with pytest.raises(checkpoint.CheckpointError, match="of an older version"):
        checkpoint.load(tmp_path / "old.pt", "f")
    checkpoint.save(tmp_path / "new.pt", checkpoint.load(tmp_path / "old.pt"))
    again, _ = load_model(tmp_path / "new.pt")(face, geometry)
    torch.testing.assert_close(again.emotion, expected.emotion)


def test_a_save_that_fails_leaves_the_former_checkpoint(tmp_path):
    checkpoint.save(tmp_path / "last.pt", {"model": {}, "fingerprint": "a"})
    with pytest.raises(Exception, match="pickle|local"):
        checkpoint.save(tmp_path / "last.pt", {"model": lambda: None, "fingerprint": "b"})
    assert checkpoint.load(tmp_path / "last.pt")["fingerprint"] == "a"


def test_the_average_follows_the_weights():
    layer = torch.nn.Linear(2, 2)
    average = checkpoint.Average(layer, 0.5)
    with torch.no_grad():
        layer.weight.fill_(1.0)
    for _ in range(60):
        average.update(layer)
    torch.testing.assert_close(average.state["weight"], torch.ones(2, 2), atol=1e-4, rtol=0)


def test_the_command_names_a_missing_set(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text(yaml.safe_dump(TINY))
    with pytest.raises(SystemExit, match="ferplus_train.*no such set"):
        main([str(file), "--cache", str(tmp_path), "--out", str(tmp_path / "out")])


def test_two_processes_train_together(cache, tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text(yaml.safe_dump(TINY | {"stages": TINY["stages"][:1], "data": {"shares": {"ferplus": 1.0}}}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])

    def worker(rank):
        os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        main([str(file), "--cache", str(cache), "--out", str(tmp_path / "out")])

    processes = [multiprocessing.get_context("fork").Process(target=worker, args=(rank,)) for rank in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=100)
    codes = [process.exitcode for process in processes]
    for process in processes:
        process.kill()
    assert codes == [0, 0]
    assert (tmp_path / "out" / "encoder.best.pt").exists()
