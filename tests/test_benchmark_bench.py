"""All claims in one table: what scripts hand over, what stays of earlier runs, how it is told."""

import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from benchmark_scripts import SCRIPTS, load

# Fast beside its peer, as a script of the benchmarks claims it.
SCRIPT = """
from contest import claim
claim("a photo, ms", "{ms} (70–90)", peer="torchvision", beside="40 × faster", met={met})
claim("a count", "3")
"""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark of benchmarks, with two scripts of its own."""
    bench = load("bench")
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTS))
    monkeypatch.setattr(bench, "HERE", tmp_path)
    monkeypatch.setattr(bench, "KEPT", tmp_path / "claims.jsonl")
    monkeypatch.setattr(bench, "SCRIPTS", {"quick": ("", ""), "slow": ("", "--rounds 1")})
    (tmp_path / "quick.py").write_text(SCRIPT.format(ms=80, met=True))
    (tmp_path / "slow.py").write_text(SCRIPT.format(ms=900, met=False))
    return bench


def test_every_script_is_run_and_named_in_the_readme() -> None:
    bench, readme = load("bench"), (SCRIPTS / "README.md").read_text(encoding="utf-8")
    shared = {"bench", "clients", "contest", "finding", "hand", "mending", "naive_server", "outlining"}
    assert set(bench.SCRIPTS) == {path.stem for path in SCRIPTS.glob("*.py")} - shared
    assert set(bench.SCRIPTS) <= set(re.findall(r"\]\((\w+)\.py\)", readme))
    assert bench.TABLE.search(readme)


def test_every_script_hands_over_a_claim() -> None:
    for name in load("bench").SCRIPTS:
        assert re.search(r"\bclaim\(", (SCRIPTS / f"{name}.py").read_text(encoding="utf-8")), name


def test_the_table_has_a_row_a_claim_with_its_peer_its_bar_and_its_machine(bench: ModuleType) -> None:
    for name in ("slow", "quick"):
        assert bench.measured(name, {}, full=False)
    rows = bench.table(bench.kept()).splitlines()
    assert rows[2] == (
        "| [`quick`](quick.py), its own | a photo, ms | 80 (70–90) | 40 × faster | torchvision | yes | 1 |"
    )
    assert rows[3] == "|  | a count | 3 |  |  |  | 1 |"
    assert rows[4].startswith("| [`slow`](slow.py), --rounds 1 | a photo, ms | 900 (70–90) |")
    assert "| NO | 1 |" in rows[4]
    assert re.fullmatch(r"1\. \d+ × .+, \d{4}-\d\d-\d\d, wildwear .+", rows[-1])


def test_a_script_that_is_run_again_replaces_its_own_rows_alone(bench: ModuleType) -> None:
    for name in ("quick", "slow"):
        bench.measured(name, {}, full=False)
    (bench.HERE / "quick.py").write_text(SCRIPT.format(ms=60, met=True))
    bench.measured("quick", {}, full=True)
    figures = [claim["figure"] for claim in bench.kept()]
    assert figures == ["60 (70–90)", "3", "900 (70–90)", "3"]


def test_what_a_script_that_fails_claimed_before_stays(bench: ModuleType) -> None:
    bench.measured("quick", {}, full=False)
    (bench.HERE / "quick.py").write_text("raise SystemExit('no peer here')")
    assert not bench.measured("quick", {}, full=False)
    assert len(bench.kept()) == 2


def test_a_script_by_itself_leaves_no_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contest = load("contest")
    monkeypatch.delenv(contest.CLAIMS, raising=False)
    contest.claim("a count", "3")
    monkeypatch.setenv(contest.CLAIMS, str(tmp_path / "claims.jsonl"))
    contest.claim("a count", "4")
    assert json.loads((tmp_path / "claims.jsonl").read_text())["figure"] == "4"
