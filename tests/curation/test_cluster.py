"""A cluster measures what this machine does, also when it loses one of its workers on the way."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from curation.conftest import write_noise
from wildwear.curation import cluster
from wildwear.curation.cluster import measured_on_cluster
from wildwear.curation.engine import Measurer
from wildwear.curation.models import Models
from wildwear.errors import ClusterError
from wildwear.gathering import Photo

SIGNALS = ["facts", "colour", "hashes"]


@pytest.fixture
def two_workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """A cluster of two workers with a core each, on this machine; and the second of them."""
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    machines = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    yield machines, machines.add_node(num_cpus=1)
    ray.shutdown()
    machines.shutdown()


@pytest.mark.long  # Ray takes its time to begin, and to believe that a machine is lost
def test_the_table_is_the_same_when_a_worker_is_killed_on_the_way(
    two_workers: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines, second = two_workers
    monkeypatch.setattr(cluster, "BATCH", 2)
    photos = []
    for number in range(60):
        path = tmp_path / f"{number}.png"
        write_noise(path, number)
        photos.append((path.name, Photo(path.name, path)))
    (tmp_path / "7.png").write_bytes(b"nothing")
    tables = []
    for table in measured_on_cluster(photos, SIGNALS, Models(), address=machines.address):
        tables.append(table)
        if len(tables) == 3:
            machines.remove_node(second, allow_graceful=False)
    found = pl.concat(tables).sort("photo")
    places = [pickle.dumps(photo.place) for _, photo in photos]
    here = Measurer(Models(), SIGNALS)([name for name, _ in photos], places).sort("photo")
    assert found.equals(here)


def test_what_a_task_measures_is_what_this_process_would(tmp_path: Path) -> None:
    write_noise(tmp_path / "1.png", 1)
    places = [pickle.dumps(tmp_path / "1.png")]
    rows = pickle.loads(cluster.measure_batch(Models(), tuple(SIGNALS), ["1.png"], places))
    assert rows.equals(Measurer(Models(), SIGNALS)(["1.png"], places))


@pytest.mark.parametrize("address", ["127.0.0.1:9", "nowhere", "ray://127.0.0.1:9"])
def test_an_address_without_a_cluster_is_a_mistake(address: str) -> None:
    pytest.importorskip("ray")
    with pytest.raises(ClusterError, match=f"{address}: no cluster of Ray's can be joined there"):
        list(measured_on_cluster([], SIGNALS, Models(), address=address))
