"""Runs are typed documents, found by name or file."""

from pathlib import Path

import pytest

from wildwear import configs
from wildwear.configs import UnknownConfigError
from wildwear.training import RunConfig, load_config
from wildwear.training.config import ConfigError


@pytest.mark.parametrize("name", configs.names("run"))
def test_every_run_that_the_package_carries_is_valid_and_bears_its_name(name: str) -> None:
    assert load_config(name).name == name


def test_a_file_of_ones_own_works_where_a_name_does(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("name: mine\nepochs: 3\nmodel: {backbone: resnet50}\n")
    run = load_config(tmp_path / "run.yaml")
    assert (run.epochs, run.model.backbone, run.batch) == (3, "resnet50", RunConfig(name="x").batch)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("name: a\nepoch: 3\n", "epoch"),
        ("epochs: 3\n", "name"),
        ("name: a\nepochs: 0\n", "epochs"),
        ("name: a\nmodel: {backbone: vgg}\n", "model.backbone"),
        ("name: ../../home\n", "name"),
        ("name: a\nepochs: 5\nval_every: 2\n", "multiple of val_every"),
        ("name: [", "run.yaml"),
        ("- a\n", "run.yaml"),
    ],
)
def test_a_field_that_is_wrong_is_named(tmp_path: Path, text: str, field: str) -> None:
    (tmp_path / "run.yaml").write_text(text)
    with pytest.raises(ConfigError, match=field):
        load_config(tmp_path / "run.yaml")


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(UnknownConfigError, match=r"no such run; choose one of .*wildwear-s"):
        load_config("wildwear-xxl")


def test_what_a_run_writes_beside_its_result_reads_as_the_same_run(tmp_path: Path) -> None:
    import yaml

    run = load_config("wildwear-s")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(run.model_dump(mode="json")))
    assert load_config(tmp_path / "config.yaml") == run
