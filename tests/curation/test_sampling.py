"""Some of the photos: the same for the same seed, far apart, hard, or with the shares of a column."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from wildwear.curation import Catalog
from wildwear.curation.sampling import sample
from wildwear.curation.selecting import select
from wildwear.errors import DatasetError


def names(photos: pl.DataFrame) -> list[str]:
    return photos["photo"].to_list()


def test_what_is_found_otherwise_in_a_mirror_is_harder(photos: pl.DataFrame) -> None:
    agreement = pl.Series("flip_agreement", [0.1, 1.0, 1.0, 1.0, None], pl.Float32)
    mirrored = photos.with_columns(agreement)
    assert names(sample(mirrored, 5, "hardest")) == ["0.jpg", "4.jpg", "1.jpg", "3.jpg", "2.jpg"]


def test_garments_that_are_found_in_a_mirror_alone_are_the_hardest(photos: pl.DataFrame) -> None:
    agreement = pl.Series("flip_agreement", [1.0, 1.0, 0.0, 1.0, 1.0], pl.Float32)
    assert names(sample(photos.with_columns(agreement), 2, "hardest")) == ["2.jpg", "4.jpg"]


@pytest.fixture
def photos(chosen_from: Catalog) -> pl.DataFrame:
    return select(chosen_from).photos


@pytest.fixture
def many() -> pl.DataFrame:
    """Ninety photos, of which a third are selfies, in three clusters."""
    place = np.repeat(np.eye(3), 30, axis=0) + np.random.default_rng(0).normal(0, 0.01, (90, 3))
    people = ["one", "selfie", "one"] * 30
    return pl.DataFrame({"photo": [f"{n}.jpg" for n in range(90)], "people": people}).with_columns(
        embedding=pl.Series(place.tolist(), dtype=pl.Array(pl.Float32, 3))
    )


def test_the_same_seed_draws_the_same_photos_and_another_others(many: pl.DataFrame) -> None:
    once = names(sample(many, 20, seed=1))
    assert once == names(sample(many, 20, seed=1))
    assert once != names(sample(many, 20, seed=2))
    assert once == sorted(once, key=lambda name: int(name.split(".")[0]))


def test_a_diverse_sample_takes_one_of_each_cluster_before_a_second_of_any(many: pl.DataFrame) -> None:
    for seed in range(5):
        found = sample(many, 3, "diverse", seed=seed)
        assert len({int(name.split(".")[0]) // 30 for name in names(found)}) == 3


def test_a_diverse_sample_keeps_its_distance_from_photos_that_are_taken_anyway(many: pl.DataFrame) -> None:
    found = names(sample(many, 3, "diverse", always=frozenset({"0.jpg", "45.jpg"})))
    assert found[:2] == ["0.jpg", "45.jpg"]
    assert int(found[2].split(".")[0]) >= 60


def test_the_hardest_come_first_and_photos_without_garments_last(photos: pl.DataFrame) -> None:
    assert names(sample(photos, 5, "hardest")) == ["4.jpg", "1.jpg", "3.jpg", "0.jpg", "2.jpg"]
    assert names(sample(photos, 2, "hardest")) == ["4.jpg", "1.jpg"]


def test_a_sample_by_a_column_has_its_shares(many: pl.DataFrame) -> None:
    for count in (10, 31):
        drawn = Counter(sample(many, count, by="people", seed=3)["people"])
        assert drawn["selfie"] == round(count / 3)
        assert drawn.total() == count


def test_photos_that_are_put_back_are_in_any_sample_and_count(photos: pl.DataFrame) -> None:
    for seed in range(5):
        found = names(sample(photos, 2, seed=seed, always=frozenset({"2.jpg"})))
        assert (len(found), "2.jpg" in found) == (2, True)


def test_of_fewer_photos_all_are_taken(photos: pl.DataFrame) -> None:
    for order in ("random", "diverse", "hardest"):
        assert len(sample(photos, 50, order, by=None)) == 5
    assert len(sample(photos, 50, by="people")) == 5


@pytest.mark.parametrize(
    ("dropped", "order", "reason"),
    [
        ("embedding", "diverse", "no column embedding; scan the photos with --garments"),
        ("garments", "hardest", "no column garments; scan the photos with --garments"),
    ],
)
def test_an_order_whose_column_is_missing_says_how_to_get_it(
    dropped: str, order: str, reason: str, photos: pl.DataFrame
) -> None:
    with pytest.raises(DatasetError, match=reason):
        sample(photos.drop(dropped), 2, order)  # type: ignore[arg-type]
    empty = photos.with_columns(pl.lit(None).alias(dropped))
    with pytest.raises(DatasetError, match=f"5 of the photos .*add to --where: {dropped} is not null"):
        sample(empty, 2, order)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("by", "reason"), [("size", "no column size"), ("garment_categories", "holds lists")]
)
def test_a_column_that_makes_no_strata_is_refused(by: str, reason: str, photos: pl.DataFrame) -> None:
    with pytest.raises(DatasetError, match=reason):
        sample(photos, 2, by=by)
