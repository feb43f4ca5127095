"""Stages that compute tokens once: what they see is what the networks see, and what they cannot do is refused."""

import copy

import pytest
import torch

from norface_training.networks import Norface
from norface_training.train.cached import CachedBatches
from norface_training.train.config import AugmentConfig, ConfigError, DataConfig, StageConfig, parse_config
from norface_training.train.pools import head_pool, photo_pool
from norface_training.train.run import Stopped, Trainer, load_pools
from norface_training.train.step import Step

from .runs import TINY


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    return Norface(parse_config(copy.deepcopy(TINY)).network).eval()


@pytest.fixture
def pools(cache):
    return {"ferplus": photo_pool(cache, "ferplus_train", 72, DataConfig()), "heads": head_pool(cache, "heads", 72)}


def batches(model, pools, folder, views=None):
    return CachedBatches(pools, {"ferplus": 0.5, "heads": 0.5}, AugmentConfig(), 96, 8, 5, model, views or {"heads": 2}, folder)


def test_the_plain_view_has_the_tokens_of_the_crop_and_of_its_normalized_face(model, pools, tmp_path):
    kept = batches(model, pools, tmp_path).kept
    pool = pools["ferplus"]
    with torch.no_grad():
        tokens = model.encoder(pool.crop[:4].unsqueeze(1).float() / 255)
        torch.testing.assert_close(kept["ferplus"]["tokens"][:4].float(), tokens, atol=2e-3, rtol=2e-3)
        again = model.encoder(model.normalizer(tokens))
        torch.testing.assert_close(kept["ferplus"]["normalized_tokens"][:4].float(), again, atol=2e-3, rtol=2e-3)
    assert len(kept["ferplus"]["flip"]) == len(pool) and len(kept["heads"]["flip"]) == 2 * len(pools["heads"])
    assert not kept["ferplus"]["flip"].any()


def test_a_mirrored_view_has_its_sides_exchanged(model, pools, tmp_path):
    pool = pools["heads"]
    flip = batches(model, pools, tmp_path).kept["heads"]["flip"][len(pool) :]
    assert 0.3 < flip.float().mean() < 0.7
    taught = CachedBatches.labels(pool, torch.arange(len(pool)), flip)
    assert torch.equal(torch.where(flip[:, None], taught["right"], taught["left"]), pool.left)


def test_views_are_computed_once_and_again_when_a_picture_changes(model, pools, tmp_path, monkeypatch):
    first = batches(model, pools, tmp_path)
    counted = []
    monkeypatch.setattr(CachedBatches, "keep", lambda self, model, pool, views, keep=CachedBatches.keep: counted.append(len(pool)) or keep(self, model, pool, views))
    again = batches(model, pools, tmp_path)
    assert not counted and torch.equal(first.draw()["tokens"], again.draw()["tokens"])
    pools["heads"].au[:] = 3
    other = batches(model, pools, tmp_path)
    assert not counted and (other.draw()["au"] == 3).all(1).sum() == 4, "other labels of the same pictures need no other views"
    pools["heads"].crop[0] += 1
    batches(model, pools, tmp_path)
    assert counted == [len(pools["heads"])]


def test_a_step_on_tokens_is_the_step_on_faces(model, pools, tmp_path):
    stage = StageConfig(train=["classifier"], losses={"emotion": 1, "au": 1, "alone": 0.3, "consistency": 0.1, "shapes": 0.1})
    kept = batches(model, pools, tmp_path, {"heads": 1, "ferplus": 1})
    rows = torch.arange(8)
    batch = {key: value[rows] for key, value in kept.kept["ferplus"].items()}
    batch |= CachedBatches.labels(pools["ferplus"], rows, batch.pop("flip"))
    faces = batch | {"face": pools["ferplus"].crop[:8].unsqueeze(1).float() / 255}
    faces = {key: value for key, value in faces.items() if "tokens" not in key}
    step = Step(model, stage)
    model.classifier.dropout.p = 0.0
    step.model.classifier.eval()
    tokens = step(batch | {key: batch[key].float() for key in ("tokens", "normalized_tokens")})
    for name, value in step(faces).items():
        torch.testing.assert_close(tokens[name], value, atol=5e-3, rtol=5e-3)


def test_readers_held_still_are_read_once_and_do_not_learn(cache, tmp_path):
    stage = STAGE | {"anew": [], "hold": ["readers"], "weight_decay": 0.1, "steps": 2, "validate_every": 2, "keep": "last"}
    config = parse_config(copy.deepcopy(TINY) | {"stages": [stage]})
    trainer = Trainer(config, tmp_path, *load_pools(config, cache))
    before = {key: value.clone() for key, value in trainer.model.state_dict().items()}
    after = torch.load(trainer.run(), weights_only=True)["model"]
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    assert changed and all(key.startswith(("classifier.input_mixture.", "classifier.output_mixture.")) for key in changed)


def test_representations_kept_are_those_of_the_faces(model, pools, tmp_path):
    kept = CachedBatches(pools, {"ferplus": 1.0}, AugmentConfig(), 96, 8, 5, model, {}, tmp_path, read=True)
    part = kept.kept["ferplus"]
    assert "tokens" not in part
    with torch.no_grad():
        face = pools["ferplus"].crop[:4].unsqueeze(1).float() / 255
        said = model.classifier.mix([part["representations"][:4]])
        torch.testing.assert_close(said.au, model(face, pools["ferplus"].geometry[:4].float())[0].au, atol=1e-4, rtol=1e-4)
    assert "representations" in kept.draw()


STAGE = {"name": "agree", "train": ["classifier"], "anew": ["classifier"], "steps": 6, "batch": 8, "validate_every": 6,
         "losses": {"emotion": 1, "au": 1}, "views": {"heads": 2}}  # fmt: skip


def test_a_run_with_views_goes_on_where_it_stopped(cache, tmp_path):
    config = parse_config(copy.deepcopy(TINY) | {"stages": [STAGE]})

    def trainer(name):
        return Trainer(config, tmp_path / name, *load_pools(config, cache), views=tmp_path / "views")

    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole = torch.load(trainer("whole").run(), weights_only=True)["model"]
    stopped = trainer("parts")
    draw = CachedBatches.draw
    calls = []

    def stop_at_three(self):
        calls.append(1)
        if len(calls) == 3:
            stopped.stop()
        return draw(self)

    CachedBatches.draw = stop_at_three
    try:
        with pytest.raises(Stopped, match="step 3 of 6"):
            stopped.run()
    finally:
        CachedBatches.draw = draw
    parts = torch.load(trainer("parts").run(), weights_only=True)["model"]
    assert all(torch.equal(whole[key], parts[key]) for key in whole)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"train": ["encoder"]}, "views are kept where the classifier alone learns"), ({"read": "original"}, "views are kept"),
     ({"losses": {"au": 1, "flip": 1}}, "flip reads what"), ({"anew": ["soul"]}, "anew has 'soul'"),
     ({"hold": ["readers"], "losses": {"au": 1, "alone": 1}}, "alone reads what"), ({"hold": ["soul"]}, "hold has 'soul'")],
)  # fmt: skip
def test_what_a_stage_with_views_cannot_do_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(copy.deepcopy(TINY) | {"stages": [STAGE | change]})
