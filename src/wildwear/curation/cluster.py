"""Ray: the machines of a cluster measure photos, in place of the processes of this one (`engine.py`).

They are plain tasks of Ray's, which it gives to another machine where one is lost. Not Daft's runner on Ray:
version 0.7.26 on Ray 2.59 took a plan, and never asked the cluster for a worker.
"""

import os
import pickle
import socket
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from wildwear.curation.engine import BATCH, Measurer
from wildwear.curation.models import Models
from wildwear.errors import ClusterError, MissingExtraError
from wildwear.gathering import Photo

AHEAD = 4  # batches a core that wait or are measured: none is idle, and memory does not grow with the photos
RETRIES = 5  # of a batch whose process or machine was lost
PATIENCE = 10.0  # seconds, until a cluster answers


def measured_on_cluster(
    photos: Sequence[tuple[str, Photo]], signals: Sequence[str], models: Models, *, address: str
) -> Iterator[pl.DataFrame]:
    """As `engine.measured`, on a cluster; photos and models lie at the same paths on all of its machines.

    Args:
        photos: what each is called in the catalog, and the photo.
        signals: names of those that are wanted.
        models: that they look through.
        address: of the cluster, as Ray has it: HOST:PORT, or ray://HOST:PORT from outside.

    Raises:
        MissingExtraError: Ray is not installed.
        ClusterError: it cannot be reached, or lost a batch again and again.
    """
    ray = connected(address)
    cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
    task = ray.remote(num_cpus=1, max_retries=RETRIES)(measure_batch)
    batches = [photos[start : start + BATCH] for start in range(0, len(photos), BATCH)]
    waiting: list[Any] = []
    try:
        while batches or waiting:
            while batches and len(waiting) < AHEAD * cores:
                names, there = zip(*batches.pop(0), strict=True)
                places = [pickle.dumps(photo.place) for photo in there]
                waiting.append(task.remote(models, tuple(signals), names, places))
            ready, waiting = ray.wait(waiting)
            for rows in ray.get(ready):
                yield pickle.loads(rows)
    except ray.exceptions.RayError as error:
        raise ClusterError(f"{address}: the cluster cannot go on ({first_line(error)})") from error
    finally:
        ray.shutdown()


def measure_batch(
    models: Models, signals: tuple[str, ...], names: Sequence[str], places: Sequence[bytes]
) -> bytes:
    """Runs in processes of the cluster: the pickled rows of a batch."""
    return pickle.dumps(measurer(models, signals)(names, places))


@cache
def measurer(models: Models, signals: tuple[str, ...]) -> Measurer:
    """What measures, with its models open from one batch to the next."""
    return Measurer(models, signals)


def connected(address: str) -> Any:
    """Import Ray, and join a cluster. Raises `MissingExtraError` and `ClusterError`."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ModuleNotFoundError as error:
        raise MissingExtraError("measuring photos on a cluster", "ray") from error
    try:
        answers(address)
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterError(
            f"{address}: no cluster of Ray's can be joined there ({first_line(error)}); "
            "`ray start --head` begins one, and says its HOST:PORT"
        ) from error
    return ray


def answers(address: str) -> None:
    """Raise `OSError` or `ValueError` where nothing answers: Ray itself would try for minutes."""
    parts = urlsplit(address if "://" in address else f"//{address}")
    if not parts.hostname or not parts.port:
        raise ValueError("HOST:PORT is wanted")
    socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE).close()


def first_line(error: Exception) -> str:
    """What an error says first; Ray's are long."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
