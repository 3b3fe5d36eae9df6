"""Daft has work done, and tells nobody that it does."""

import os
from collections.abc import Callable

import pytest

from wildwear.engine import opened, spread
from wildwear.errors import OutputError


class Adder:
    """Adds to each task what it was made with, and says in which process."""

    def __init__(self, addend: int) -> None:
        self.addend = addend

    def __call__(self, task: int) -> tuple[int, int]:
        return task + self.addend, os.getpid()


def test_tasks_are_done_in_other_processes_each_once() -> None:
    pytest.importorskip("daft")
    done = list(spread(Adder, (100,), range(8), workers=2))
    assert sorted(result for result, _ in done) == list(range(100, 108))
    assert os.getpid() not in {process for _, process in done}


def threads(variable: str) -> str:
    return os.environ[variable]


def threads_of() -> Callable[[str], str]:
    return threads


def test_numpy_takes_one_thread_in_each_process() -> None:
    pytest.importorskip("daft")
    assert list(spread(threads_of, (), ["OPENBLAS_NUM_THREADS"], workers=1)) == ["1"]


class Refuser:
    """Cannot do anything."""

    def __call__(self, task: str) -> None:
        raise OutputError(f"{task}: cannot be written (No space left on device).")


def test_what_a_task_cannot_do_is_said_here_in_its_own_words() -> None:
    pytest.importorskip("daft")
    with pytest.raises(OutputError, match=r"^out: cannot be written \(No space left on device\)\.$"):
        list(spread(Refuser, (), ["out"], workers=1))


def test_what_daft_would_send_about_its_use_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DO_NOT_TRACK", "SCARF_NO_ANALYTICS", "DAFT_ANALYTICS_ENABLED"):
        monkeypatch.setenv(variable, "")
    pytest.importorskip("daft")
    opened()
    from daft.scarf_telemetry import opted_out

    assert opted_out()


def test_one_process_opens_it_again() -> None:
    daft = pytest.importorskip("daft")
    for _ in range(2):
        opened().from_pydict({"photo": ["a.jpg"]}).collect()
    assert daft.get_or_infer_runner_type() == "native"
