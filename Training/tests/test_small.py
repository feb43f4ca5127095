"""The small networks: their losses, batches, training and export on tiny sets."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from norface_training.data.shards import ShardWriter
from norface_training.small import card, export, gather, losses, measure, networks, pools, tasks
from norface_training.small.clips import Clip
from norface_training.small.config import SmallConfig, load
from norface_training.small.train import Run
from norface_training.world.regions import REGIONS

torch.set_num_threads(1)


def world_rows(rng, n):
    person = np.arange(n) // 4
    look = np.random.default_rng(0).integers(0, 255, (n // 4 + 1, 12, 12))
    crop = np.kron(look[person], np.ones((1, 8, 8))).astype(np.uint8)
    visible = rng.uniform(0.6, 1, (n, 8))
    hidden = rng.integers(0, 8, n)
    visible[np.arange(n), hidden] = rng.integers(0, 2, n)
    return {
        "crop": crop,
        "eyes": rng.integers(0, 255, (n, 2, 32, 48), dtype=np.uint8),
        "identity": person.astype(np.int32),
        "index": np.arange(n, dtype=np.int32),
        "visible": visible.astype(np.float16),
        "covered": (1 - visible).astype(np.float16),
        "gaze": rng.normal(0, 12, (n, 2, 4)).astype(np.float32),
        "aperture": rng.uniform(0, 0.4, (n, 2)).astype(np.float32),
        "blink": (rng.uniform(0, 1, (n, 2)) > 0.7).astype(np.float32),
        "pose": rng.normal(0, 12, (n, 3)).astype(np.float32),
        "fitted": rng.normal(0, 12, (n, 3)).astype(np.float32),
        "turned": np.zeros(n, np.float32),
        "distance": rng.uniform(15, 70, n).astype(np.float32),
        "kinds": rng.integers(0, 2, n).astype(np.int32),
    }


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("small"), np.random.default_rng(7)
    ShardWriter(folder / "world", {}).append(**world_rows(rng, 160))
    ShardWriter(folder / "world-test", {}).append(**world_rows(rng, 60))
    rows = world_rows(rng, 240)
    plain = (np.arange(240) % 2 == 0).astype(np.uint8)
    rows["visible"][plain == 1] = 1
    ShardWriter(folder / "photographs", {}).append(
        **{k: rows[k] for k in ("crop", "eyes", "identity", "index", "visible", "kinds", "fitted")}, plain=plain
    )
    return folder


def test_configurations_of_the_repository_are_read():
    from pathlib import Path

    from norface_training.world.config import load as load_world

    configs = Path(__file__).parents[1] / "configs"
    assert {load(file).task for file in (configs / "small").glob("*.yaml")} == set(networks.NETWORKS)
    assert {load_world(file).name for file in (configs / "world").glob("*.yaml")} == {"world", "world-more", "world-test"}


def test_unknown_keys_and_tasks_are_named(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("task: gaze\nstep: 4\n")
    with pytest.raises(ValueError, match="step"):
        load(file)
    file.write_text("task: nose\n")
    with pytest.raises(ValueError, match="nose"):
        load(file)
    file.write_text("task: gaze\naugment: {blurr: 1}\n")
    with pytest.raises(ValueError, match="blurr"):
        load(file)


def test_the_contrastive_loss_is_least_where_people_are_apart():
    person = torch.tensor([0, 0, 1, 1, 2])
    apart = torch.nn.functional.one_hot(person, 4).float()
    mixed = torch.nn.functional.one_hot(torch.tensor([0, 1, 0, 1, 2]), 4).float()
    assert losses.contrastive(apart, person, 0.1) < 0.01 < losses.contrastive(mixed, person, 0.1)
    assert losses.contrastive(apart[[0, 2, 4]], person[[0, 2, 4]], 0.1) == 0


def test_the_eye_s_loss_looks_only_at_open_eyes():
    raw = torch.zeros(2, 8)
    gaze = torch.tensor([[0.0, 0, 0, 0], [40, 40, 40, 40]])
    rest = torch.zeros(2), torch.zeros(2, dtype=torch.bool), torch.ones(2, dtype=torch.bool)
    one = losses.eye(raw, gaze, *rest, torch.tensor([True, False]))
    both = losses.eye(raw, gaze, *rest, torch.tensor([True, True]))
    assert both > one + 1


def test_a_face_in_a_mirror_has_its_eyes_and_angles_changed(cache):
    rows = pools.gaze_rows(pools.worlds(cache, ("world",), tasks.GazeTask.FIELDS))
    flip = np.zeros(len(rows["eyes"]), bool)
    flip[0] = True
    seen = pools.mirrored(rows, flip)
    np.testing.assert_array_equal(seen["eyes"][0, :, :48], rows["eyes"][0, :, 48:])
    np.testing.assert_array_equal(seen["gaze"][0, 0], rows["gaze"][0, 1] * [-1, 1, -1, 1])
    np.testing.assert_array_equal(seen["pose"][0], rows["pose"][0] * [-1, 1])
    np.testing.assert_array_equal(seen["aperture"][0], rows["aperture"][0, ::-1])
    for name, values in rows.items():
        np.testing.assert_array_equal(seen[name][1:], values[1:], err_msg=name)
    twice = pools.mirrored(seen, flip)
    for name, values in rows.items():
        np.testing.assert_array_equal(twice[name], values, err_msg=name)


def test_nobody_is_learned_from_and_validated_on(cache):
    faces = pools.worlds(cache, ("world",), ("crop",))
    learn, keep = pools.split(faces, 4)
    assert len(learn) + len(keep) == len(faces) and len(keep)
    assert not set(faces.person[learn]) & set(faces.person[keep])
    photos = pools.photographs(cache, "photographs", ("crop",))
    parts = [set(photos.person[rows]) for rows in pools.photo_split(photos)]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]
    assert all(person % 10 == 0 for person in parts[2])


def test_thresholds_let_the_share_through_that_was_asked_for():
    other = np.linspace(-1, 1, 1001)
    assert (other > measure.threshold_at(other, 0.01)).mean() == pytest.approx(0.01, abs=0.002)
    row = measure.rates(np.full(20, 0.9), other - 1)
    assert row["auc"] == 1 and row["tpr_at_1e-3"] == 1


def test_distances_are_in_order_and_mean_what_they_say():
    rng = np.random.default_rng(2)
    other = rng.normal(0.0, 0.2, 20_000).clip(-1, 1)
    told = measure.distances(other)
    assert 0 < told["sure"] < told["alike"] <= told["unlike"] <= 2 and told["margin"] > 0
    far = np.sqrt(2 - 2 * other)
    assert (far < told["sure"]).mean() == pytest.approx(1e-3, abs=2e-4)
    assert (far < told["alike"]).mean() == pytest.approx(1e-2, abs=1e-3)


@pytest.mark.parametrize("task", sorted(networks.NETWORKS))
def test_networks_are_within_their_budgets(task, tmp_path):
    about = export.graph(export.fold_(networks.build(task).eval()), task, tmp_path / "a.onnx")
    assert about["bytes"] <= 1_050_000
    assert about["mflops"] <= {"identity": 20, "visibility": 10, "gaze": 12}[task]
    claimed = {
        "Add",
        "Concat",
        "Constant",
        "Conv",
        "Div",
        "Exp",
        "Flatten",
        "Gemm",
        "Identity",
        "Mul",
        "ReduceMean",
        "ReduceSum",
        "Relu",
        "Sigmoid",
        "Slice",
        "Sqrt",
        "Sub",
    }
    assert set(about["operators"]) <= claimed


@pytest.mark.parametrize("task", sorted(networks.NETWORKS))
def test_a_run_learns_stops_and_goes_on(task, cache, tmp_path):
    config = SmallConfig(
        task=task, steps=4, batch=16, each=2, validation=4, warmup=2, photographs=None if task == "gaze" else "photographs"
    )
    Run(config, cache, tmp_path).run(2)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4] and all(np.isfinite(line["loss"]) for line in lines)
    again = Run(config, cache, tmp_path)
    assert again.step == 4
    with pytest.raises(ValueError, match="another configuration"):
        Run(dataclasses.replace(config, lr=0.1), cache, tmp_path)


def test_runs_become_graphs_and_a_card(cache, tmp_path, monkeypatch):
    runs = []
    for task in networks.NETWORKS:
        config = SmallConfig(
            task=task, steps=2, batch=16, each=2, validation=4, warmup=1, photographs=None if task == "gaze" else "photographs"
        )
        Run(config, cache, tmp_path / task).run(2)
        runs.append(str(tmp_path / task))
    monkeypatch.setattr("sys.argv", ["export", *runs, "--cache", str(cache), "--out", str(tmp_path / "out")])
    export.main()
    whole = json.loads((tmp_path / "out/faces.json").read_text())
    assert set(whole["networks"]) == set(networks.NETWORKS)
    assert whole["networks"]["gaze"]["state"] == list(networks.EYE_OUTPUTS)
    assert whole["networks"]["visibility"]["regions"] == list(REGIONS)
    text = (tmp_path / "out/MODEL_CARD.md").read_text()
    assert "photographs of people never seen" in text and "view, head turned to 30" in text


def test_joins_of_a_perfect_network_are_all_told():
    rng = np.random.default_rng(3)
    look = rng.integers(0, 255, (3, 12, 12))
    found = [
        Clip(
            f"c{k}",
            np.arange(8),
            np.repeat(np.kron(look[k], np.ones((8, 8)))[None], 8, 0).astype(np.uint8),
            np.zeros(0),
            np.zeros(0),
        )
        for k in range(3)
    ]

    class Plain(torch.nn.Module):
        def forward(self, crop):
            x = torch.nn.functional.avg_pool2d(crop, 8).flatten(1)
            x = x - x.mean(1, keepdim=True)
            return x / x.norm(dim=1, keepdim=True)

    row = gather.joins(Plain(), found, None, 0.5)
    assert row["joins of two, kept (one face)"] == 0 and row["joins of one, kept (three faces)"] == 1


def test_a_table_has_a_row_for_each_figure():
    lines = card.table({"a": {"x": 0.5, "n": 1200}, "b": {"x": 12.25}})
    assert lines[0] == "| | a | b |" and "| x | 0.500 | 12.2 |" in lines and "| n | 1,200 |  |" in lines


def test_answers_do_not_depend_on_the_batch():
    network = networks.build("identity").eval()
    crops = tasks.crops_of(np.random.default_rng(1).integers(0, 255, (5, 96, 96), dtype=np.uint8))
    np.testing.assert_allclose(tasks.answers(network, crops), tasks.answers(network, crops, batch=2), atol=1e-5)
