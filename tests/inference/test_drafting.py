"""Labels that a model drafts."""

from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError
from wildwear.inference import Segmenter
from wildwear.inference.drafting import Tag, draft, draft_photos, likelihood, read_tags
from wildwear.taxonomy import category

# What the tiny model finds in every photo: jacket 0.94 and coat 0.80 on the same pixels, jeans 0.90, a hat at
# 0.03, and a bag as sure as the photo is bright.


@pytest.fixture
def segmenter(tiny_model: Path) -> Segmenter:
    return Segmenter(tiny_model)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo on which the bag scores 0.3."""
    path = tmp_path / "photo.jpg"
    Image.fromarray(np.full((96, 64, 3), 76, np.uint8)).save(path)
    return path


def tag(**shares: float) -> Tag:
    return {category(name).id: share for name, share in shares.items()}


def test_what_is_sure_is_drafted_once_and_what_is_doubtful_is_not_judged(
    segmenter: Segmenter, photo: Path
) -> None:
    labels = draft(segmenter, photo)
    assert [garment.name for garment in labels.garments] == ["jacket", "jeans"]
    assert labels.doubtful is not None
    everything = segmenter(photo, score=0.2, suppress=False)
    bag = everything.where(category="bag").mask(0)
    for garment in labels.garments:
        bag &= ~garment.mask
    assert bag.any()
    assert (imaging.decode(labels.doubtful) == bag).all()


def test_a_tag_chooses_among_the_names_for_the_same_pixels(segmenter: Segmenter, photo: Path) -> None:
    labels = draft(segmenter, photo, [tag(coat=1.0), tag(jeans=0.7, pants=0.3)])
    assert sorted(garment.name for garment in labels.garments) == ["coat", "jeans"]
    labels = draft(segmenter, photo, [tag(coat=0.5, jacket=0.5), tag(jeans=0.7, pants=0.3)])
    assert sorted(garment.name for garment in labels.garments) == ["jacket", "jeans"]


def test_what_no_tag_means_is_doubtful_at_best(segmenter: Segmenter, photo: Path) -> None:
    labels = draft(segmenter, photo, [tag(jeans=1.0)])
    assert [garment.name for garment in labels.garments] == ["jeans"]
    assert labels.doubtful is not None
    jacket = segmenter(photo, score=0.9).where(category="jacket").mask(0)
    jacket &= ~labels.garments[0].mask
    assert imaging.decode(labels.doubtful)[jacket].all()


def test_a_tag_makes_sure_what_alone_would_be_doubtful_but_only_one_garment_a_tag(
    segmenter: Segmenter, tmp_path: Path
) -> None:
    bright = tmp_path / "bright.jpg"
    Image.fromarray(np.full((96, 64, 3), 128, np.uint8)).save(bright)  # the bag scores 0.5
    assert "bag" not in [garment.name for garment in draft(segmenter, bright).garments]
    assert [garment.name for garment in draft(segmenter, bright, [tag(bag=1.0)]).garments] == ["bag"]
    both = draft(segmenter, bright, [tag(bag=0.5, jeans=0.5)])
    assert [garment.name for garment in both.garments] == ["jeans"]


def test_a_rare_meaning_of_a_tag_counts_less() -> None:
    assert likelihood(0.8, 1.0) == 0.8
    assert likelihood(0.8, 0.25) == 0.4
    assert likelihood(0.8, 0.0) == 0.0


def test_drafts_are_a_dataset_that_health_and_training_take(
    segmenter: Segmenter, photo: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    photos = {"a/123_45.jpg": photo, "broken.jpg": broken, "own.jpg": photo}
    calls: list[tuple[int, int]] = []
    document = draft_photos(segmenter, photos, {}, {"source": "wild"}, progress=lambda *at: calls.append(at))
    assert calls == [(1, 3), (2, 3), (3, 3)]
    [failure] = document.pop("failures")
    assert failure["file_name"] == "broken.jpg"
    document_file = tmp_path / "drafts.json"
    Dataset(document).save(document_file)
    dataset = Dataset.load(document_file)
    assert [(image["file_name"], image.get("scene")) for image in dataset.images] == [
        ("a/123_45.jpg", "123"),
        ("own.jpg", None),
    ]
    assert {image["source"] for image in dataset.images} == {"wild"}
    assert [instance["score"] for instance in dataset.instances()] == pytest.approx([0.94, 0.9] * 2, abs=1e-3)
    regions = [one for one in dataset.annotations if one["iscrowd"]]
    assert len(regions) == 2 * 30


def test_tags_are_read_from_a_table_by_any_word_for_a_category(tmp_path: Path) -> None:
    table = tmp_path / "tags.csv"
    table.write_text("photo,category\na.jpg,jeans\na.jpg,trainers\nc.jpg,hat\n", encoding="utf-8")
    assert read_tags(table, ["a.jpg", "b.jpg"]) == {"a.jpg": [tag(jeans=1.0), tag(sneakers=1.0)]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,category\na.jpg,hat\n", r"tags\.csv: expected a CSV with the columns photo and category"),
        ("photo,category\na.jpg,hatt\n", r"tags\.csv: line 2: .*hatt"),
        ("", r"tags\.csv: expected a CSV"),
    ],
)
def test_a_malformed_table_of_tags_is_named(tmp_path: Path, text: str, message: str) -> None:
    table = tmp_path / "tags.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=message):
        read_tags(table, ["a.jpg"])


@pytest.mark.parametrize("content", [None, "photo,category\ncaf\u00e9.jpg,hat\n".encode("latin-1")])
def test_tags_that_cannot_be_read_are_named(tmp_path: Path, content: bytes | None) -> None:
    table = tmp_path / "tags.csv"
    if content is not None:
        table.write_bytes(content)
    with pytest.raises(DatasetError, match=r"tags\.csv: "):
        read_tags(table, ["a.jpg"])


def test_a_clothing_co_parsing_tag_means_what_its_garments_were_named(tmp_path: Path) -> None:
    cells = np.empty((1, 4), object)
    cells[0] = ["null", "jeans", "skin", "bag"]
    scipy.io.savemat(tmp_path / "label_list.mat", {"label_list": cells})
    folder = tmp_path / "annotations" / "image-level"
    folder.mkdir(parents=True)
    scipy.io.savemat(folder / "1005.mat", {"tags": np.array([[0, 1, 2, 3]], np.uint8)})
    known = read_tags(tmp_path, ["1005.jpg", "0001.jpg"])
    assert known.keys() == {"1005.jpg"}
    jeans, bag = known["1005.jpg"]
    assert max(jeans, key=lambda id: jeans[id]) == category("jeans").id
    assert sum(jeans.values()) == pytest.approx(1, abs=0.1)
    assert bag == {category("bag").id: 1.0}


def test_of_1094_photos_of_clothing_co_parsing_tags_are_known(ccp_folder: Path) -> None:
    names = [path.name for path in (ccp_folder / "photos").iterdir()]
    assert len(read_tags(ccp_folder, names)) == 1094
