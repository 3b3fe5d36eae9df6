"""Shards never change."""

from pathlib import Path

import polars as pl
import pytest

from wildwear.batch.plan import Plan
from wildwear.batch.sources import SCHEMA
from wildwear.batch.storage import Folder
from wildwear.errors import DatasetError


def photos(*names: str) -> pl.LazyFrame:
    return pl.LazyFrame([(name, f"/photos/{name}", None) for name in names], schema=SCHEMA, orient="row")


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(Folder(tmp_path))


def test_photos_are_cut_into_shards_in_their_order(plan: Plan) -> None:
    plan.extend(photos("b", "a", "c", "d", "e"), shard=2)
    assert plan.shards() == [(0, 2), (1, 2), (2, 1)]
    assert plan.of_shard(1) == [("c", "/photos/c", None), ("d", "/photos/d", None)]


def test_what_is_new_makes_new_shards_and_what_is_gone_stays(plan: Plan) -> None:
    plan.extend(photos("b", "c"), shard=2)
    plan.extend(photos("a", "c", "d"), shard=2)
    plan.extend(photos("a", "c"), shard=2)
    assert plan.shards() == [(0, 2), (1, 2)]
    assert [photo for photo, *_ in plan.of_shard(1)] == ["a", "d"]


def test_a_photo_that_is_listed_twice_is_done_once(plan: Plan) -> None:
    plan.extend(photos("a", "b", "a"))
    assert plan.shards() == [(0, 2)]


def test_one_name_for_two_photos_is_refused_and_nothing_is_planned(plan: Plan) -> None:
    with pytest.raises(DatasetError, match="a: is the name of /photos/a and of /else/a"):
        plan.extend(pl.concat([photos("a"), photos("a").with_columns(uri=pl.lit("/else/a"))]))
    assert plan.shards() == []


@pytest.mark.parametrize(("count", "shard"), [(100, 16), (10_000, 50), (100_000, 256)])
def test_shards_are_as_large_as_suits_their_number(count: int, shard: int, plan: Plan) -> None:
    plan.extend(photos(*map(str, range(count))))
    assert plan.shards()[0] == (0, shard)
