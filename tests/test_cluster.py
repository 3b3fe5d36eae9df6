"""A cluster measures what this machine does, also when it loses one of its workers on the way."""

import pickle
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from curation.conftest import write_noise
from made_clusters import two_workers
from wildwear import cluster
from wildwear.curation import measurer
from wildwear.curation.measurer import Measurer, measured
from wildwear.curation.models import Models
from wildwear.errors import ClusterError, OutputError
from wildwear.gathering import Photo

__all__ = ["two_workers"]

SIGNALS = ["facts", "colour", "hashes"]


@pytest.mark.long  # Ray takes its time to begin, and to believe that a machine is lost
def test_the_table_is_the_same_when_a_worker_is_killed_on_the_way(
    two_workers: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines, second = two_workers
    monkeypatch.setattr(measurer, "AT_A_TIME", 2)
    photos = []
    for number in range(60):
        path = tmp_path / f"{number}.png"
        write_noise(path, number)
        photos.append((path.name, Photo(path.name, path)))
    (tmp_path / "7.png").write_bytes(b"nothing")
    tables = []
    for table in measured(photos, SIGNALS, Models(), workers=1, ray=machines.address):
        tables.append(table)
        if len(tables) == 3:
            machines.remove_node(second, allow_graceful=False)
    found = pl.concat(tables).sort("photo")
    here = Measurer(Models(), SIGNALS)([(name, photo.place) for name, photo in photos]).sort("photo")
    assert found.equals(here)


class Refuser:
    """Cannot do anything."""

    def __call__(self, task: str) -> None:
        raise OutputError(f"{task}: cannot be written (No space left on device).")


def test_what_a_task_cannot_do_comes_back_in_its_own_words() -> None:
    error = pickle.loads(cluster.result(pickle.dumps((Refuser, ())), pickle.dumps("out")))
    assert isinstance(error, OutputError)
    assert str(error) == "out: cannot be written (No space left on device)."


def test_a_process_of_the_cluster_opens_models_once_and_does_task_after_task() -> None:
    worker = pickle.dumps((Counted, ("seen",)))
    results = [pickle.loads(cluster.result(worker, pickle.dumps(task))) for task in ("a", "b")]
    assert results == ["seen 1: a", "seen 2: b"]


class Counted:
    """Says how many tasks it has done."""

    def __init__(self, word: str) -> None:
        self.word, self.count = word, 0

    def __call__(self, task: str) -> str:
        self.count += 1
        return f"{self.word} {self.count}: {task}"


@pytest.mark.parametrize("address", ["127.0.0.1:9", "nowhere", "ray://127.0.0.1:9"])
def test_an_address_without_a_cluster_is_a_mistake(address: str) -> None:
    pytest.importorskip("ray")
    with pytest.raises(ClusterError, match=f"{address}: no cluster of Ray's can be joined there"):
        list(cluster.spread_over(address, Counted, (), []))
