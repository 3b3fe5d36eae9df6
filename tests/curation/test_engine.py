"""Daft measures, and tells nobody that it does."""

import pytest

from wildwear.curation.engine import opened


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
