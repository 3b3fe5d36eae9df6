"""Work is done side by side: by Daft's embedded engine in processes of this machine, or on a cluster.

Not for what is done: see `curation/measurer.py` and `batch/working.py`. What Daft would send about its use is
switched off.
"""

import logging
import os
import pickle
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from wildwear.cluster import outcome, spread_over
from wildwear.errors import MissingExtraError, WildwearError

SURROUNDINGS = {
    "DAFT_RUNNER": "native",  # asked for here, since Daft refuses to be told twice in a process
    "DO_NOT_TRACK": "true",
    "SCARF_NO_ANALYTICS": "true",
    "DAFT_ANALYTICS_ENABLED": "0",
    "DAFT_PROGRESS_BAR": "0",
    # Processes share the cores. numpy multiplies matrices with as many threads as there are cores, and those
    # of two processes wait for each other: a photo took 195 ms of a processor instead of 105
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


def spread(
    make: Callable[..., Callable[[Any], Any]],
    arguments: tuple[Any, ...],
    tasks: Iterable[Any],
    *,
    workers: int,
    ray: str | None = None,
) -> Iterator[Any]:
    """Have tasks done by several processes; yields what comes of each as soon as it is there, in no order.

    Args:
        make: called once in each process, with `arguments`; what it returns is called with one task after
            the other. A class, say, that opens models once.
        arguments: picklable, as are the tasks and what comes of them.
        tasks: what a process takes at a time, and what is lost where it dies.
        workers: processes of this machine.
        ray: address of a cluster that does it in their place.

    Raises:
        MissingExtraError: Daft, or Ray, is not installed.
        ClusterError: the cluster is not there, or is lost.
        WildwearError: a task raised it, in whichever process; the others are given up.
    """
    if ray is not None:
        results = spread_over(ray, make, arguments, tasks)
    else:
        results = in_processes(make, arguments, tasks, workers)
    for result in results:
        if isinstance(result, WildwearError):
            raise result
        yield result


def in_processes(
    make: Callable[..., Callable[[Any], Any]], arguments: tuple[Any, ...], tasks: Iterable[Any], workers: int
) -> Iterator[Any]:
    """What comes of tasks, or the errors that they raised; the arguments are those of `spread`."""
    engine = opened()
    packed = engine.DataType.binary()

    class Worker:
        """What lives in a process. Tasks and results travel as bytes: they come through as they are."""

        def __init__(self, *arguments: Any) -> None:
            self.work = make(*arguments)

        @engine.method.batch(return_dtype=packed, batch_size=1)  # type: ignore[untyped-decorator]
        def results(self, tasks: Any) -> list[bytes]:
            return [pickle.dumps(outcome(self.work, pickle.loads(task))) for task in tasks.to_pylist()]

    rows = engine.from_pydict({"task": [pickle.dumps(task) for task in tasks]}).into_batches(1)
    worker: Any = engine.cls(Worker, use_process=True, max_concurrency=workers)(*arguments)
    wanted = rows.select(worker.results(engine.col("task")).alias("result"))
    for batch in wanted.to_arrow_iter(results_buffer_size=workers):
        yield from map(pickle.loads, batch.column("result").to_pylist())


def opened() -> Any:
    """Import Daft. Raises `MissingExtraError`."""
    os.environ.update(SURROUNDINGS)
    try:
        import daft
    except ModuleNotFoundError as error:
        raise MissingExtraError("working in several processes", "curate") from error
    # It says there once more what it raises, and that a process is slow to end on a busy machine
    logging.getLogger("daft_local_execution").setLevel(logging.CRITICAL)
    return daft
