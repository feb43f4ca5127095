"""The second rendered world. Most of it needs MakeHuman's head: name its folder in NORFACE_DATA; without it those tests are skipped."""

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from norface_training.heads.person import GLASSES, HAT, SUNGLASSES
from norface_training.labels import AU_INDEX, AUS, SIDE_INDEX
from norface_training.makehuman import person, units
from norface_training.makehuman.pack import Pack, Worn, vertex_normals
from norface_training.makehuman.render import FULL_GAP, NO_GAP, labelled, parted

DATA = os.environ.get("NORFACE_DATA", "")
needs_pack = pytest.mark.skipif(
    not all((Path(DATA) / name).is_file() for name in ("makehuman_facs.npz", "ict_facekit.npz")), reason="NORFACE_DATA has no makehuman_facs.npz"
)
DETAILS = [f"nose/nose-{k}-incr" for k in range(40)] + ["eyes/l-eye-scale-incr", "eyes/r-eye-scale-incr", "head/head-angle-in"]
SKINS = [f"{age}_{ancestry}_{sex}" for age in ("young", "middleage", "old") for ancestry in person.ANCESTRIES for sex in person.SEXES]


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    pytest.importorskip("moderngl")
    from norface_training.makehuman.studio import Studio

    return Studio(DATA, tmp_path_factory.mktemp("maps"), 128, 128)


def worn(studio, **values):
    return studio.model.coefficients(**values)


def test_a_number_is_always_the_same_person_and_all_kinds_are_met():
    people = [person.sample(k, 20, DETAILS, SKINS) for k in range(200)]
    again = person.sample(7, 20, DETAILS, SKINS)
    assert (again.macros, again.details, again.skins, again.hair) == (people[7].macros, people[7].details, people[7].skins, people[7].hair)
    for kind in (person.ANCESTRIES, person.SEXES, person.AGES):
        shares = [np.mean([somebody.flags & person.GROUPS[name] > 0 for somebody in people]) for name in kind]
        assert min(shares) > 0.1 and abs(sum(shares) - 1) < 1e-9, "everybody is of one kind"
    assert all(somebody.flags & person.SECOND_WORLD and not somebody.flags & HAT for somebody in people)
    assert not any(somebody.style.beard for somebody in people if somebody.sex == "female" or somebody.age == "child")


def test_weights_of_a_person_add_up_to_one_head_and_both_eyes_go_together():
    for k in range(30):
        somebody = person.sample(k, 20, DETAILS, SKINS)
        assert abs(sum(v for name, v in somebody.macros.items() if not name.startswith("universal")) - 1) < 1e-5
        assert "head/head-angle-in" not in somebody.details, "a head's pose is the camera's"
        assert somebody.details.get("eyes/l-eye-scale-incr") == somebody.details.get("eyes/r-eye-scale-incr")


def test_the_groups_take_no_bit_of_the_first_worlds_flags():
    taken = GLASSES | HAT | SUNGLASSES | 64 | 32 | 16 | 4 | 2
    bits = [person.SECOND_WORLD, *person.GROUPS.values()]
    assert len(set(bits)) == len(bits) and not any(bit & taken for bit in bits)


def test_parted_lips_are_told_by_their_gap():
    np.testing.assert_allclose(parted([-0.3, NO_GAP, (NO_GAP + FULL_GAP) / 2, FULL_GAP, 3.0]), [0, 0, 2.5, 5, 5], atol=1e-5)


def test_the_left_share_turns_from_one_side_to_the_other():
    x = np.array([[-3.0, 0, 0], [0, 0, 0], [3.0, 0, 0]], np.float32)
    np.testing.assert_allclose(units.left_share(x)[:, 0], [0, 0.5, 1], atol=1e-4)


def test_what_is_worn_follows_the_head_and_grows_with_it():
    head = np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2]], np.float32)
    thing = Worn(np.array([[1, 2, 3]]), np.array([[0.5, 0.25, 0.25]], np.float32), np.array([[0.1, 0.2, 0.3]], np.float32), np.array([[0, 1], [0, 2], [0, 3]]),
                 np.array([2.0, 2, 2]), np.zeros((0, 3), int), np.zeros((0, 2)), np.zeros((0, 3), int))  # fmt: skip
    np.testing.assert_allclose(thing.place(head), [[1.1, 0.7, 0.8]], atol=1e-6)
    np.testing.assert_allclose(thing.place(2 * head + 1), [[3.2, 2.4, 2.6]], atol=1e-6)


def test_normals_of_a_mesh_point_out_of_it():
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], np.float32)
    np.testing.assert_allclose(vertex_normals(corners, np.array([[0, 1, 2], [1, 3, 2]])), np.tile([0, 0, 1.0], (4, 1)), atol=1e-6)


def test_a_pack_that_is_not_there_or_is_another_is_named(tmp_path):
    from norface_training.data.sources import SourceError

    with pytest.raises(FileNotFoundError, match="nothing.npz"):
        Pack(tmp_path / "nothing.npz")
    np.savez(tmp_path / "other.npz", neutral=np.zeros(3))
    with pytest.raises(SourceError, match="not MakeHuman's head, lacks"):
        Pack(tmp_path / "other.npz")


@needs_pack
def test_left_and_right_add_up_to_the_bilateral_movement(studio):
    both, left, right = (studio.units.displacement(worn(studio, **{name: 1.0})) for name in ("mouthSmile", "mouthSmile_L", "mouthSmile_R"))
    np.testing.assert_allclose(left + right, both, atol=1e-4)
    corner = studio.mesh[291]  # the subject's left
    assert np.linalg.norm(left[corner]) > 20 * np.linalg.norm(right[corner])


@needs_pack
def test_mended_targets_do_what_their_units_do(studio):
    move = lambda **values: studio.units.displacement(worn(studio, **values))
    corners, chin = studio.mesh[[61, 291]], studio.mesh[152]
    assert 2.5 < -move(jawOpen=1.0)[studio.mesh, 1].min() < 4.5, "as far as the first world's jaw drops"
    assert np.abs(move(mouthDimple=1.0)[corners, 1]).max() < 0.15, "a dimple does not lift the corner"
    assert move(mouthPress=1.0)[corners, 1].max() < 0.15, "nor do pressed lips"
    assert np.abs(move(mouthRollLower=1.0)[chin]).max() < 0.1, "a lip that is sucked in leaves the jaw where it is"
    assert move(mouthFrown=1.0)[corners, 1].max() < -0.3 and move(mouthSmile=1.0)[corners, 1].min() > 0.3
    still = units.gap(studio.pack.neutral, studio.mesh)
    closed = units.gap(studio.pack.neutral + move(jawOpen=0.5, mouthClose=0.5), studio.mesh)
    opened = units.gap(studio.pack.neutral + move(jawOpen=0.5), studio.mesh)
    assert abs(closed - still) < 0.1 and opened - still > 0.1


@needs_pack
def test_a_blink_closes_everybodys_lids(studio):
    open_, closed = worn(studio), worn(studio, eyeBlink=1.0)
    for number in range(4):
        somebody = person.sample(number, studio.variants, studio.pack.details, studio.pack.skins)
        dressed = studio.person(somebody)
        gap = lambda head: (head[studio.mesh[[386, 159]]] - head[studio.mesh[[374, 145]]])[:, 1]
        before, after = gap(studio.shape(dressed, open_)), gap(studio.shape(dressed, closed))
        assert (before > 0.5).all() and (np.abs(after) < 0.35 * before).all()


@needs_pack
def test_people_are_drawn_with_their_eyes_where_the_first_worlds_are(studio):
    from norface_training.heads.gl import Camera, Light

    somebody = person.sample(3, studio.variants, studio.pack.details, studio.pack.skins)
    somebody.style.glasses = None
    camera = Camera(128, 128, 600, 110, (0, 4))
    rest = studio.draw(somebody, worn(studio), camera, Light())
    jaw = studio.draw(somebody, worn(studio, jawOpen=0.7), camera, Light())
    assert (rest.pixels[..., 3] > 0).mean() > 0.3 and abs(rest.gap) < 1e-4 and jaw.gap > 0.8
    eyes = camera.project(rest.vertices[studio.mesh[[33, 263]]])
    assert abs(eyes[:, 0].mean() - 64) < 2 and abs(eyes[0, 0] + eyes[1, 0] - 128) < 3
    assert np.abs(rest.pixels[..., 0].astype(int) - jaw.pixels[..., 0]).max() > 40


@needs_pack
def test_a_shard_is_labelled_by_coefficients_and_the_gap(studio):
    rows = []
    for gap, values in ((0.0, {"mouthPress": 1.0}), (FULL_GAP, {"jawOpen": 0.2, "mouthSmile_L": 1.0})):
        rows.append({"crop": np.zeros((96, 96), np.uint8), "target": np.zeros((96, 96), np.uint8), "points": np.zeros((468, 2)),
                     "landmarks": np.random.default_rng(1).normal(0, 30, (468, 3)).astype(np.float32), "meshed": True, "pose": [0, 0, 0],
                     "coefficients": worn(studio, **values), "identity": 1_000_000_001, "flags": 128, "index": 1, "gap": gap})  # fmt: skip
    shard = labelled(rows, studio.model.names)
    assert "gap" not in shard and shard["au"][:, AU_INDEX[25]].tolist() == [0, 5]
    assert shard["au"][0, AU_INDEX[24]] == 5 and shard["left"][1, SIDE_INDEX[12]] == 5 and shard["right"][1, SIDE_INDEX[12]] == 0
    assert shard["au"].shape == (2, len(AUS))


def test_a_cards_gaps_name_the_groups():
    from norface_training.evaluate.card import _groups

    row = lambda icc: {"images": 40, "icc": icc, "mae": 0.2}
    text = _groups({"all": row(0.8), "african": row(0.7), "asian": row(0.72), "female": row(0.8), "male": row(0.79), "old": row(0.6)})
    assert "0.020 (asian 0.720, african 0.700), 0.010 (female 0.800, male 0.790)." in text
    assert "Largest" not in _groups({"all": row(0.8)})


def test_a_set_of_the_second_world_has_rows_of_its_own():
    from norface_training.evaluate.__main__ import FLAGS

    assert FLAGS["old"] == person.GROUPS["old"] and SimpleNamespace(**{k.replace(" ", "_"): v for k, v in FLAGS.items()}).glasses == 1
