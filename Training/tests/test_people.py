"""What is present on real faces: thresholds and curves for people, shares by emotion, frames coded by eye."""

import subprocess

import numpy as np
import pytest

from norface_training.data.coded import coded_frames, coded_pictures
from norface_training.data.sources import SourceError
from norface_training.evaluate.card import _clips, _shares
from norface_training.evaluate.people import clips, shares
from norface_training.export import people
from norface_training.labels import AU_INDEX, AUS, EMOTIONS
from norface_training.train.stretch import floor_and_gain

FLAT = {"x": [0.0, 5.0], "y": [0.0, 5.0]}


def pictures(count=600, seed=3):
    """Neutral, angry and happy pictures: AU04 weakly raised where it shows, AU12 strongly; AU23 in all of the angry ones."""
    rng = np.random.default_rng(seed)
    votes = np.zeros((count, 10))
    kinds = np.arange(count) % 3
    for kind, emotion in enumerate(("neutral", "anger", "happiness")):
        votes[kinds == kind, EMOTIONS.index(emotion)] = 9
    raw = np.abs(rng.normal(0, 0.1, (count, len(AUS))))
    raw[kinds == 1, AU_INDEX[4]] += 0.8
    raw[kinds == 1, AU_INDEX[23]] += rng.uniform(1, 3, (kinds == 1).sum())
    raw[kinds == 2, AU_INDEX[12]] += 3
    return raw, votes, kinds


def test_thresholds_leave_neutral_faces_alone_and_find_the_units_of_an_emotion():
    raw, votes, kinds = pictures()
    before = {name: {"on": 1.0, "off": 0.7} for name in AUS}
    found = people.thresholds({}, raw, votes, before)
    for number, kind in ((4, 1), (12, 2)):
        on = found[AUS[AU_INDEX[number]]]["on"]
        assert (raw[kinds == 0, AU_INDEX[number]] >= on).mean() <= 0.03
        assert (raw[kinds == kind, AU_INDEX[number]] >= on).mean() > 0.8
    # Without false alarms nothing is made harder, and units of ambiguous pictures stay as they were.
    assert found["AU23"]["on"] <= 1.0 and found["AU43"] == before["AU43"]
    # A unit of no emotion keeps at least half of what it had, and has few false alarms.
    assert found["AU18"]["on"] == 0.5
    assert people.thresholds({}, raw, votes, before, fitted=True)["AU18"]["on"] == 1.0, "what was fitted for people is not halved again"
    # Even where a former threshold lies above all that are tried there is one.
    assert people.thresholds({}, raw, votes, {name: {"on": 9.0, "off": 6.3} for name in AUS})["AU04"]["on"] > 2
    raw[:, AU_INDEX[18]] += np.random.default_rng(1).uniform(0, 1.5, len(raw))
    on = people.thresholds({}, raw, votes, before)["AU18"]["on"]
    assert (raw[kinds == 0, AU_INDEX[18]] >= on).mean() == pytest.approx(people.WITHOUT, abs=0.01)
    assert all(t["off"] == pytest.approx(0.7 * t["on"], abs=0.001) for t in found.values())


def test_false_alarms_raise_a_threshold_no_farther_than_what_is_told_as_plain():
    raw, votes, kinds = pictures()
    rng = np.random.default_rng(2)
    raw[kinds == 0, AU_INDEX[1]] += rng.uniform(0, 1.6, (kinds == 0).sum())
    raw[kinds == 0, AU_INDEX[2]] += rng.uniform(0, 5, (kinds == 0).sum())
    votes[kinds == 2] = 0
    votes[kinds == 2, EMOTIONS.index("surprise")] = 9
    raw[kinds == 2, AU_INDEX[1]] += 3
    found = people.thresholds({}, raw, votes, {name: {"on": 1.0, "off": 0.7} for name in AUS})
    assert 1.3 < found["AU01"]["on"] < 1.8 and (raw[kinds == 0, AU_INDEX[1]] >= found["AU01"]["on"]).mean() < 0.06
    assert found["AU02"]["on"] <= people.HIGHEST + 0.05


def test_what_was_told_is_stretched_to_a_plain_case_from_what_faces_at_rest_show():
    raw, votes, kinds = pictures()
    found = floor_and_gain(raw, votes)
    floor, gain = found["AU04"]
    assert floor == pytest.approx(np.quantile(raw[kinds == 0, AU_INDEX[4]], 0.75))
    assert gain * (np.median(raw[kinds == 1, AU_INDEX[4]]) - floor) == pytest.approx(2.5, abs=0.6)
    assert found["AU12"][1] == 1 and "AU01" not in found and "AU18" not in found


def test_too_few_neutral_pictures_change_nothing():
    raw, votes, _ = pictures(60)
    before = {name: {"on": 1.0, "off": 0.7} for name in AUS}
    assert people.thresholds({}, raw, votes, before) == before


def test_a_plain_case_is_told_as_plain_and_the_order_is_kept():
    raw, votes, kinds = pictures()
    curves = people.reach({name: FLAT for name in AUS}, raw, votes)
    assert curves["AU12"] == FLAT and curves["AU18"] == FLAT
    x, y = np.array(curves["AU04"]["x"]), np.array(curves["AU04"]["y"])
    assert (np.diff(x) > 0).all() and (np.diff(y) >= 0).all() and y[0] == 0 and y[-1] == 5
    told = np.interp(raw[kinds == 1, AU_INDEX[4]], x, y)
    assert np.median(told) == pytest.approx(people.FARTHEST * np.median(raw[kinds == 1, AU_INDEX[4]]), rel=0.1)


class Told:
    """A bundle that says what it is told to."""

    def __init__(self, au, on=1.0):
        self.au, self.manifest = au, {"thresholds": {name: {"on": on, "off": on} for name in AUS}}

    def predict(self, crops, geometry):
        return {"au": self.au}


class Rows(dict):
    fields = ()


def test_shares_are_told_by_emotion(cache):
    from norface_training.train.config import DataConfig
    from norface_training.train.pools import photo_pool

    pool = photo_pool(cache, "ferplus_valid", 72, DataConfig())
    neutral, angry = (pool.votes.numpy()[:, i] >= 8 for i in (0, 4))
    au = np.zeros((len(pool), len(AUS)), np.float32)
    au[angry, AU_INDEX[4]] = 2
    told = shares(Told(au), pool)
    assert told["units"]["AU04"]["anger"] == 1 and told["units"]["AU04"]["neutral"] == 0 and told["worst_false_alarms"] == 0
    assert told["images"]["neutral"] == neutral.sum()
    au[neutral, AU_INDEX[2]] = 2
    told = shares(Told(au), pool)
    assert told["worst"] == "AU02" and told["worst_false_alarms"] == 1
    assert "| AU04 |" in _shares(told) and "100 (over 70)" in _shares(told)


def test_coded_frames_count_hits_and_false_alarms_of_what_is_known():
    rows = Rows(
        found=np.array([1, 1, 0]), crop=np.zeros((3, 4, 4), np.uint8), geometry=np.zeros((3, 468, 3), np.float32),
        shows=np.zeros((3, 20), np.uint8), known=np.ones((3, 20), np.uint8),
    )  # fmt: skip
    rows["shows"][0, AU_INDEX[17]] = rows["shows"][2, AU_INDEX[17]] = 1
    rows["known"][1, AU_INDEX[4]] = 0
    au = np.zeros((3, 20), np.float32)
    au[0, AU_INDEX[17]], au[1, AU_INDEX[4]], au[1, AU_INDEX[28]] = 2.5, 3, 3
    told = clips(Told(au), rows)
    assert (told["frames"], told["hits"]) == (2, 1) and told["false_alarms"] == pytest.approx(1 / 38)
    assert told["units"]["AU17"]["intensity"] == 2.5 and told["units"]["AU28"]["false_alarms"] == 1
    assert "1 of 1" in _clips(told)


def test_coded_frames_are_read_with_their_pictures(tmp_path):
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=gray:size=64x48:rate=5:duration=1,geq=lum='40*N'", "-pix_fmt", "yuv420p",
         str(tmp_path / "a.mp4")], check=True,
    )  # fmt: skip
    (tmp_path / "frames.txt").write_text("# coded by eye\na 3 | 1 25 | 4\na 0 | | 2\n")
    frames = coded_frames(tmp_path)
    assert [(f.clip, f.number) for f in frames] == [("a", 3), ("a", 0)]
    assert frames[0].shows.sum() == 2 and not frames[0].known[AU_INDEX[4]] and frames[0].known.sum() == 19
    first, second = coded_pictures(tmp_path, frames)
    assert first.shape == (48, 64) and first.mean() > second.mean() + 50
    (tmp_path / "frames.txt").write_text("a 3 | 99 |\n")
    with pytest.raises(SourceError, match="line 1"):
        coded_frames(tmp_path)
    (tmp_path / "frames.txt").write_text("a 300 | 1 |\n")
    with pytest.raises(SourceError, match="ends at frame"):
        list(coded_pictures(tmp_path, coded_frames(tmp_path)))


def test_an_export_for_people_begins_with_a_former_bundles_curves_and_keeps_them_where_photographs_say_nothing(cache):
    import copy

    import torch

    from norface_training.export.__main__ import fit_people
    from norface_training.networks import Norface
    from norface_training.train.config import parse_config
    from norface_training.train.run import load_pools

    from .runs import TINY

    torch.manual_seed(1)
    config = parse_config(copy.deepcopy(TINY))
    train, held = load_pools(config, cache)
    former = {"calibration": {name: FLAT for name in AUS}, "thresholds": {name: {"on": 1.3, "off": 0.9} for name in AUS}}
    curves, thresholds, warm = fit_people(Norface(config.network).eval(), held, train["ferplus"], former)
    # The test's set has a handful of neutral pictures.
    assert thresholds == former["thresholds"] and set(curves) == set(AUS) and warm > 0
    fitted, _, _ = fit_people(Norface(config.network).eval(), held, train["ferplus"])
    assert fitted != curves
