"""Checkpoints say what they hold and come back as they were."""

from pathlib import Path

import pytest
import safetensors.torch
import torch

from wildwear.errors import ModelError
from wildwear.models import GarmentRcnn, average_checkpoints, load_checkpoint, save_checkpoint
from wildwear.models.checkpoints import read_facts


def test_a_checkpoint_rebuilds_its_model(lite: GarmentRcnn, tmp_path: Path) -> None:
    save_checkpoint(lite, tmp_path / "a.safetensors", {"name": "mine"})
    again = load_checkpoint(tmp_path / "a.safetensors")
    assert again.config == lite.config
    assert all(torch.equal(again.state_dict()[key], value) for key, value in lite.state_dict().items())
    assert read_facts(tmp_path / "a.safetensors")["name"] == "mine"


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", b"\xff" * 64])
def test_a_file_that_is_no_checkpoint_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=r"a\.safetensors: is not a readable checkpoint"):
        load_checkpoint(tmp_path / "a.safetensors")


def test_weights_of_somebody_else_are_refused(tmp_path: Path) -> None:
    safetensors.torch.save_file({"x": torch.zeros(1)}, tmp_path / "a.safetensors")
    with pytest.raises(ModelError, match="not a checkpoint of wildwear"):
        load_checkpoint(tmp_path / "a.safetensors")


def test_the_mean_of_two_checkpoints_lies_between_them_and_claims_no_figures(
    lite: GarmentRcnn, tmp_path: Path
) -> None:
    save_checkpoint(lite, tmp_path / "a.safetensors", {"name": "a", "val": {"mask": {"ap": 0.4}}})
    first = {key: value.clone() for key, value in lite.state_dict().items()}
    with torch.no_grad():
        lite.rpn.head.cls_logits.weight += 1
    save_checkpoint(lite, tmp_path / "b.safetensors", {"name": "b", "val": {"mask": {"ap": 0.5}}})
    average_checkpoints(
        [tmp_path / "a.safetensors", tmp_path / "b.safetensors"], tmp_path / "mean.safetensors"
    )
    mean = load_checkpoint(tmp_path / "mean.safetensors").state_dict()
    moved = "rpn.head.cls_logits.weight"
    torch.testing.assert_close(mean[moved], first[moved] + 0.5)
    assert all(torch.equal(mean[key], first[key]) for key in mean if key != moved)
    facts = read_facts(tmp_path / "mean.safetensors")
    assert (facts["name"], facts["averaged"]) == ("b", ["a.safetensors", "b.safetensors"])
    assert "val" not in facts


def test_a_description_that_is_nested_without_end_is_refused(tmp_path: Path, shared: Path) -> None:
    with pytest.raises(ModelError, match="its description is damaged"):
        read_facts(shared / "cases" / "hostile" / "st_metadeep.safetensors")
    deep = "[" * 100_000
    safetensors.torch.save_file(
        {"x": torch.zeros(1)}, tmp_path / "a.safetensors", metadata={"wildwear": deep}
    )
    with pytest.raises(ModelError, match=r"a\.safetensors: its description is damaged"):
        load_checkpoint(tmp_path / "a.safetensors")
