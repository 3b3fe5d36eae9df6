"""Ray: the machines of a cluster have work done, in place of the processes of this one. Asked by `engine.py`.

They are plain tasks of Ray's, which it gives to another machine where one is lost. Not Daft's runner on Ray:
version 0.7.26 on Ray 2.59 took a plan, and never asked the cluster for a worker.
"""

import logging
import os
import pickle
import socket
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from wildwear.errors import ClusterError, MissingExtraError, WildwearError

AHEAD = 4  # tasks a core that wait or are done: no core is idle, and memory does not grow with the tasks
RETRIES = 5  # of a task whose process or machine was lost
PATIENCE = 10.0  # seconds, until a cluster answers


def spread_over(
    address: str,
    make: Callable[..., Callable[[Any], Any]],
    arguments: tuple[Any, ...],
    tasks: Iterable[Any],
) -> Iterator[Any]:
    """What comes of tasks, or the errors that they raised, as soon as it is there and in no order. Files that
    are named lie at the same paths on all machines of the cluster.

    Args:
        address: of the cluster, as Ray has it: HOST:PORT, or ray://HOST:PORT from outside.
        make, arguments, tasks: as `engine.spread` takes them.

    Raises:
        MissingExtraError: Ray is not installed.
        ClusterError: it cannot be reached, or lost a task again and again.
    """
    ray = connected(address)
    cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
    remote = ray.remote(num_cpus=1, max_retries=RETRIES)(result)
    worker = pickle.dumps((make, arguments))
    left = iter(tasks)
    waiting: list[Any] = []
    try:
        while True:
            while len(waiting) < AHEAD * cores and (task := next(left, None)) is not None:
                waiting.append(remote.remote(worker, pickle.dumps(task)))
            if not waiting:
                return
            ready, waiting = ray.wait(waiting)
            yield from map(pickle.loads, ray.get(ready))
    except ray.exceptions.RayError as error:
        raise ClusterError(f"{address}: the cluster cannot go on ({first_line(error)})") from error
    finally:
        ray.shutdown()


def result(worker: bytes, task: bytes) -> bytes:
    """Runs in processes of the cluster: what comes of a task. All is pickled."""
    return pickle.dumps(outcome(made(worker), pickle.loads(task)))


def outcome(work: Callable[[Any], Any], task: Any) -> Any:
    """What comes of a task, or the error that a user can do something about, which Daft and Ray would wrap in
    words of their own."""
    try:
        return work(task)
    except WildwearError as error:
        return error


@cache
def made(worker: bytes) -> Callable[[Any], Any]:
    """What does the tasks, with its models open from one to the next."""
    make, arguments = pickle.loads(worker)
    work: Callable[[Any], Any] = make(*arguments)
    return work


def connected(address: str) -> Any:
    """Import Ray, and join a cluster. Raises `MissingExtraError` and `ClusterError`."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ModuleNotFoundError as error:
        raise MissingExtraError("working on a cluster", "ray") from error
    try:
        answers(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
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
