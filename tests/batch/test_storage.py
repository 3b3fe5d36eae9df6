"""A batch lies in a bucket as it does on a disk."""

import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from made_batches import Batched, write_photo
from wildwear.batch import Batch, dataset, storage
from wildwear.batch.storage import Bucket, Folder, storage_at
from wildwear.batch.summary import summarise
from wildwear.errors import DatasetError, OutputError
from wildwear.gathering.buckets import opened


@pytest.fixture(params=["disk", "bucket"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[storage.Storage]:
    """A folder that is not there yet, of a disk or a bucket; globs would take its name for another."""
    if request.param == "disk":
        yield storage_at(tmp_path / "a [1] folder")
    else:
        yield storage_at(f"{request.getfixturevalue('bucket')}/a [1] folder/")


def test_what_is_written_is_there(kept: storage.Storage) -> None:
    assert kept.is_empty()
    kept.write("note.txt", b"written")
    assert kept.read("note.txt") == b"written"
    assert (kept.holds("note.txt"), kept.holds("none.txt"), kept.is_empty()) == (True, False, False)
    with pytest.raises(FileNotFoundError):
        kept.read("none.txt")


def test_tables_of_a_folder_are_read_as_one(kept: storage.Storage) -> None:
    schema = {"number": pl.Int64}
    assert kept.tables("rows") == []
    assert storage.scanned(kept, [], schema).collect().schema == schema
    for number in (1, 0):
        kept.write_table(f"rows/00{number}.parquet", pl.DataFrame({"number": [number]}))
    kept.write("rows/notes.txt", b"no table")
    names = kept.tables("rows")
    assert names == ["rows/000.parquet", "rows/001.parquet"]
    assert storage.scanned(kept, names, schema).collect()["number"].to_list() == [0, 1]


def test_a_folder_of_a_bucket_is_not_that_whose_name_begins_alike(bucket: str) -> None:
    storage_at(f"{bucket}/found-2").write("photos/0.parquet", b"")
    assert storage_at(f"{bucket}/found").is_empty()
    assert storage_at(f"{bucket}/found").tables("photos") == []


def test_in_a_bucket_the_first_of_two_runs_counts(bucket: str) -> None:
    kept = storage_at(f"{bucket}/found")
    kept.write("plan", b"ours", new=True)
    with pytest.raises(OutputError, match=r"s3://wardrobe/found: another run is writing there"):
        kept.write("plan", b"theirs", new=True)
    assert kept.read("plan") == b"ours"


@pytest.mark.parametrize(
    ("named", "place"),
    [
        ("s3://wardrobe/a/b/", Bucket("wardrobe", "a/b")),
        ("s3://wardrobe", Bucket("wardrobe", "")),
        ("found", Folder(Path("found"))),
    ],
)
def test_a_place_is_what_it_is_called(named: str, place: storage.Storage) -> None:
    assert storage_at(named) == place
    assert str(place) == named.rstrip("/")


def test_a_batch_of_a_bucket_into_it_and_back_is_that_of_a_disk(
    bucket: str, pool: Path, batched: Batched, shards: list[int], tmp_path: Path
) -> None:
    """Photos come from there, tables go there, a shard that a kill took is done again, and all is as here."""
    for photo in sorted(file for file in pool.rglob("*") if file.is_file()):
        opened("wardrobe").put(photo.relative_to(pool).as_posix(), photo)
    out = f"{bucket}/found"
    assert batched(bucket, out=out).failed == 1
    assert batched(pool, out=tmp_path / "here").failed == 1
    opened("wardrobe").delete("found/photos/000002.parquet")
    assert Batch(out).done() == [0, 1, 3]
    shards.clear()
    assert batched(bucket, out=out).before == 8
    assert shards == [2]
    there, here = (
        batch.garments().sort("photo", "instance").drop("photo", "uri").collect()
        for batch in (Batch(out), Batch(tmp_path / "here"))
    )
    assert there.equals(here)
    assert summarise(Batch(out)).garments == len(here) > 20
    assert len(list(dataset(Batch(out)).photos)) == 10


def test_a_damaged_shard_of_a_bucket_is_named(bucket: str, pool: Path, batched: Batched) -> None:
    batched(pool, out=f"{bucket}/found")
    opened("wardrobe").put("found/garments/000001.parquet", b"PAR1")
    with pytest.raises(DatasetError, match=r"s3://wardrobe/found: shard 000001 is damaged"):
        list(dataset(Batch(f"{bucket}/found")).photos)


def test_a_bucket_that_is_not_there_is_named(bucket: str, pool: Path, batched: Batched) -> None:
    reason = r"\(The specified bucket does not exist\)"
    with pytest.raises(OutputError, match=f"^s3://nowhere/found: cannot be written to {reason}"):
        batched(pool, out="s3://nowhere/found")
    with pytest.raises(DatasetError, match=r"^s3://nowhere/found: is no batch"):
        summarise(Batch("s3://nowhere/found"))


def test_what_lies_in_a_bucket_and_is_no_batch_is_left_alone(
    bucket: str, pool: Path, batched: Batched
) -> None:
    opened("wardrobe").put("photos/1.png", io.BytesIO(b"a photo"))
    with pytest.raises(OutputError, match="holds something that is no batch"):
        batched(pool, out=bucket)
    write_photo(pool / "more.png", 1)
    assert opened("wardrobe").get("photos/1.png").bytes() == b"a photo"
