"""Pools: what each sample teaches, who is held out, and the sets told and drawn by networks."""

import copy
import shutil

import numpy as np
import pytest
import torch

from norface_training.data.shards import ShardedSet, ShardError, ShardWriter
from norface_training.labels import AU_INDEX, SIDE_INDEX, TEACHER_SHAPES
from norface_training.networks import Norface
from norface_training.networks.points import GEOMETRY_POINTS
from norface_training.train import checkpoint
from norface_training.train.augment import mirror_order
from norface_training.train.batches import Batches
from norface_training.train.config import AugmentConfig, DataConfig, parse_config
from norface_training.train.pools import balance, head_pool, photo_pool, shrink, split_by_identity, worn_shapes
from norface_training.train.run import Trainer, load_pools
from norface_training.train.targets import TargetModel
from norface_training.train.targets import main as targets_main
from norface_training.train.tell import main as tell_main
from norface_training.train.tell import tell

from .runs import TINY


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


def test_a_set_that_has_grown_keeps_its_held_out_people(cache):
    pool = head_pool(cache, "heads", 72)
    first = pool.take(torch.arange(len(pool) // 2))
    _, held_before = split_by_identity(first, 0.3)
    train, held = split_by_identity(pool, 0.3, among=len(first))
    assert set(held.identity.tolist()) == set(held_before.identity.tolist())
    assert not set(train.identity.tolist()) & set(held.identity.tolist())
    assert len(train) + len(held) == len(pool)


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
    assert head_pool(tmp_path, "heads", 72).target_weight.tolist() == [1.0] * 10 + [0.0] * 290
    fitted = rng.integers(1, 256, (len(source), 72, 72), dtype=np.uint8)
    writer = ShardWriter(tmp_path / "heads_fitted", {"size": 72})
    writer.append(target=fitted[:100])
    with pytest.raises(ShardError, match="has 100 rows, heads 300: run norface_training.train.targets heads"):
        head_pool(tmp_path, "heads", 72)
    writer.append(target=fitted[100:])
    target = head_pool(tmp_path, "heads", 72).target.numpy()
    np.testing.assert_array_equal(target[:10], shrink(source["target"][:10], 72))
    np.testing.assert_array_equal(target[10:], fitted[10:])


def told_set(cache, name, answer, value):
    """What a network told of a set: every intensity ``value``."""
    count = len(ShardedSet(cache / name))
    writer = ShardWriter(cache / f"{name}_{answer}", {"checkpoint": answer})
    if not writer.count:
        filled = {key: np.full((count, size), value, np.float32) for key, size in (("au", 20), ("left", 14), ("right", 14))}
        writer.append(emotion=np.full((count, 8), 1 / 8, np.float32), **filled)


def test_each_unit_of_a_photograph_is_taken_from_whom_the_configuration_trusts(cache, tmp_path):
    plain = photo_pool(cache, "ferplus_train", 72, DataConfig())
    told_set(cache, "ferplus_train", "trusted", 4.0)
    trust = {"AU04": {"weight": 0.0}, "AU07": {"weight": 0.7, "source": "trusted"}, "AU12": {"weight": 0.4, "source": "trusted", "votes": 0.5}}
    pool = photo_pool(cache, "ferplus_train", 72, DataConfig(trust=trust))
    lowered, squint, smile = (AU_INDEX[n] for n in (4, 7, 12))
    assert (pool.au_weight[:, lowered] == 0).all() and (pool.side_weight[:, SIDE_INDEX[4]] == 0).all()
    assert (pool.au[:, squint] == 4).all() and (pool.au_weight[:, squint] == pytest.approx(0.7)) and (pool.left[:, SIDE_INDEX[7]] == 4).all()
    happy = (pool.emotion[:, 1] > 0.9) & (pool.emotion_weight > 0)
    assert happy.any() and torch.allclose(pool.au[happy, smile], 0.5 * (4 + torch.tensor(3.5)) * torch.ones(int(happy.sum())), atol=0.2)
    others = [i for i in range(20) if i not in (lowered, squint, smile)]
    assert torch.equal(pool.au[:, others], plain.au[:, others]) and torch.equal(pool.au_weight[:, others], plain.au_weight[:, others])


def test_two_witnesses_are_heard_by_their_mean(cache):
    told_set(cache, "ferplus_train", "trusted", 4.0)
    told_set(cache, "ferplus_train", "doubted", 1.0)
    pool = photo_pool(cache, "ferplus_train", 72, DataConfig(trust={"AU14": {"weight": 0.5, "source": "trusted+doubted"}}))
    assert (pool.au[:, AU_INDEX[14]] == 2.5).all() and (pool.right[:, SIDE_INDEX[14]] == 2.5).all()
    assert (pool.au_weight[:, AU_INDEX[14]] == 0.5).all()


def test_what_a_witness_says_is_stretched_from_a_floor_on(cache):
    told_set(cache, "ferplus_train", "measured", 2.0)
    trust = {"AU17": {"weight": 0.5, "source": "measured", "floor": 0.5, "gain": 1.5}, "AU01": {"weight": 0.5, "source": "measured", "floor": 2.5}}
    pool = photo_pool(cache, "ferplus_train", 72, DataConfig(trust=trust))
    assert (pool.au[:, AU_INDEX[17]] == 2.25).all() and (pool.au[:, AU_INDEX[1]] == 0).all() and (pool.left[:, SIDE_INDEX[1]] == 0).all()


def test_pictures_that_voters_called_neutral_show_none_of_the_units_that_nothing_else_tells(cache):
    trust = {"AU04": {"weight": 0.0}, "AU12": {"weight": 0.5}, "AU43": {"weight": 0.0}}
    plain = photo_pool(cache, "ferplus_train", 72, DataConfig(trust=trust))
    pool = photo_pool(cache, "ferplus_train", 72, DataConfig(trust=trust, neutral_weight=0.1))
    neutral, lowered = pool.votes[:, 0] >= 8, AU_INDEX[4]
    assert neutral.any() and not neutral.all()
    assert (pool.au_weight[neutral, lowered] == pytest.approx(0.1)) and (pool.au[neutral, lowered] == 0).all()
    assert (pool.side_weight[neutral, SIDE_INDEX[4]] == pytest.approx(0.1)) and (pool.au_weight[~neutral, lowered] == 0).all()
    for kept in (AU_INDEX[12], AU_INDEX[43]):
        assert torch.equal(pool.au[:, kept], plain.au[:, kept]) and torch.equal(pool.au_weight[:, kept], plain.au_weight[:, kept])


def test_a_networks_pictures_are_taught_where_photographs_have_no_others(cache, tmp_path):
    shutil.copytree(cache / "ferplus_train", tmp_path / "ferplus_train")
    config = parse_config(TINY)
    trainer = Trainer(config, tmp_path, {}, {})
    content = {"fingerprint": "", "model": trainer.model.state_dict(), "network": config.network.to_dict()}
    checkpoint.save(tmp_path / "a.pt", content)
    tell_main([str(tmp_path / "a.pt"), "ferplus_train", "--cache", str(tmp_path), "--pictures"])
    side = config.network.normalized_size
    drawn, found = ShardedSet(tmp_path / "ferplus_train_told")["target"], ShardedSet(tmp_path / "ferplus_train")["found"] > 0
    assert drawn.shape[1:] == (side, side) and drawn.dtype == np.uint8 and not drawn[~found].any()
    pool = photo_pool(tmp_path, "ferplus_train", side, DataConfig(target_weight=0.6))
    assert torch.equal(pool.target, torch.from_numpy(drawn[found])) and (pool.target_weight == pytest.approx(0.6))


def test_what_was_told_must_cover_the_set(cache):
    with pytest.raises(ShardError, match="ferplus_train_nobody"):
        photo_pool(cache, "ferplus_train", 72, DataConfig(trust={"AU04": {"weight": 0.5, "source": "nobody"}}))


def test_rendered_people_learn_in_part_what_was_told_of_them_and_are_judged_by_the_truth(cache):
    told_set(cache, "heads", "told", 1.0)
    plain = head_pool(cache, "heads", 72)
    mixed = head_pool(cache, "heads", 72, told_share=0.7)
    torch.testing.assert_close(mixed.au, 0.3 * plain.au + 0.7, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(mixed.left, 0.3 * plain.left + 0.7, atol=1e-5, rtol=1e-5)
    values = copy.deepcopy(TINY) | {"data": {"heads_told_share": 0.7, "shares": {"heads": 1.0}}, "stages": [TINY["stages"][1] | {"shares": {"heads": 1}}]}
    train, held = load_pools(parse_config(values), cache)
    truth = {tuple(row) for row in plain.au.tolist()}
    assert all(tuple(row) in truth for row in held["heads"].au.tolist()) and not any(tuple(row) in truth for row in train["heads"].au.tolist())
    shutil.rmtree(cache / "heads_told")


def test_both_rendered_worlds_have_a_pool_and_one_is_silent_about_a_unit(cache, tmp_path):
    for name in ("heads", "photos", "ferplus_train", "ferplus_valid"):
        shutil.copytree(cache / name, tmp_path / name)
    shutil.copytree(cache / "heads", tmp_path / "makehuman")
    data = {"shares": {"ferplus": 0.5, "heads": 0.25, "makehuman": 0.25}, "makehuman_silent": ["AU14", "AU23"]}
    train, held = load_pools(parse_config(copy.deepcopy(TINY) | {"data": data}), tmp_path)
    assert set(train) == set(held) == {"ferplus", "photos", "heads", "makehuman"}
    for number in (14, 23):
        assert not train["makehuman"].au_weight[:, AU_INDEX[number]].any() and train["heads"].au_weight[:, AU_INDEX[number]].all()
    assert not train["makehuman"].side_weight[:, SIDE_INDEX[14]].any() and train["makehuman"].side_weight[:, SIDE_INDEX[12]].all()
    assert held["makehuman"].au_weight.all(), "what is held out is judged on all units"
