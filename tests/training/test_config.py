"""Runs are typed documents, found by name or file."""

from pathlib import Path

import pytest

from wildwear import configs
from wildwear.configs import UnknownConfigError
from wildwear.training import RunConfig, load_config
from wildwear.training.config import ConfigError, explain


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
        ("name: a\naugmentation: {long_side: [600, 100]}\n", "augmentation: long_side: the smaller size"),
        ("name: a\naugmentation: {long_side: [-5, -1]}\n", "augmentation.long_side"),
        ("name: a\ndecays: [2, -1]\n", "decays"),
        ("name: a\nlearning_rate: .inf\n", "learning_rate"),
        ("name: a\ndevices: -1\n", "devices"),
        ("name: a\nseed: 99999999999999999999\n", "seed"),
        ("name: [", "run.yaml"),
        ("- a\n", "run.yaml"),
    ],
)
def test_a_field_that_is_wrong_is_named(tmp_path: Path, text: str, field: str) -> None:
    (tmp_path / "run.yaml").write_text(text)
    with pytest.raises(ConfigError, match=field):
        load_config(tmp_path / "run.yaml")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("lerning_rate=1", "there is no field lerning_rate; did you mean learning_rate?"),
        ("model.bakbone=resnet50", "there is no field model.bakbone; did you mean model.backbone?"),
        ("zzz=1", "there is no field zzz; `wildwear train --explain` lists those there are"),
        ("batch=none", "batch: Input should be a valid integer, unable to parse string as an integer"),
        ("val_every=7", "steps (40) must be a multiple of val_every (7)"),
    ],
)
def test_a_misspelt_field_is_answered_with_the_one_that_was_meant(override: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config("smoke", [override])
    assert str(refused.value) == f"smoke: {said}"


def test_the_command_line_sets_fields_over_a_run() -> None:
    run = load_config(
        "wildwear-s", ["model.backbone=resnet101", "decays=[0.5, 0.6]", "clip=null", "epochs=2"]
    )
    assert (run.model.backbone, run.decays, run.clip, run.epochs) == ("resnet101", (0.5, 0.6), None, 2)
    assert run.model.frozen_stages == load_config("wildwear-s").model.frozen_stages


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("epochs", "expected FIELD=VALUE"),
        ("=3", "expected FIELD=VALUE"),
        ("model..backbone=x", "expected FIELD=VALUE"),
        ("name.first=x", "name holds no fields"),
        ("model.backbone=vgg", "model.backbone"),
        ("speed=9", "speed"),
        ("epochs=[", "wildwear-s"),
    ],
)
def test_an_override_that_says_nothing_is_refused(override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config("wildwear-s", [override])


def test_every_field_is_explained() -> None:
    rows = {name: (kind, default, meaning) for name, kind, default, meaning in explain()}
    assert rows["model.backbone"][1] == "efficientnet_lite2"
    assert rows["name"][1] == "required"
    assert all(meaning for _, _, meaning in rows.values())


@pytest.mark.parametrize(
    ("name", "iterations", "decays"),
    [("exp5", 5000, [1500, 2500]), ("exp8", 10000, [5000, 7000]), ("exp9", 15000, [9000, 13000])],
)
def test_the_thesis_runs_decay_where_its_table_says(name: str, iterations: int, decays: list[int]) -> None:
    run = load_config(f"thesis-{name}")
    assert run.steps == iterations
    assert [round(share * iterations) for share in run.decays] == decays


def test_the_run_that_its_own_config_contradicts_says_so() -> None:
    assert "names the wild set" in str(load_config("thesis-exp6").remark)


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(UnknownConfigError, match=r"no such run; choose one of .*wildwear-s"):
        load_config("wildwear-xxl")


def test_what_a_run_writes_beside_its_result_reads_as_the_same_run(tmp_path: Path) -> None:
    import yaml

    run = load_config("wildwear-s")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(run.model_dump(mode="json")))
    assert load_config(tmp_path / "config.yaml") == run
