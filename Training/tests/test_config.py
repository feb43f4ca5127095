"""A run's configuration: what is refused, what a base gives, and the files that come with the package."""

from pathlib import Path

import pytest
import yaml

from norface_training.train.config import ConfigError, load_config, parse_config

from .runs import TINY


@pytest.mark.parametrize(
    ("change", "message"),
    [({"stagse": []}, "run.stagse: unknown key"), ({"stages": []}, "at least one stage"),
     ({"data": {"share": {}}}, "data.share: unknown key"),
     ({"data": {"trust": {"AU03": {"weight": 1}}}}, "data.trust.AU03: no such unit"),
     ({"data": {"trust": {"AU04": {"wieght": 1}}}}, "data.trust.AU04.wieght: unknown key"),
     ({"data": {"trust": {"AU04": {"weight": 3}}}}, "data.trust.AU04: weight and votes must be"),
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


PARTS = [f"norface-s-{part}" for part in ("begin", "middle", "later", "more", "blend", "long", "wide", "many", "read")] + ["norface-s"]


@pytest.mark.parametrize("name", [*PARTS, "norface-s-units", "norface-s-trust", "norface-l", "trial"])
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


def test_units_that_the_second_world_is_silent_about_are_units():
    with pytest.raises(ConfigError, match="data.makehuman_silent: AU99: no such unit"):
        parse_config(TINY | {"data": {"makehuman_silent": ["AU99"]}})
