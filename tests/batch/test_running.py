"""A batch holds what `segment` finds, once, whatever happened on the way."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from hostile_photos import Hostile, assert_each_has_its_reason
from made_batches import Batched, write_photo
from wildwear import engine, inference
from wildwear.batch import Batch, dataset, listed, run, storage
from wildwear.batch.summary import summarise
from wildwear.batch.working import Way
from wildwear.datasets.stream import PhotoStream
from wildwear.errors import DatasetError, ModelError, OutputError
from wildwear.gathering import gather
from wildwear.imaging import decode
from wildwear.inference.origin import Origin
from wildwear.inference.segmenter import Failure
from wildwear.inference.segmenting import photo_stream, record, segment_photos


def everything(stream: PhotoStream) -> tuple[object, ...]:
    photos = list(stream.photos)  # whose failures are in the header once they have gone by
    return stream.header, photos


def tables(out: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All garments and all photos, as a reader of the folder sees them."""
    return tuple(pl.read_parquet(out / name / "*.parquet") for name in ("garments", "photos"))  # type: ignore[return-value]


def test_it_finds_what_segment_finds(pool: Path, batched: Batched, tiny_model: Path, tmp_path: Path) -> None:
    ran = batched(pool)
    assert (ran.photos, ran.before, ran.failed) == (11, 0, 1)
    segmenter = inference.load(tiny_model)
    gathered = gather([str(pool)])
    skipped = [Failure(name, reason) for name, reason in gathered.skipped]
    records = [record(one) for one in (*segment_photos(segmenter, gathered.photos), *skipped)]
    expected = everything(photo_stream(records, Origin.of_model(segmenter, None).about()))
    assert everything(dataset(Batch(tmp_path / "out"))) == expected
    assert ran.garments == sum(len(one.garments) for one in records) > 20


def test_a_row_says_what_the_garment_is_and_where(pool: Path, batched: Batched, tmp_path: Path) -> None:
    batched(pool)
    garments, photos = tables(tmp_path / "out")
    [jacket] = garments.filter(photo="1.png", instance=1).rows(named=True)
    assert (jacket["category"], jacket["score"]) == ("jacket", 0.94)
    assert jacket["uri"] == str(pool / "1.png")
    mask = decode(jacket["mask"])
    assert mask.shape == (64, 48)
    ys, xs = np.nonzero(mask)
    corners = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    assert tuple(jacket[edge] for edge in ("x1", "y1", "x2", "y2")) == corners
    assert jacket["area"] == mask.sum()
    assert jacket["area_share"] == pytest.approx(mask.mean())
    assert {"name", "hex", "share"} == set(jacket["colours"][0])
    assert jacket["model"] == "tiny 1"
    [bad] = photos.filter(status="failed").rows(named=True)
    assert (bad["photo"], bad["width"]) == ("bad.jpg", None)
    assert bad["reason"].startswith("is not a photo")


def test_what_is_done_is_not_done_again_and_what_is_new_comes_in(
    pool: Path, batched: Batched, shards: list[int], tmp_path: Path
) -> None:
    batched(pool)
    assert sorted(shards) == [0, 1, 2, 3]
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*.parquet")}
    shards.clear()
    assert batched(pool).before == 11
    assert shards == []
    write_photo(pool / "0new.png", 200)
    ran = batched(pool)
    assert (ran.photos, ran.before, shards) == (12, 11, [4])
    assert {file: file.stat().st_mtime_ns for file in before} == before


def test_a_shard_without_its_photos_is_not_done(
    pool: Path, batched: Batched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = storage.write_parquet
    monkeypatch.setattr(
        storage,
        "write_parquet",
        lambda path, table: killed() if path.parent.name == "photos" else write(path, table),
    )
    with pytest.raises(KeyboardInterrupt):
        batched(pool)
    assert [file.name for file in (tmp_path / "out" / "garments").iterdir()] == ["000003.parquet"]
    assert Batch(tmp_path / "out").garments().collect().is_empty()
    monkeypatch.undo()
    batched(pool)


def test_a_kill_before_anything_was_written_bars_nothing(
    pool: Path, batched: Batched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "write_atomically", lambda path, content: killed())
    with pytest.raises(KeyboardInterrupt):
        batched(pool)
    monkeypatch.undo()
    Batch(tmp_path / "out").begin(Origin(model="tiny", model_version="1", model_sha256="", score=0.5))


def killed() -> None:
    raise KeyboardInterrupt


RUN = """
import sys
from pathlib import Path
from wildwear.batch import listed, run
from wildwear.batch.working import Way

run(listed([sys.argv[1]]), Path(sys.argv[2]), Way(Path(sys.argv[3])), workers=2, shard=2)
"""


def test_kills_at_random_moments_leave_the_table_of_an_unbroken_run(
    batched: Batched, tiny_model: Path, tmp_path: Path
) -> None:
    """By SIGKILL, of the run and its processes, with Daft."""
    pytest.importorskip("daft")
    pool, out, chance = tmp_path / "many", tmp_path / "killed", random.Random(7)
    for number in range(40):
        write_photo(pool / f"{number}.png", 6 * number, (400, 300))
    command = [sys.executable, "-c", RUN, pool, out, tiny_model]
    done = 0
    for _ in range(2):
        process = subprocess.Popen(command, start_new_session=True)
        until = time.monotonic() + 120
        while process.poll() is None and committed(out) <= done and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.1))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        done = committed(out)
    assert 0 < done < 20, "it was killed while it worked"
    assert subprocess.run(command).returncode == 0
    batched(pool, out=tmp_path / "whole")
    for ours, whole in zip(tables(out), tables(tmp_path / "whole"), strict=True):
        assert ours.equals(whole)
    assert not list(out.rglob(".*"))


def committed(out: Path) -> int:
    return len([*(out / "photos").glob("[0-9]*.parquet")])


def test_a_photo_that_lies_elsewhere_now_fails_alone(
    pool: Path, batched: Batched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wildwear.batch.working import Worker

    do = Worker.__call__

    def after_it_went(worker: Worker, shard: int) -> int:
        (pool / "1.png").unlink(missing_ok=True)
        return do(worker, shard)

    monkeypatch.setattr(Worker, "__call__", after_it_went)
    assert batched(pool).failed == 2
    [row] = tables(tmp_path / "out")[1].filter(photo="1.png").rows(named=True)
    assert row["reason"] == "no such file."


def test_hostile_files_are_rows_with_reasons(batched: Batched, tmp_path: Path, hostile: Hostile) -> None:
    ran = batched(*hostile.sources)
    found = dict(tables(tmp_path / "out")[1].select("photo", "reason").rows())
    assert_each_has_its_reason(found, hostile)
    assert ran.failed == len(found) - 2


def test_photos_in_archives_are_read_where_they_are(pool: Path, batched: Batched, tmp_path: Path) -> None:
    found = {}
    for kind, suffix in (("zip", "zip"), ("gztar", "tar.gz")):
        archive = shutil.make_archive(str(tmp_path / "pool"), kind, pool)
        assert batched(archive, out=tmp_path / kind).failed == 1
        garments, photos = tables(tmp_path / kind)
        found[kind] = garments.sort("photo", "instance").drop("uri")
        [uri] = photos.filter(photo="more/3.png")["uri"]
        assert uri.startswith(f"{tmp_path}/pool.{suffix}/")
    assert found["zip"].equals(found["gztar"])
    assert len(found["zip"]) > 20


def test_a_cluster_does_the_same_shards(
    pool: Path, batched: Batched, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batched(pool)
    asked = []

    def cluster(address: str, make: type, arguments: tuple[object, ...], tasks: list[int]) -> Iterator[int]:
        asked.append((address, tasks))
        return map(make(*arguments), tasks)

    monkeypatch.undo()  # the engine is the real one
    monkeypatch.setattr(engine, "spread_over", cluster)
    way, listing = Way(tiny_model), listed([str(pool)])
    run(listing, tmp_path / "ray", way, workers=1, ray="head:6379", shard=3)
    assert asked == [("head:6379", [0, 1, 2, 3])]
    assert tables(tmp_path / "ray")[0].equals(tables(tmp_path / "out")[0])


@pytest.mark.long  # Ray takes its time to begin, and to believe that a machine is lost
def test_the_tables_are_the_same_when_a_cluster_loses_a_worker_on_the_way(
    two_workers: tuple[Any, Any],
    tiny_model: Path,
    batched: Batched,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machines, second = two_workers
    for number in range(60):
        write_photo(tmp_path / "many" / f"{number}.png", 4 * number, (400, 300))
    (tmp_path / "many" / "bad.png").write_bytes(b"nothing")
    batched(tmp_path / "many")
    shards_done = []

    def lose_a_worker(done: int, total: int | None) -> None:
        shards_done.append(done)
        if len(shards_done) == 3:
            machines.remove_node(second, allow_graceful=False)

    monkeypatch.undo()  # the engine is the real one
    ran = run(
        listed([str(tmp_path / "many")]),
        tmp_path / "ray",
        Way(tiny_model),
        workers=1,
        ray=machines.address,
        shard=3,
        progress=lose_a_worker,
    )
    assert (ran.photos, ran.failed, len(shards_done)) == (61, 1, 21)
    for ours, whole in zip(tables(tmp_path / "ray"), tables(tmp_path / "out"), strict=True):
        assert ours.equals(whole)


def test_nothing_but_failures_is_a_batch_as_well(batched: Batched, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "1.jpg").write_bytes(b"nothing")
    assert batched(tmp_path / "bad").failed == 1
    garments, _ = tables(tmp_path / "out")
    assert garments.is_empty()
    assert list(dataset(Batch(tmp_path / "out")).photos) == []


def test_another_score_is_another_batch(pool: Path, batched: Batched) -> None:
    batched(pool)
    with pytest.raises(OutputError, match=r"was made with score 0\.5, not 0\.9\. Go on with the same"):
        batched(pool, score=0.9)


def test_a_folder_that_holds_something_else_is_left_alone(pool: Path, batched: Batched) -> None:
    with pytest.raises(OutputError, match="holds something that is no batch"):
        batched(pool, out=pool)
    assert not (pool / "photos").exists()


@pytest.mark.parametrize("text", ["", "model: [", "model: 7\n"])
def test_a_batch_that_does_not_say_any_more_what_it_comes_from_is_not_gone_on_with(
    pool: Path, batched: Batched, tmp_path: Path, text: str
) -> None:
    batched(pool)
    origin = tmp_path / "out" / "batch.yaml"
    whole = origin.read_text()
    origin.write_text(text)
    with pytest.raises(DatasetError, match=r"out: its batch\.yaml is damaged; put back a copy"):
        batched(pool)
    origin.write_text(whole)
    assert batched(pool).before == 11


def test_a_model_that_is_none_leaves_nothing(pool: Path, batched: Batched, tmp_path: Path) -> None:
    (tmp_path / "none.onnx").write_bytes(b"nothing")
    with pytest.raises(ModelError):
        batched(pool, model=tmp_path / "none.onnx")
    assert not (tmp_path / "out").exists()


def test_a_name_that_means_another_photo_now_is_refused(pool: Path, batched: Batched, tmp_path: Path) -> None:
    batched(pool)
    write_photo(tmp_path / "other" / "1.png", 1)
    with pytest.raises(DatasetError, match=r"1\.png: is the name of .*pool/1\.png and of .*other/1\.png"):
        batched(tmp_path / "other")


def test_a_damaged_shard_is_named(pool: Path, batched: Batched, tmp_path: Path) -> None:
    batched(pool)
    (tmp_path / "out" / "garments" / "000001.parquet").write_bytes(b"PAR1")
    with pytest.raises(DatasetError, match="shard 000001 is damaged"):
        list(dataset(Batch(tmp_path / "out")).photos)


@pytest.mark.parametrize("content", [b"PAR1", None], ids=["cut", "gone"])
@pytest.mark.parametrize("kind", ["photos", "garments"])
def test_a_damaged_shard_is_done_anew_once_its_photos_are_deleted(
    kind: str, content: bytes | None, pool: Path, batched: Batched, tmp_path: Path
) -> None:
    batched(pool)
    before = tables(tmp_path / "out")
    file, commit = (tmp_path / "out" / name / "000001.parquet" for name in (kind, "photos"))
    file.unlink() if content is None else file.write_bytes(content)
    if commit.exists():
        with pytest.raises(DatasetError, match=f"shard 000001 is damaged .*delete {commit}, and"):
            summarise(Batch(tmp_path / "out"))
        commit.unlink()
    batched(pool)
    for ours, whole in zip(tables(tmp_path / "out"), before, strict=True):
        assert ours.equals(whole)


def test_a_run_that_meets_a_damaged_table_names_it(pool: Path, batched: Batched, tmp_path: Path) -> None:
    batched(pool)
    (tmp_path / "out" / "photos" / "000001.parquet").write_bytes(b"PAR1")
    with pytest.raises(DatasetError, match="shard 000001 is damaged"):
        batched(pool)


def test_a_copy_of_a_table_beside_it_is_no_shard(pool: Path, batched: Batched, tmp_path: Path) -> None:
    batched(pool)
    for kind in ("plan", "photos"):
        [table, *_] = sorted((tmp_path / "out" / kind).iterdir())
        shutil.copy(table, table.with_name(f"{table.stem} (1).parquet"))
    assert batched(pool).photos == 11
