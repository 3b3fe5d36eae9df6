"""The benchmarks say what they measured; how fast anything is stands in no test."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmark_scripts import SCRIPTS, load


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load("segment")


def shown(benchmark: ModuleType, capsys: pytest.CaptureFixture[str], *, seconds: float, memory: float) -> str:
    """What is printed where torchvision takes 1, 2 and 3 s and wildwear always the same."""
    own = [benchmark.Answer(seconds, 4, memory)] * 3
    peer = [benchmark.Answer(slow, 4, 1700.0) for slow in (1.0, 2.0, 3.0)]
    answers = {benchmark.OURS: own, benchmark.GRAPH: own, benchmark.PEER: peer}
    benchmark.show({name: [1.0] for name in answers}, answers, dict.fromkeys(answers, 16.9), "a title")
    return capsys.readouterr().out


def test_the_ratio_is_formed_photo_by_photo_and_comes_with_its_quartiles(
    benchmark: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    said = shown(benchmark, capsys, seconds=0.1, memory=300.0)
    assert "20 (15–25)" in said
    assert "at least 15 times faster: yes, under 500 MB: yes" in said


def test_a_bar_that_is_missed_is_said(benchmark: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert "at least 15 times faster: NO, under 500 MB: NO" in shown(
        benchmark, capsys, seconds=0.2, memory=500.0
    )


def test_the_graph_alone_does_the_work_of_the_whole(
    benchmark: ModuleType, tiny_model: Path, shared: Path
) -> None:
    photo = sorted((shared / "data" / "clothing-co-parsing" / "photos").glob("*.jpg"))[0]
    whole, graph = (
        benchmark.segment(name, str(tiny_model), 1, photo) for name in (benchmark.OURS, benchmark.GRAPH)
    )
    assert whole.masks > 0
    assert graph.masks == whole.masks + 1  # the coat on the jacket's pixels falls to suppression after it


def test_the_graph_of_a_yolo_sees_the_whole_photo_in_a_square(
    benchmark: ModuleType, tmp_path: Path, shared: Path
) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    shape = [1, 3, 64, 64]
    entry, answer = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name in ("images", "found")
    )
    node = onnx.helper.make_node("Identity", ["images"], ["found"])
    graph = onnx.helper.make_graph([node], "yolo", [entry], [answer])
    opset = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), tmp_path / "yolo.onnx")
    photo = sorted((shared / "data" / "clothing-co-parsing" / "photos").glob("*.jpg"))[0]
    answered = benchmark.segment(benchmark.YOLO, str(tmp_path / "yolo.onnx"), 1, photo)
    assert (answered.masks, answered.seconds > 0) == (0, True)


def test_the_size_of_a_model_is_that_of_its_file(benchmark: ModuleType, tiny_model: Path) -> None:
    size = tiny_model.stat().st_size / 1e6
    assert benchmark.file_size(benchmark.OURS, str(tiny_model)) == size
    assert benchmark.file_size(benchmark.YOLO, str(tiny_model)) == size


def test_it_measures_on_photos_that_no_model_has_learnt_from(benchmark: ModuleType, shared: Path) -> None:
    from wildwear.datasets.making.ccp30 import read_table

    test = {row.photo for row in read_table() if row.split == "test"}
    photos = benchmark.default_photos()
    assert len(set(photos)) == benchmark.PHOTOS
    assert all(photo.is_file() and photo.stem in test for photo in photos)


@pytest.fixture(scope="module")
def training() -> ModuleType:
    return load("training")


def cut_ccp30(ccp_folder: Path, folder: Path, photos: int) -> Path:
    """CCP-30, cut to so many photos of train and two of val."""
    from wildwear.datasets.dataset import Dataset
    from wildwear.datasets.formats import ccp
    from wildwear.datasets.making import ccp30

    (folder / "images").symlink_to(ccp_folder / "photos")
    labels, rows = ccp.load_labels(ccp_folder), ccp30.read_table()
    for split, wanted in (("train", photos), ("val", 2)):
        document = ccp30.empty_document(split)
        for photo in sorted({row.photo for row in rows if row.split == split})[:wanted]:
            ccp30.add_photo(document, ccp_folder, photo, [row for row in rows if row.photo == photo], labels)
        Dataset(document).save(folder / f"{split}.json")
    return folder


@pytest.fixture(scope="module")
def few_photos(ccp_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cut_ccp30(ccp_folder, tmp_path_factory.mktemp("few"), 16)


Photo = tuple[int, tuple[int, int], int]  # id, (height, width) px as the network sees it, garments


class Pipe:
    """Gives a contender two turns."""

    def __init__(self) -> None:
        self.left = 2
        self.answers: list[Any] = []

    def recv(self) -> None:
        if not self.left:
            raise EOFError
        self.left -= 1

    def send(self, answer: Any) -> None:
        self.answers.append(answer)


@pytest.fixture(scope="module")
def contest(training: ModuleType, few_photos: Path) -> dict[str, tuple[list[Photo], list[Any]]]:
    """What the network sees of each contender in two turns of two steps, and what the contender answers."""
    from wildwear.models.mask_rcnn import GarmentRcnn

    plan = training.Plan(few_photos, "efficientnet_lite0", long_side=160, steps=1, rounds=2, threads=1)
    of_network, found = GarmentRcnn.forward, {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(training, "WARM_UP", 1)
        for name, way in training.WAYS.items():
            seen: list[Photo] = []

            def look(model: Any, photos: Any, targets: Any, seen: list[Photo] = seen) -> Any:
                for photo, target in zip(photos, targets, strict=True):
                    seen.append((int(target["image_id"]), tuple(photo.shape[1:]), len(target["masks"])))
                return of_network(model, photos, targets)

            patched.setattr(GarmentRcnn, "forward", look)
            pipe = Pipe()
            turns = training.Turns(pipe, plan.steps, images=4)
            turns.wait()
            with pytest.raises(training.OverError):
                way(plan, "float32", turns)
            found[name] = (seen, pipe.answers)
    return found


def test_both_loops_show_the_network_the_same_photos_in_the_same_order_and_size(
    training: ModuleType, contest: dict[str, tuple[list[Photo], list[Any]]]
) -> None:
    ours, theirs = (contest[name][0] for name in (training.OURS, training.PEER))
    assert (
        len(ours) == len(theirs) == 16
    )  # two turns of one step to warm up and one that counts, 4 photos each
    for (photo, size, garments), (same, other_size, others) in zip(ours, theirs, strict=True):
        assert photo == same
        assert max(size) == 160
        assert all(abs(one - other) <= 1 for one, other in zip(size, other_size, strict=True))  # rounding
        assert 0 < garments <= others  # ours leaves out what is too small to be named


def test_each_turn_of_a_contender_is_answered_with_its_speed_and_memory(
    training: ModuleType, contest: dict[str, tuple[list[Photo], list[Any]]]
) -> None:
    for _, answers in contest.values():
        assert len(answers) == 2
        assert all(answer.images_a_second > 0 for answer in answers)
        assert 100 < answers[0].memory <= answers[1].memory


def test_photos_read_torchvisions_way_keep_boxes_and_labels_with_their_masks(
    training: ModuleType, few_photos: Path
) -> None:
    import torch
    from torchvision.ops import masks_to_boxes

    photos = training.CocoPhotos(few_photos / "images", few_photos / "train.json")
    torch.manual_seed(0)
    views = [photos[0] for _ in range(6)]
    mirrored = [not torch.equal(photo, views[0][0]) for photo, _ in views]
    assert any(mirrored)
    assert not all(mirrored)
    for photo, target in views:
        assert photo.dtype == torch.float32
        assert photo.max() <= 1
        ends = torch.tensor([0, 0, 1, 1])  # a box ends behind its last pixel
        assert torch.equal(target["boxes"], masks_to_boxes(target["masks"]) + ends)
        assert torch.equal(target["labels"], views[0][1]["labels"])


def test_the_ratios_of_training_are_formed_round_by_round_at_equal_precision(
    training: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    speeds = {
        (training.OURS, "float32"): (2.0, 4.0, 6.0),
        (training.PEER, "float32"): (1.0, 1.0, 2.0),
        (training.OURS, "bfloat16"): (3.0, 3.0, 3.0),
        (training.PEER, "bfloat16"): (4.0, 4.0, 2.0),
    }
    answers = {
        training.Contender(*who): [training.Answer(speed, 2000.0) for speed in given]
        for who, given in speeds.items()
    }
    training.show(answers, "a title")
    said = " ".join(capsys.readouterr().out.split())
    assert "3.00 (2.50–3.50)" in said
    assert "0.75 (0.75–1.12)" in said
    assert "as shipped (bfloat16) over as published (float32): 3.00 (2.25–3.00)" in said
    assert "both in float32, at least 1.0: yes, both in bfloat16, at least 1.0: NO" in said


def test_a_second_epoch_would_be_unfair_and_is_refused(training: ModuleType, few_photos: Path) -> None:
    plan = training.Plan(few_photos, "efficientnet_lite0", long_side=160, steps=1, rounds=2, threads=1)
    with pytest.raises(SystemExit, match="16 photos to train on, too few for 2 rounds of 1 steps and 8"):
        training.require_one_epoch(plan)


@pytest.mark.long
def test_the_contenders_take_turns_in_processes_of_their_own(ccp_folder: Path, tmp_path: Path) -> None:
    data = cut_ccp30(ccp_folder, tmp_path, 80)
    command = [sys.executable, SCRIPTS / "training.py", data, "--steps", "1", "--rounds", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    rounds = re.findall(r"round (\d) of 2: (\w+) in (\w+) [\d.]+/s", done.stderr)
    assert [name for name, *_ in rounds] == sorted(name for name, *_ in rounds)
    assert rounds[: len(rounds) // 2] == [("1", *rest) for _, *rest in rounds[len(rounds) // 2 :]]
    assert "as shipped" in done.stdout
