"""The folder of a run that is about to begin: what is refused, and what is deleted."""

import shutil
from pathlib import Path

import pytest

from wildwear.datasets import Dataset
from wildwear.errors import DatasetError, ModelError, OutputError
from wildwear.training import RunConfig, load_config, train
from wildwear.training.run_folder import prepare_folder, write_facts


def fill(folder: Path, *names: str) -> dict[str, bytes]:
    """Write files that hold their names; returns what lies in the folder."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return content(folder)


def content(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A folder as a training leaves it that was killed while it wrote."""
    fill(
        tmp_path / "run",
        *("best.safetensors", "last.ckpt", "last.part", ".0a1b.part", "config.yaml", "run.json"),
        *("metrics.jsonl", "model.onnx", "loaded.txt", "unreadable.jsonl", "fit-profile.txt"),
        *("pictures/step_0000040/1.jpg", "tensorboard/events.out.tfevents.1", "tensorboard/hparams.yaml"),
    )
    return tmp_path / "run"


def test_overwriting_deletes_all_that_a_run_wrote(short_run: RunConfig, run: Path) -> None:
    prepare_folder(run, short_run, resume=False, overwrite=True)
    assert [path.name for path in run.iterdir()] == ["config.yaml"]
    assert load_config(run / "config.yaml") == short_run


@pytest.mark.parametrize("other", ["notes.txt", "test/metrics.json", "pictures/mine.jpg", "test/last.ckpt"])
def test_what_no_run_wrote_is_named_before_anything_is_deleted(
    short_run: RunConfig, run: Path, other: str
) -> None:
    before = fill(run, other)
    with pytest.raises(
        OutputError, match=f"run: holds {other}, which no training wrote.*Nothing was deleted"
    ):
        prepare_folder(run, short_run, resume=False, overwrite=True)
    assert content(run) == before


def test_links_go_and_what_they_point_to_stays(short_run: RunConfig, run: Path, tmp_path: Path) -> None:
    shutil.move(run / "last.ckpt", tmp_path / "elsewhere.ckpt")
    (run / "last.ckpt").symlink_to(tmp_path / "elsewhere.ckpt")
    prepare_folder(run, short_run, resume=False, overwrite=True)
    assert not (run / "last.ckpt").is_symlink()
    assert (tmp_path / "elsewhere.ckpt").exists()


def test_a_run_does_not_delete_the_weights_that_it_starts_from(short_run: RunConfig, run: Path) -> None:
    before = content(run)
    config = short_run.model_copy(update={"start": run / ".." / "run" / "best.safetensors"})
    with pytest.raises(OutputError, match=r"best\.safetensors: the run starts from it"):
        prepare_folder(run, config, resume=False, overwrite=True)
    assert content(run) == before


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"devices": 3}, ModelError, "cannot be shared by 3 processes"),
        ({"start": Path("absent.safetensors")}, ModelError, "absent.safetensors"),
        ({"batch": 5}, DatasetError, "make no batch of 5"),
        ({"freeze": ("",)}, ModelError, "freeze leaves nothing to learn"),
    ],
)
def test_a_run_that_cannot_begin_leaves_the_earlier_one_alone(
    short_run: RunConfig,
    drawn_set: Path,
    run: Path,
    changes: dict[str, object],
    error: type[Exception],
    said: str,
) -> None:
    before = content(run)
    with pytest.raises(error, match=said):
        train(short_run.model_copy(update=changes), drawn_set, run, overwrite=True)
    assert content(run) == before


def test_a_folder_with_a_run_is_left_alone_unless_told(short_run: RunConfig, run: Path) -> None:
    before = content(run)
    with pytest.raises(OutputError, match="--resume goes on with a run, --overwrite deletes one"):
        prepare_folder(run, short_run, resume=False, overwrite=False)
    assert content(run) == before


def test_a_run_is_resumed_with_its_own_config_only(short_run: RunConfig, run: Path) -> None:
    prepare_folder(run, short_run, resume=False, overwrite=True)
    fill(run, "last.ckpt")
    with pytest.raises(OutputError, match="had another config"):
        prepare_folder(run, short_run.model_copy(update={"epochs": 4}), resume=True, overwrite=False)
    prepare_folder(run, short_run.model_copy(update={"workers": 2}), resume=True, overwrite=False)
    assert (run / "last.ckpt").exists()


def test_a_run_is_resumed_with_its_own_labels_only(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    sets = {split: Dataset.load(drawn_set / f"{split}.json") for split in ("train", "val")}
    write_facts(short_run, sets, drawn_set, tmp_path, 2, None)
    write_facts(short_run, sets, drawn_set, tmp_path, 2, None)
    other = tmp_path / "other"
    sets["train"].restricted_to(sets["train"].images[:3]).save(other / "train.json")
    shutil.copy(drawn_set / "val.json", other / "val.json")
    before = content(tmp_path)
    with pytest.raises(OutputError, match=r"train\.json: is not what the run in .* began with"):
        write_facts(short_run, sets, other, tmp_path, 2, None)
    assert content(tmp_path) == before


def test_a_checkpoint_of_which_a_part_is_lost_is_said_so(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    prepare_folder(tmp_path / "run", short_run, resume=False, overwrite=False)
    fill(tmp_path / "run", "last.ckpt")
    with pytest.raises(OutputError, match=r"last\.ckpt: is damaged; put back a whole one"):
        train(short_run, drawn_set, tmp_path / "run", resume=True)


def test_a_file_where_the_folder_should_be_is_named(short_run: RunConfig, tmp_path: Path) -> None:
    fill(tmp_path, "run")
    with pytest.raises(OutputError, match="run: is a file"):
        prepare_folder(tmp_path / "run", short_run, resume=False, overwrite=True)
