"""Measures of a bundle, the results file and the card."""

import json

import numpy as np
import pytest
import torch
import yaml

from norface_training import metrics
from norface_training.evaluate import ablation, expression, flicker, identity, results
from norface_training.evaluate.__main__ import main
from norface_training.evaluate.bundle import Bundle, BundleError
from norface_training.export.__main__ import load_model
from norface_training.export.__main__ import main as export
from norface_training.export.calibrate import calibrate, curve, isotonic, temperature, threshold
from norface_training.labels import AUS
from norface_training.train import checkpoint
from norface_training.train.config import AugmentConfig, parse_config
from norface_training.train.run import Trainer, load_pools

from .runs import TINY


@pytest.fixture(scope="module")
def trained(cache, tmp_path_factory):
    """A tiny trained run and its bundle: folder of the run, configuration file, bundle."""
    folder = tmp_path_factory.mktemp("trained")
    file = folder / "run.yaml"
    file.write_text(yaml.safe_dump(TINY))
    config = parse_config(yaml.safe_load(file.read_text()))
    Trainer(config, folder, *load_pools(config, cache)).run()
    export([str(folder / "classifier.best.pt"), str(folder / "bundle"), "--config", str(file), "--cache", str(cache)])
    return folder, file, folder / "bundle"


def run(trained, cache, row, *more):
    folder, file, bundle = trained
    main([row, "--bundle", str(bundle), "--config", str(file), "--cache", str(cache),
          "--checkpoint", str(folder / "classifier.best.pt"), *more])  # fmt: skip
    return json.loads((bundle / "results.json").read_text())[row]


# --- calibration ----------------------------------------------------------------------------------------------------


def test_the_isotonic_fit_agrees_with_scikit_learn():
    reference = pytest.importorskip("sklearn.isotonic")
    rng = np.random.default_rng(0)
    x, weight = rng.random(200), rng.random(200) + 0.1
    y = x**2 + rng.normal(0, 0.2, 200)
    sorted_x, fitted = isotonic(x, y, weight)
    expected = reference.IsotonicRegression().fit(x, y, sample_weight=weight).predict(sorted_x)
    np.testing.assert_allclose(fitted, expected, atol=1e-9)


def test_a_curve_rises_everywhere_and_brings_outputs_nearer_the_truth():
    rng = np.random.default_rng(1)
    truth = rng.uniform(0, 5, 2000)
    raw = np.clip(0.4 * truth + 0.5 + rng.normal(0, 0.2, 2000), 0, 5)
    fitted = curve(raw, truth, np.ones(2000))
    assert all(b > a for a, b in zip(fitted["x"], fitted["x"][1:], strict=False))
    assert all(b > a for a, b in zip(fitted["y"], fitted["y"][1:], strict=False))
    assert fitted["x"][0] == 0 and fitted["x"][-1] == 5 and fitted["y"][-1] <= 5
    mapped = np.interp(raw, fitted["x"], fitted["y"])
    assert np.abs(mapped - truth).mean() < 0.6 * np.abs(raw - truth).mean()


def test_a_curve_gives_noisy_outputs_the_spread_of_the_truth():
    rng = np.random.default_rng(6)
    truth = np.where(rng.random(6000) < 0.4, rng.uniform(0, 5, 6000), 0.0)
    raw = np.clip(0.5 * truth + 0.4 + rng.normal(0, 0.5, 6000), 0, 5)
    c = curve(raw, truth, np.ones(6000))
    mapped = np.interp(raw, c["x"], c["y"])
    assert np.all(np.diff(c["y"])[:-1] > 0) and c["y"][-1] <= 5 and abs(mapped.std() / truth.std() - 1) < 0.08
    assert metrics.icc_3_1(truth, mapped) > metrics.icc_3_1(truth, raw) + 0.05


def test_thresholds_part_present_from_absent():
    truth = np.concatenate([np.zeros(500), np.full(100, 3.0)])
    calibrated = np.concatenate([np.full(500, 0.82), np.full(100, 2.0)])
    chosen = threshold(calibrated, truth, np.ones(600))
    assert 0.82 < chosen["on"] <= 2.0 and chosen["off"] <= chosen["on"]


def test_labels_that_nobody_trusts_are_not_calibrated():
    raw = np.random.default_rng(2).uniform(0, 5, (200, len(AUS)))
    weight = np.ones_like(raw)
    weight[:, 3] = 0
    curves, thresholds = calibrate(raw, raw, weight)
    assert AUS[3] not in curves and AUS[3] not in thresholds and len(curves) == len(AUS) - 1


def test_the_temperature_undoes_a_scaling():
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 2, (4000, 8))
    probability = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert temperature(logits * 2.5, probability) == pytest.approx(2.5, rel=0.02)


# --- the bundle and the rows ----------------------------------------------------------------------------------------


def test_the_bundle_says_what_the_checkpoint_says(trained, cache):
    folder, file, path = trained
    _, held = load_pools(parse_config(yaml.safe_load(file.read_text())), cache)
    pool, model = held["ferplus"], load_model(folder / "classifier.best.pt")
    outputs = Bundle(path).predict(pool.crop.numpy(), pool.geometry.float().numpy(), calibrated=False)
    with torch.no_grad():
        prediction, face = model(pool.crop.unsqueeze(1).float() / 255, pool.geometry.float())
    np.testing.assert_allclose(outputs["au"], prediction.intensities()[0].numpy(), atol=1e-3)
    np.testing.assert_allclose(outputs["normalized"], face[:, 0].numpy(), atol=1e-3)


def test_emotions_are_left_as_they_were_learned_when_asked(trained, cache, tmp_path, monkeypatch):
    folder, file, _ = trained
    offsets = np.linspace(-1, 1, 8)
    monkeypatch.setattr("norface_training.export.__main__.emotion_offsets", lambda logits, labels: offsets)
    for name, more in (("offset", []), ("learned", ["--no-offsets"])):
        export([str(folder / "classifier.best.pt"), str(tmp_path / name), "--config", str(file), "--cache", str(cache), *more])
    _, held = load_pools(parse_config(yaml.safe_load(file.read_text())), cache)
    pool = held["ferplus"]
    with torch.no_grad():
        learned = load_model(folder / "classifier.best.pt")(pool.crop.unsqueeze(1).float() / 255, pool.geometry.float())[0].emotion
    inputs = pool.crop.numpy(), pool.geometry.float().numpy()
    np.testing.assert_allclose(Bundle(tmp_path / "learned").predict(*inputs)["emotion"], learned.numpy(), atol=1e-3)
    np.testing.assert_allclose(Bundle(tmp_path / "offset").predict(*inputs)["emotion"], learned.numpy() + offsets, atol=1e-3)


def test_a_checkpoint_may_lack_what_only_training_reads(trained, tmp_path):
    content = checkpoint.load(trained[0] / "classifier.best.pt")
    content["model"] = {k: v for k, v in content["model"].items() if not k.startswith("classifier.points.")}
    checkpoint.save(tmp_path / "a.pt", content)
    load_model(tmp_path / "a.pt")
    del content["model"]["classifier.alone.original.weight"]
    checkpoint.save(tmp_path / "b.pt", content)
    with pytest.raises(checkpoint.CheckpointError, match="b.pt: lacks classifier.alone.original.weight"):
        load_model(tmp_path / "b.pt")


def test_a_changed_network_file_is_refused(trained, tmp_path):
    _, _, path = trained
    for file in path.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with open(tmp_path / "classifier.onnx", "ab") as network:
        network.write(b"\0")
    with pytest.raises(BundleError, match="classifier.onnx"):
        Bundle(tmp_path)


@pytest.mark.parametrize("row", ["ferplus", "shares", "heads", "teacher", "groups", "gates", "flicker", "alone", "budget", "picture"])
def test_every_row_is_written_with_its_command(trained, cache, row, capsys):
    entry = run(trained, cache, row)
    assert entry["command"].startswith(f"python -m norface_training.evaluate {row} --bundle")
    assert entry["date"] and entry["values"] and str(cache) not in entry["command"]


def test_rendered_people_of_a_set_apart_are_judged(trained, cache):
    entry = run(trained, cache, "heads", "--heads", str(cache / "heads"))
    assert entry["values"]["images"] == 300 and "75 rendered people of a set apart" == entry["data"]


def test_the_ablation_has_a_mean_and_a_spread(trained, cache):
    folder, file, _ = trained
    config = parse_config(yaml.safe_load(file.read_text()))
    train, held = load_pools(config, cache)
    rows = ablation.table(
        load_model(folder / "classifier.best.pt"), train, held, config.data.shares, AugmentConfig(), 64, 1, 2,
        ["full", "same image twice", "no input mixture"], say=lambda text: None,
    )  # fmt: skip
    assert set(rows) == {"full", "same image twice", "no input mixture"}
    assert all(np.isfinite(v["mean"]) and v["sd"] >= 0 for v in rows["full"].values() if v["mean"] == v["mean"])


def test_a_mixture_of_one_keeps_its_width(trained):
    folder, _, _ = trained
    model = load_model(folder / "classifier.best.pt")
    one = ablation.variant(model, ablation.VARIANTS["no input mixture"])
    assert one.input_mixture.hidden.out_features == model.classifier.input_mixture.hidden.out_features


def test_a_row_without_its_set_is_refused(trained, cache, tmp_path):
    _, _, bundle = trained
    file = tmp_path / "run.yaml"
    file.write_text(yaml.safe_dump(TINY | {"data": {"shares": {"ferplus": 1.0}}, "stages": TINY["stages"][:1]}))
    with pytest.raises(SystemExit, match="no set 'heads'"):
        main(["heads", "--bundle", str(bundle), "--config", str(file), "--cache", str(cache)])


def test_the_card_holds_what_was_measured_and_says_what_was_not(trained, cache, capsys):
    _, _, bundle = trained
    run(trained, cache, "ferplus")
    run(trained, cache, "heads")
    main(["card", "--bundle", str(bundle)])
    text = (bundle / "MODEL_CARD.md").read_text()
    measured = json.loads((bundle / "results.json").read_text())["ferplus"]["values"]
    assert f"{measured['accuracy_majority']:.3f}" in text and "norface_training.evaluate ferplus" in text
    assert "Not measured for this bundle" in text and "Identity removal" in text


# --- parts ----------------------------------------------------------------------------------------------------------


def test_results_keep_other_rows_and_refuse_a_broken_file(tmp_path):
    file = tmp_path / "results.json"
    results.record(file, "a", {"x": np.float32(0.123456), "y": float("nan")}, "d", "t", 1, "c")
    results.record(file, "b", {"x": 1}, "d", "t", None, "c")
    entries = results.read(file)
    assert entries["a"]["values"] == {"x": 0.1235, "y": None} and set(entries) == {"a", "b"}
    file.write_text("{")
    with pytest.raises(results.ResultsError, match="results.json"):
        results.record(file, "c", {}, "d", "t", None, "c")
    assert file.read_text() == "{"


def test_smoothing_calms_noise_and_keeps_a_constant():
    noise = np.random.default_rng(0).normal(0, 1, (500, 3))
    assert flicker.exponential(noise, 5)[50:].std() < 0.5 * noise.std()
    np.testing.assert_allclose(flicker.exponential(np.full((5, 2), 3.0), 5), 3.0)


def test_flicker_of_records_takes_the_longest_track(tmp_path):
    file = tmp_path / "still.jsonl"

    def face(track, value):
        return {"track": track, "au": {n: 1.0 for n in AUS}, "au_raw": {n: value for n in AUS}}

    lines = [{"faces": [face(1, 1.0)]}, {"faces": [face(1, 3.0), face(2, 9.0)]}, {"faces": []}]
    file.write_text("\n".join(map(json.dumps, lines)))
    measured = flicker.records(file)
    assert measured["frames"] == 2 and measured["raw"] == pytest.approx(1.0) and measured["smoothed"] == 0
    file.write_text("{\n")
    with pytest.raises(ValueError, match="still.jsonl:1"):
        flicker.records(file)


def test_pairs_need_people_with_several_pictures():
    identities = np.array([1, 1, 1, 2, 3, 3, 4, 5])
    rows = identity.choose(identities, 10, 2, seed=0)
    chosen = identities[rows]
    assert (chosen == 1).sum() == 2 and (chosen == 3).sum() == 2 and len(rows) == 6


def test_chips_keep_the_eyes_where_the_recogniser_wants_them():
    crop = np.zeros((1, 96, 96), np.float32)
    crop[0, 31:33, 31:33] = crop[0, 31:33, 63:65] = 1.0  # eye centres of an aligned crop: 0.33 down, 0.34 apart
    picture = identity.chip(crop)[0].astype(float)
    rows, columns = np.nonzero(picture > 128)
    left, right = columns[columns < 75].mean(), columns[columns >= 75].mean()
    assert (right - left) / 150 == pytest.approx(0.36, abs=0.02) and rows.mean() / 150 == pytest.approx(0.37, abs=0.02)


def test_gates_of_a_bundle_are_weights(trained, cache):
    _, file, path = trained
    config = parse_config(yaml.safe_load(file.read_text()))
    _, held = load_pools(config, cache)
    used = expression.gates(Bundle(path), held, config.network.classifier.experts)
    for row in used.values():
        assert sum(row["experts"]) == pytest.approx(1, abs=1e-3)
        assert 1 <= row["effective_experts"] <= config.network.classifier.experts + 1e-3
