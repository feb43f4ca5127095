"""Training: pools, augmentation, losses, stages that resume, checkpoints that are refused."""

import copy
import json
import multiprocessing
import os
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from norface_training.data.shards import ShardedSet, ShardError, ShardWriter
from norface_training.export.__main__ import load_model
from norface_training.labels import AU_INDEX, SIDE_INDEX, TEACHER_SHAPES
from norface_training.networks import Norface
from norface_training.networks.classifier import Prediction
from norface_training.networks.points import GEOMETRY_POINTS
from norface_training.train import checkpoint, losses
from norface_training.train.augment import CANONICAL_PLACES, Augmenter, mirror_order, plain
from norface_training.train.batches import Batches
from norface_training.train.blend import main as blend_main
from norface_training.train.config import AugmentConfig, ConfigError, DataConfig, load_config, parse_config
from norface_training.train.deepen import deepen, rectified_moments
from norface_training.train.deepen import main as deepen_main
from norface_training.train.muon import Muon, orthogonal, split
from norface_training.train.pools import balance, head_pool, photo_pool, shrink, split_by_identity, worn_shapes
from norface_training.train.run import Stopped, Trainer, load_pools, main
from norface_training.train.targets import TargetModel
from norface_training.train.targets import main as targets_main
from norface_training.train.tell import main as tell_main
from norface_training.train.tell import tell

TINY = {
    "name": "tiny",
    "seed": 3,
    "network": {
        "encoder": {"layers": [[4, 2], [4, 2], [8, 2]]},
        "normalizer": {"blocks": 1, "heads": 2, "mlp": 1, "decoder": [4, 4, 4]},
        "classifier": {"reader": [[8, 2], [8, 2]], "width": 8, "geometry": [8], "experts": 2, "expert_width": 4,
                       "heads": 2, "head_width": 4},
    },
    "stages": [
        {"name": "encoder", "read": "original", "size": 72, "steps": 3, "batch": 8, "validate_every": 2,
         "losses": {"emotion": 1, "au": 1, "shapes": 0.5}},
        {"name": "normalizer", "train": ["normalizer"], "read": "nothing", "steps": 2, "batch": 8,
         "losses": {"image": 1, "gradient": 1, "perceptual": 0.1}, "shares": {"photos": 0.5, "heads": 0.5}},
        {"name": "classifier", "train": ["classifier"], "steps": 3, "batch": 8, "validate_every": 2, "muon": True,
         "losses": {"emotion": 1, "au": 1, "shapes": 0.3, "alone": 0.3, "consistency": 0.1, "flip": 0.1, "points": 0.2}},
    ],
}  # fmt: skip


def augmenter(size=96, seed=0, **changes):
    still = {k: 0.0 for k in AugmentConfig.__dataclass_fields__}
    return Augmenter(AugmentConfig(**(still | changes)), size, torch.Generator().manual_seed(seed))


# --- pools ----------------------------------------------------------------------------------------------------------


def test_a_rare_unit_counts_more():
    au = torch.zeros(400, 20)
    au[:200] = 3.0
    au[:, 4] = 0.0
    au[:20, 4] = 3.0
    weight = balance(au)
    assert weight.mean() == pytest.approx(1.0)
    assert weight[4] > 1.5 * weight[0] and (weight[:4] == weight[0]).all()


def test_a_mirrored_face_wears_the_other_sides_shapes(cache):
    pool = photo_pool(cache, "photos", 72, DataConfig())
    pool.shapes = torch.zeros_like(pool.shapes)
    left, right, jaw = (TEACHER_SHAPES.index(name) for name in ("mouthSmileLeft", "mouthSmileRight", "jawOpen"))
    pool.shapes[:, left], pool.shapes[:, jaw] = 0.75, 0.5
    drawn = Batches({"photos": pool}, {"photos": 1.0}, AugmentConfig(), 72, 64, 1).draw()["shapes"]
    mirrored = drawn[:, right] > 0
    assert 10 < int(mirrored.sum()) < 54 and (drawn[:, jaw] == 0.5).all()
    assert torch.equal(drawn[:, left] > 0, ~mirrored)


def test_sets_without_the_teachers_shapes_teach_none(cache, tmp_path):
    with_shapes = photo_pool(cache, "photos", 72, DataConfig())
    assert (with_shapes.shapes_weight == 1).all() and with_shapes.shapes.max() > 0.9
    assert (head_pool(cache, "heads", 72).shapes_weight == 0).all()


def test_photos_learn_from_teacher_and_votes(cache):
    pool = photo_pool(cache, "ferplus_train", 72, DataConfig(teacher_weight=0.5, vote_weight=0.25))
    assert len(pool) == 42 - 4, "faces that were not found are left out"
    assert (pool.au_weight[:, AU_INDEX[12]] == 0.5).all() and (pool.au_weight[:, AU_INDEX[9]] == 0.25).all()
    assert (pool.emotion_weight == 1).all() and pool.crop.dtype == torch.uint8
    assert pool.geometry.shape == (len(pool), 3 * len(GEOMETRY_POINTS))
    disgusted = pool.emotion[:, 5] > 0.9
    assert disgusted.any() and (pool.au[disgusted, AU_INDEX[9]] > 2).all()


def test_photos_without_votes_teach_no_emotion(cache):
    pool = photo_pool(cache, "photos", 72, DataConfig())
    assert (pool.emotion_weight == 0).all() and (pool.au_weight[:, AU_INDEX[9]] == 0).all()
    assert pool.target.shape == (len(pool), 72, 72) and (pool.target_weight > 0).all()


def test_people_are_never_in_both_parts(cache):
    pool = head_pool(cache, "heads", 72)
    train, held = split_by_identity(pool, 0.3)
    assert len(train) + len(held) == len(pool)
    assert not set(train.identity.tolist()) & set(held.identity.tolist())
    again, _ = split_by_identity(pool, 0.3)
    assert torch.equal(train.crop, again.crop)


# --- augmentation ---------------------------------------------------------------------------------------------------


def test_without_strength_nothing_changes():
    crops = torch.randint(0, 256, (3, 96, 96), dtype=torch.uint8)
    torch.testing.assert_close(augmenter().faces(crops, torch.zeros(3, dtype=torch.bool)), plain(crops, 96), atol=2e-3, rtol=0)


def test_a_flip_mirrors_the_picture_and_the_landmarks():
    crops = torch.randint(0, 256, (2, 96, 96), dtype=torch.uint8)
    flipped = augmenter().faces(crops, torch.tensor([True, False]))
    torch.testing.assert_close(flipped[0, 0], plain(crops, 96)[0, 0].flip(-1), atol=2e-3, rtol=0)
    torch.testing.assert_close(flipped[1, 0], plain(crops, 96)[1, 0], atol=2e-3, rtol=0)
    geometry = torch.randn(2, 345)
    once = augmenter().geometry(geometry, torch.tensor([True, False]))
    assert not torch.allclose(once[0], geometry[0]) and torch.allclose(once[1], geometry[1])
    torch.testing.assert_close(augmenter().geometry(once, torch.tensor([True, False])), geometry)


def test_landmarks_stay_on_what_they_mark_when_a_face_is_moved():
    moving = augmenter(rotation=12.0, scale=0.1, shift=0.04, aspect=0.05, seed=4)
    position = {point: i for i, point in enumerate(GEOMETRY_POINTS)}
    mirrored = {33: 263, 61: 291, 1: 1}
    for point, other in mirrored.items():
        at = torch.tensor([0.61, 0.42])
        y, x = torch.meshgrid(torch.arange(96) + 0.5, torch.arange(96) + 0.5, indexing="ij")
        spot = torch.exp(-((x - 96 * at[0]) ** 2 + (y - 96 * at[1]) ** 2) / 18)
        crops = (255 * spot).round().to(torch.uint8).expand(2, -1, -1)
        points = torch.full((2, len(GEOMETRY_POINTS), 2), 0.5)
        points[:, position[point]] = at
        flip = torch.tensor([False, True])
        places = moving.places(flip)
        faces = moving.faces(crops, flip, places)
        told = (moving.points(points, flip, places).reshape(2, -1, 2) + 10 * CANONICAL_PLACES) / 10
        for row, marked in ((0, point), (1, other)):
            light = (faces[row, 0] - 0.01).clamp_min(0)
            seen = torch.stack([(light * x).sum(), (light * y).sum()]) / light.sum() / 96
            torch.testing.assert_close(told[row, position[marked]], seen, atol=0.004, rtol=0)


def test_the_mirror_of_the_right_brow_is_the_left():
    order = mirror_order()
    position = {point: i for i, point in enumerate(GEOMETRY_POINTS)}
    for right, left in ((105, 334), (33, 263), (61, 291), (159, 386), (1, 1)):
        assert GEOMETRY_POINTS[order[position[right]]] == left
    with pytest.raises(ValueError, match="33 has no mirror image"):
        mirror_order((33, 1))


def test_a_batch_swaps_the_sides_of_what_it_flips(cache):
    pool = head_pool(cache, "heads", 72)
    pool.left[:], pool.right[:] = 1.0, 4.0
    batch = Batches({"heads": pool}, {"heads": 1.0}, AugmentConfig(), 96, 16, seed=1).draw()
    assert set(batch["left"][:, 0].tolist()) == {1.0, 4.0}
    assert ((batch["left"] + batch["right"]) == 5).all()
    again = Batches({"heads": pool}, {"heads": 1.0}, AugmentConfig(), 96, 16, seed=1).draw()
    assert torch.equal(batch["face"], again["face"])
    assert batch["face"].min() >= 0 and batch["face"].max() <= 1


def test_votes_and_what_a_network_says_make_up_a_label(cache, tmp_path):
    for name in ("ferplus_train", "ferplus_valid"):
        shutil.copytree(cache / name, tmp_path / name)
    told = DataConfig(shares={"ferplus": 1.0}, told_share=0.25)
    with pytest.raises(ShardError, match="ferplus_train_told"):
        photo_pool(tmp_path, "ferplus_train", 72, told)
    config = parse_config(TINY)
    trainer = Trainer(config, tmp_path, {}, {})
    checkpoint.save(
        tmp_path / "a.pt", {"fingerprint": "", "model": trainer.model.state_dict(), "network": config.network.to_dict()}
    )
    tell_main([str(tmp_path / "a.pt"), "ferplus_train", "--cache", str(tmp_path)])
    other = {"fingerprint": "of another run", "model": trainer.model.state_dict(), "network": config.network.to_dict()}
    checkpoint.save(tmp_path / "other" / "a.pt", other)
    with pytest.raises(SystemExit, match="begun with other facts"):
        tell_main([str(tmp_path / "other" / "a.pt"), "ferplus_train", "--cache", str(tmp_path)])
    spoken = ShardedSet(tmp_path / "ferplus_train_told")["emotion"]
    np.testing.assert_allclose(spoken.sum(1), 1, atol=1e-5)
    votes, pool = photo_pool(tmp_path, "ferplus_train", 72, DataConfig()), photo_pool(tmp_path, "ferplus_train", 72, told)
    found = torch.from_numpy(spoken[ShardedSet(tmp_path / "ferplus_train")["found"] > 0])
    torch.testing.assert_close(pool.emotion, 0.75 * votes.emotion + 0.25 * found)
    torch.testing.assert_close(pool.au, votes.au)
    for field, count in (("au", 20), ("left", 14), ("right", 14)):
        assert ShardedSet(tmp_path / "ferplus_train_told")[field].shape == (len(spoken), count)
    config = parse_config(TINY | {"data": {"shares": {"ferplus": 1.0}, "told_share": 0.25}, "stages": TINY["stages"][:1]})
    _, held = load_pools(config, tmp_path)
    torch.testing.assert_close(held["ferplus"].emotion, photo_pool(tmp_path, "ferplus_valid", 72, DataConfig()).emotion)


def test_a_network_says_the_same_of_a_face_and_its_mirror_image():
    model = Norface(parse_config(TINY).network).eval()
    order = torch.from_numpy(mirror_order())
    crops, geometry = torch.randint(0, 256, (3, 96, 96), dtype=torch.uint8), torch.randn(3, 345)
    mirrored = (geometry.reshape(3, -1, 3)[:, order] * torch.tensor([-1.0, 1.0, 1.0])).flatten(1)
    here, there = tell(model, crops, geometry), tell(model, crops.flip(-1), mirrored)
    for name, other in (("emotion", "emotion"), ("au", "au"), ("left", "right"), ("right", "left")):
        torch.testing.assert_close(here[name], there[other], atol=1e-5, rtol=0)


def test_a_stage_cannot_draw_from_an_absent_pool(cache):
    with pytest.raises(ValueError, match="'heads'"):
        Batches({}, {"heads": 1.0}, AugmentConfig(), 96, 4, seed=0)


# --- losses ---------------------------------------------------------------------------------------------------------


def test_the_intensity_loss_is_least_at_the_truth():
    truth, weight = torch.tensor([[0.5, 2.0, 4.5]]), torch.ones(1, 3)
    exact = torch.logit(truth / 5)
    assert losses.intensity_loss(exact, truth, weight) < 1e-6
    assert losses.intensity_loss(exact + 0.3, truth, weight) > 1e-3
    assert losses.intensity_loss(exact + 9, truth, torch.zeros(1, 3)) == 0


def test_unknown_emotions_cost_nothing():
    logits, votes = torch.randn(2, 8), torch.softmax(torch.randn(2, 8), 1)
    alone = losses.emotion_loss(logits[:1], votes[:1], torch.ones(1))
    torch.testing.assert_close(losses.emotion_loss(logits, votes, torch.tensor([1.0, 0.0])), alone)


def test_image_losses_by_hand():
    face, target = torch.zeros(2, 1, 2, 2), torch.zeros(2, 1, 2, 2)
    target[0, 0, 0, 0] = 1.0
    pixel, gradient = losses.image_losses(face, target, torch.tensor([1.0, 1.0]), torch.ones(1, 1, 2, 2))
    assert pixel == pytest.approx((1 + losses.SQUARES) / 8) and gradient == pytest.approx(2 / 8)
    pixel, _ = losses.image_losses(face, target, torch.tensor([0.0, 1.0]), torch.ones(1, 1, 2, 2))
    assert pixel == 0


def test_agreement_is_zero_with_itself_only():
    a = Prediction(torch.randn(2, 20), torch.randn(2, 14), torch.randn(2, 14), torch.randn(2, 8), torch.zeros(2, 1))
    swapped = Prediction(a.au, a.right, a.left, a.emotion, a.gate)
    assert losses.agreement(a, a) == 0 and losses.agreement(a, swapped) > 0


# --- configuration and checkpoints ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [({"stagse": []}, "run.stagse: unknown key"), ({"stages": []}, "at least one stage"),
     ({"data": {"share": {}}}, "data.share: unknown key"),
     ({"stages": [{"name": "a", "train": ["soul"]}]}, "stage a: train has 'soul'"),
     ({"stages": [{"name": "a", "read": "minds"}]}, "read must be"),
     ({"stages": [{"name": "a", "keep": "first"}]}, "keep must be"),
     ({"network": {"encoder": {"kind": "mlp"}}}, "conv or vit")],
)  # fmt: skip
def test_bad_configurations_name_the_key(tmp_path, change, message):
    file = tmp_path / "run.yaml"
    file.write_text(yaml.safe_dump(TINY | change))
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(file)
    assert "run.yaml" in str(caught.value)


def test_missing_and_broken_configurations_name_the_file(tmp_path):
    with pytest.raises(ConfigError, match="absent.yaml"):
        load_config(tmp_path / "absent.yaml")
    (tmp_path / "broken.yaml").write_text("a: [1")
    with pytest.raises(ConfigError, match="broken.yaml: not YAML"):
        load_config(tmp_path / "broken.yaml")


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


PARTS = [f"norface-s-{part}" for part in ("begin", "middle", "later", "more", "blend", "long", "wide", "many", "read")] + ["norface-s"]


@pytest.mark.parametrize("name", [*PARTS, "norface-l", "trial"])
def test_the_configurations_that_come_with_the_package_are_sound(name):
    config = load_config(Path(__file__).parents[1] / "configs" / f"{name}.yaml")
    assert config.name == name and config.stages[-1].train


def test_a_base_holds_where_a_file_says_nothing_else(tmp_path):
    (tmp_path / "common").mkdir()
    stages = yaml.safe_dump({"stages": TINY["stages"][:1]})
    (tmp_path / "common" / "a.yaml").write_text("seed: 5\ndata: {rarity: 0.1, held_out: 0.2}\naugment: {blur: 0.3}\n" + stages)
    (tmp_path / "b.yaml").write_text("base: common/a.yaml\nname: b\ndata: {rarity: 0.9}\n")
    config = load_config(tmp_path / "b.yaml")
    assert (config.name, config.seed, config.augment.blur, len(config.stages)) == ("b", 5, 0.3, 1)
    assert (config.data.rarity, config.data.held_out) == (0.9, 0.2)
    (tmp_path / "c.yaml").write_text("base: b.yaml\nname: c\n")
    with pytest.raises(ConfigError, match="b.yaml: a base has no base"):
        load_config(tmp_path / "c.yaml")
    (tmp_path / "d.yaml").write_text("base: absent.yaml\n")
    with pytest.raises(ConfigError, match="absent.yaml: No such file"):
        load_config(tmp_path / "d.yaml")
    (tmp_path / "e.yaml").write_text("base: common/a.yaml\ndata: 3\n")
    with pytest.raises(ConfigError, match="e.yaml: data: expected a mapping"):
        load_config(tmp_path / "e.yaml")


def test_the_large_scale_is_a_vision_transformer_of_the_base_size():
    config = load_config(Path(__file__).parents[1] / "configs" / "norface-l.yaml").network
    assert (config.input_size, config.encoder.width, config.encoder.depth, config.grid(224)) == (224, 768, 12, 14)


def test_fitted_targets_follow_the_coefficients():
    rng = np.random.default_rng(0)
    coefficients = rng.random((400, 3)).astype(np.float32)
    y, x = np.mgrid[0:16, 0:16] / 16
    pictures = 128 + 60 * (coefficients[:, 0, None, None] * np.sin(6 * x) + coefficients[:, 1, None, None] * y - 0.5)
    pictures = pictures.astype(np.uint8)
    model = TargetModel.fit(coefficients[:350], pictures[:350], steps=400)
    error = np.abs(model.draw(coefficients[350:]).astype(float) - pictures[350:]).mean()
    assert error < 0.2 * np.abs(pictures[:350].mean(0) - pictures[350:]).mean()


def test_targets_follow_what_a_network_read(cache, tmp_path):
    rng = np.random.default_rng(6)
    photos = ShardedSet(cache / "photos")
    names = worn_shapes(photos.facts["blendshape_names"])
    coefficients = rng.random((200, len(names))).astype(np.float32)
    smiles = coefficients[:, names.index("mouthSmile_L")]
    target = np.broadcast_to((40 + 150 * smiles)[:, None, None], (200, 96, 96)).astype(np.uint8)
    ShardWriter(tmp_path / "heads", {"coefficient_names": names}).append(coefficients=coefficients, target=target)
    shutil.copytree(cache / "photos", tmp_path / "photos")
    command = ["photos", "--cache", str(tmp_path), "--steps", "400", "--as-read"]
    with pytest.raises(SystemExit, match="photos_told"):
        targets_main(command)
    told = {name: rng.uniform(0, 5, (len(photos), n)).astype(np.float32) for name, n in (("au", 20), ("left", 14), ("right", 14))}
    ShardWriter(tmp_path / "photos_told", {}).append(**told)
    targets_main(command)
    drawn = ShardedSet(tmp_path / "photos_fitted")["target"].mean((1, 2))
    assert np.corrcoef(drawn, told["left"][:, SIDE_INDEX[12]])[0, 1] > 0.9


def test_heads_drawn_without_targets_take_fitted_ones(cache, tmp_path):
    rng = np.random.default_rng(2)
    source = ShardedSet(cache / "heads")
    fields = {name: source[name].copy() for name in source.fields}
    fields["target"][10:] = 0
    ShardWriter(tmp_path / "heads", {"size": 96}).append(**fields)
    with pytest.raises(ShardError, match="heads_fitted"):
        head_pool(tmp_path, "heads", 72)
    fitted = rng.integers(1, 256, (len(source), 72, 72), dtype=np.uint8)
    writer = ShardWriter(tmp_path / "heads_fitted", {"size": 72})
    writer.append(target=fitted[:100])
    with pytest.raises(ShardError, match="has 100 rows, heads 300: run norface_training.train.targets heads"):
        head_pool(tmp_path, "heads", 72)
    writer.append(target=fitted[100:])
    target = head_pool(tmp_path, "heads", 72).target.numpy()
    np.testing.assert_array_equal(target[:10], shrink(source["target"][:10], 72))
    np.testing.assert_array_equal(target[10:], fitted[10:])


def test_the_place_of_landmarks_is_learnt_where_it_is_known():
    spoken, truth = torch.zeros(2, 4), torch.tensor([[0.3] * 4, [9.0] * 4])
    assert float(losses.points_loss(spoken, truth, torch.tensor([1.0, 0.0]))) == pytest.approx(10 * (0.3 - 0.05), rel=1e-5)
    assert float(losses.points_loss(spoken, truth, torch.zeros(2))) == 0


def test_a_stage_of_normalized_faces_draws_only_samples_that_have_one(cache):
    pool = photo_pool(cache, "photos", 72, DataConfig())
    pool.target_weight[5:] = 0
    batch = Batches({"photos": pool}, {"photos": 1.0}, AugmentConfig(), 72, 32, 1, with_target=True).draw()
    assert (batch["target_weight"] > 0).all()
    pool.target_weight[:] = 0
    with pytest.raises(ValueError, match="'photos' has no targets"):
        Batches({"photos": pool}, {"photos": 1.0}, AugmentConfig(), 72, 32, 1, with_target=True)


# --- deeper encoders ------------------------------------------------------------------------------------------------


def test_a_deepened_encoder_is_the_same_function(tmp_path):
    torch.manual_seed(2)
    config = parse_config(copy.deepcopy(TINY)).network
    shallow = Norface(config)
    for norm in (m for m in shallow.encoder.modules() if isinstance(m, torch.nn.BatchNorm2d)):
        norm.weight.data.uniform_(0.5, 1.5)
        norm.bias.data.normal_(0, 0.5)
    checkpoint.save(tmp_path / "a.pt", {"fingerprint": "x", "model": shallow.state_dict(), "network": config.to_dict()})
    deepen_main([str(tmp_path / "a.pt"), "--after", "1", "--count", "2", "--out", str(tmp_path / "b.pt")])
    deeper = load_model(tmp_path / "b.pt")
    assert len(deeper.encoder.layers) == len(shallow.encoder.layers) + 2
    face = torch.rand(6, 1, 96, 96)
    with torch.no_grad():
        torch.testing.assert_close(deeper.encoder(face), shallow.eval().encoder(face), atol=1e-4, rtol=1e-4)
    with pytest.raises(SystemExit, match="exists already"):
        deepen_main([str(tmp_path / "a.pt"), "--after", "1", "--out", str(tmp_path / "b.pt")])


def test_deepening_behind_a_layer_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="no layer 9"):
        deepen(Norface(parse_config(copy.deepcopy(TINY)).network).state_dict(), 9, 1)


def test_moments_of_a_rectified_normal_are_those_of_a_sample():
    sample = torch.relu(torch.randn(400_000, generator=torch.Generator().manual_seed(1)) * 1.3 + 0.4)
    mean, variance = rectified_moments(torch.tensor(0.4), torch.tensor(1.3))
    assert float(mean) == pytest.approx(float(sample.mean()), abs=0.01)
    assert float(variance) == pytest.approx(float(sample.var()), abs=0.02)


def test_a_set_that_has_grown_keeps_its_held_out_people(cache):
    pool = head_pool(cache, "heads", 72)
    first = pool.take(torch.arange(len(pool) // 2))
    _, held_before = split_by_identity(first, 0.3)
    train, held = split_by_identity(pool, 0.3, among=len(first))
    assert set(held.identity.tolist()) == set(held_before.identity.tolist())
    assert not set(train.identity.tolist()) & set(held.identity.tolist())
    assert len(train) + len(held) == len(pool)


# --- Muon -----------------------------------------------------------------------------------------------------------


def test_an_orthogonal_step_keeps_directions_and_evens_their_sizes():
    generator = torch.Generator().manual_seed(3)
    for shape in ((24, 100), (100, 24)):
        matrix = torch.randn(shape, generator=generator)
        u, s, vt = torch.linalg.svd(matrix, full_matrices=False)
        inside = torch.diag(u.T @ orthogonal((u * torch.linspace(0.1, 1, len(s))) @ vt) @ vt.T)
        assert 0.6 < inside.min() and inside.max() < 1.3


def test_the_gathered_rounds_are_newton_and_schulzs():
    matrix = torch.randn(40, 90, generator=torch.Generator().manual_seed(8))
    x = matrix / matrix.norm()
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    torch.testing.assert_close(orthogonal(matrix), x, atol=1e-4, rtol=0)


def test_kernels_take_muons_steps_and_the_rest_adams():
    def layers():
        torch.manual_seed(5)
        return torch.nn.Sequential(torch.nn.Conv2d(1, 16, 3), torch.nn.Conv2d(16, 16, 3), torch.nn.Flatten(), torch.nn.Linear(256, 3))

    def learn(network, optimiser):
        x = torch.randn(8, 1, 8, 8, generator=torch.Generator().manual_seed(1))
        network(x).square().mean().backward()
        optimiser.step()

    mixed, plain = layers(), layers()
    kernels, rest = split(list(mixed.parameters()))
    assert [tuple(k.shape) for k in kernels] == [(16, 1, 3, 3), (16, 16, 3, 3)]
    before = [p.detach().clone() for p in mixed.parameters()]
    groups = [{"params": kernels, "muon": True, "lr": 0.01}, {"params": rest, "lr": 0.003}]
    learn(mixed, Muon(groups, weight_decay=0.0))
    for kernel, old in zip(kernels, (before[0], before[2]), strict=True):
        # A step of a scaled orthogonal matrix: far more even than a gradient.
        step = (kernel - old).detach().reshape(16, -1)
        sizes = torch.linalg.svdvals(step) / (0.01 * 0.2 * max(step.shape) ** 0.5)
        assert 0.6 < sizes.min() and sizes.max() < 1.3
    learn(plain, torch.optim.AdamW(plain.parameters(), lr=0.003, weight_decay=0.0))
    others = split(list(plain.parameters()))[1]
    for ours, theirs, old in zip(rest, others, (before[1], *before[3:]), strict=True):
        torch.testing.assert_close(ours, theirs)
        assert not torch.equal(ours, old)


# --- blending -------------------------------------------------------------------------------------------------------


def test_a_blend_lies_between_two_checkpoints_in_the_parts_named(tmp_path):
    def write(name, number, **more):
        state = {"encoder.w": torch.full((3,), number), "normalizer.w": torch.full((3,), number), "encoder.count": torch.tensor(int(number))}
        checkpoint.save(tmp_path / name, {"fingerprint": "f", "model": state, "network": {}} | more)

    write("a.pt", 1.0)
    write("b.pt", 100.0, average={"encoder.w": torch.full((3,), 2.0), "normalizer.w": torch.full((3,), 2.0), "encoder.count": torch.tensor(2)})
    command = [str(tmp_path / "a.pt"), str(tmp_path / "b.pt"), "--out", str(tmp_path / "c.pt"), "--share", "0.25", "--parts", "encoder"]
    blend_main(command)
    state = checkpoint.load(tmp_path / "c.pt")["model"]
    assert state["encoder.w"].tolist() == [1.25] * 3
    assert state["normalizer.w"].tolist() == [2.0] * 3
    assert int(state["encoder.count"]) == 2
    with pytest.raises(SystemExit, match="exists already"):
        blend_main(command)


def test_checkpoints_of_different_networks_are_not_blended(tmp_path):
    for name, size in (("a.pt", 3), ("b.pt", 4)):
        checkpoint.save(tmp_path / name, {"fingerprint": "f", "model": {"encoder.w": torch.zeros(size)}, "network": {}})
    with pytest.raises(SystemExit, match="encoder.w is not the same weight in both"):
        blend_main([str(tmp_path / "a.pt"), str(tmp_path / "b.pt"), "--out", str(tmp_path / "c.pt")])
    assert not (tmp_path / "c.pt").exists()
