"""What a project begins with: photos, a dataset of any format, the suspects of an evaluation."""

import shutil
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
import pytest

from made_datasets import make_dataset
from wildwear.annotation import add, from_dataset, open_project
from wildwear.datasets import Conversion, Dataset, formats
from wildwear.datasets.documents import encode_json
from wildwear.datasets.stream import PhotoStream
from wildwear.errors import DatasetError
from wildwear.evaluation import evaluate_predictions
from wildwear.imaging import write_image
from wildwear.taxonomy import category


@pytest.fixture
def evaluated(tmp_path: Path) -> Path:
    """Ten photos with a coat and a bag each, but that the last coat is labelled a hat, and the first bag is
    not labelled; a model finds all of them, under their right names."""
    names = [(f"{number}.jpg", ["coat", "bag"]) for number in range(9)]
    dataset = make_dataset(tmp_path / "set.json", [*names, ("9.jpg", ["hat", "bag"])])
    for bag in dataset.annotations[1::2]:
        bag |= {"segmentation": [[25, 5, 38, 5, 38, 20, 25, 20]], "bbox": [25.0, 5.0, 13.0, 15.0]}
    predictions = [
        {key: one[key] for key in ("image_id", "category_id", "segmentation", "bbox")} | {"score": 0.9}
        for one in dataset.annotations
    ]
    predictions[-2]["category_id"] = category("coat").id
    del dataset.annotations[1]
    dataset.save(tmp_path / "set.json")
    (tmp_path / "predictions.json").write_bytes(encode_json(predictions))
    evaluate_predictions(tmp_path / "predictions.json", dataset, out=tmp_path / "result", bootstrap=0)
    return tmp_path / "result"


def test_the_suspects_of_an_evaluation_are_a_list_to_settle(evaluated: Path) -> None:
    beginning = from_dataset(evaluated, [], Conversion())
    by_name = {photo.name: photo for photo in beginning.photos}
    assert set(by_name) == {"0.jpg", "9.jpg"}
    wrong = by_name["9.jpg"].work
    assert wrong is not None
    [garment] = [one for one in wrong.instances if one.category == category("hat").id]
    assert garment.original is not None
    assert garment.original.candidates == [category("coat").id]
    assert "labelled hat, but looks like coat" in (garment.original.remark or "")
    missing = by_name["0.jpg"].work
    assert missing is not None
    [bag] = [one for one in missing.instances if one.source == "proposal"]
    assert (bag.category, bag.score) == (None, 0.9)
    assert bag.original is not None
    assert bag.original.candidates == [category("bag").id]
    assert all(photo.ambiguous for photo in beginning.photos)


def test_a_dataset_is_opened_with_what_it_says_of_itself(tmp_path: Path) -> None:
    make_dataset(tmp_path / "set.json", [("1.jpg", ["coat"])], info={"description": "mine"})
    beginning = from_dataset(tmp_path / "set.json", [], Conversion())
    project = open_project(tmp_path / "project")
    assert add(project, beginning) == 1
    assert project.store.standing(1).author == "set.json"
    assert msgspec.json.decode(project.store.setting("dataset") or "")["info"] == {"description": "mine"}
    assert add(project, beginning) == 0, "a second time"
    assert project.store.standing(1).revision == 1


def test_a_dataset_none_of_whose_photos_is_there_is_refused(tmp_path: Path) -> None:
    make_dataset(tmp_path / "set.json", [("1.jpg", ["coat"])], written=False)
    with pytest.raises(DatasetError, match=r"set\.json: none of its 1 photos is there; name the folder"):
        from_dataset(tmp_path / "set.json", [], Conversion())


def test_the_real_via_project_opens_with_its_outlines(shared: Path) -> None:
    project = shared / "fixtures" / "via" / "shorts" / "via_region_data.json"
    conversion = Conversion()
    beginning = from_dataset(project, [], conversion)
    assert conversion.notes["photos of the dataset that are not there, left out"] == 16
    drawn = [photo.work.instances for photo in beginning.photos if photo.work]
    assert [len(instances) for instances in drawn] == [1, 1, 1, 1]
    assert {one.category for instances in drawn for one in instances} == {category("shorts").id}


def test_ccp_s_59_labels_are_asked_in_the_30(ccp_folder: Path, tmp_path: Path) -> None:
    stream = formats.named("ccp").read(ccp_folder, Conversion())
    part = Dataset.collect(PhotoStream(stream.header, islice(stream.photos, 5)))
    part.save(tmp_path / "part.json")
    beginning = from_dataset(
        tmp_path / "part.json", [], Conversion(images=ccp_folder / "photos"), relabel=True
    )
    found = [one for photo in beginning.photos if photo.work for one in photo.work.instances]
    assert any(one.category is not None for one in found), "bags are bags"
    asked = [one.original for one in found if one.category is None]
    assert asked
    assert all(original is not None and original.label for original in asked)


def test_deepfashion2_s_13_are_asked_in_the_30_with_what_each_may_be(shared: Path, tmp_path: Path) -> None:
    shutil.copytree(shared / "fixtures" / "deepfashion2" / "native" / "annos", tmp_path / "df2" / "annos")
    (tmp_path / "df2" / "image").mkdir()
    write_image(tmp_path / "df2" / "image" / "000001.jpg", np.zeros((900, 800, 3), np.uint8))
    [photo] = from_dataset(tmp_path / "df2", [], Conversion(), relabel=True).photos
    assert photo.work is not None
    asked = {one.original.label: one.original.candidates for one in photo.work.instances if one.original}
    assert asked["trousers"][:2] == [category("trousers").id, category("jeans").id]
    assert category("T-shirt").id in asked["short sleeve top"]
    assert photo.ambiguous == 2
