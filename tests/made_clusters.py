"""A cluster of Ray's on this machine."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def two_workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """A cluster of two workers with a core each; and the second of them."""
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    machines = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    yield machines, machines.add_node(num_cpus=1)
    ray.shutdown()
    machines.shutdown()
