"""All claims in one table: runs the scripts beside it and writes what they claim into README.md.

The short form takes some 15 minutes on two idle cores, with fewer photos or rounds than a script has by
itself; `--full` gives each what its own text says, which takes hours. The rows of a script that is run again
are replaced, others stay: each says on which machine it was measured.

Run: python benchmarks/bench.py [NAME...] [--full]
"""

import argparse
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contest import CLAIMS
from segment import processor
from wildwear.datasets import Recipe, build
from wildwear.version import __version__

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "shared"
WORK = HERE.parent / "build" / "bench"  # datasets stay here from one run to the next
KEPT = HERE / "claims.jsonl"  # what the table in README.md is made of
TABLE = re.compile(r"(?<=<!-- the table: make bench -->\n).*?(?=<!-- end of the table -->)", re.S)
FEW = 24  # photos of each val set in the short form

# What a script is given, and what makes it short; the places in braces are those of `prepared`.
SCRIPTS = {
    "segment": ("", "--rounds 1"),
    "accuracy": ("{ccp30} {wild780} {wild30}", ""),
    "edges": ("default {ccp30}/{val}.json {wild780}/{val}.json", ""),
    "looking_twice": ("default {wild780}/{val}.json", ""),
    "one_garment": ("default {ccp30}/{val}.json {wild780}/{val}.json --keep {work}/one-garment", ""),
    "shown_twice": ("default {ccp}/photos {pool}", ""),
    "cutouts": ("default {wild30}/wild30.json --images {wild30}/photos", ""),
    "label_errors": ("{ccp30}/val.json {work}/result/predictions.json", "--seeds 5"),
    "evaluate": ("--rounds 1", "--instances 15000"),
    "health": ("", "--masks 30000"),
    "describe": ("", "--times 8"),
    "convert": ("", "--files 4000"),
    "training": ("{ccp30}", "--steps 2 --rounds 3"),
    "padding": ("{ccp30}/train.json", "--epochs 1"),
    "annotate": ("default {ccp30}/val.json {wild780}/val.json", "--photos 5"),
    "annotate_opens": ("{pool}", "--rounds 3"),
    "gallery": ("", "--rounds 2"),
    "colour": ("{pool}", ""),
    "near_duplicates": ("{pool} {ccp}/photos", ""),
    "people": ("{pool} {ccp}/photos {closet} {yunet}", ""),
    "curate": (
        "{pool} {ccp}/photos --face-model {yunet}",
        "--photos 3900 --many 4000 --hashes 100000",
    ),
    "batch": ("{ccp}/photos", "--rounds 2 --fewest 200 --most 2000"),
    "batch_killed": ("{pool} {ccp}/photos --photos 200", "--photos 40"),
    "serve": ("{ccp}/photos", "--requests 300"),
}


def main() -> None:
    """Run the scripts, keep what they claim, write the table."""
    parser = argparse.ArgumentParser(description="All benchmarks, and what they claim in one table.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of a script: {', '.join(SCRIPTS)}")
    parser.add_argument("--full", action="store_true", help="each script as its own text says: hours")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(SCRIPTS):
        parser.error(f"{', '.join(sorted(unknown))}: no such script")
    places = prepared(full=chosen.full)
    failed = []
    for name in chosen.names or SCRIPTS:
        if not measured(name, places, full=chosen.full):
            failed.append(name)
        write(table(kept()))  # after each, so that whoever stops it keeps what was measured
    print(f"\n{table(kept())}")
    if failed:
        sys.exit(f"not measured, for what they say above: {', '.join(failed)}")


def write(rows: str) -> None:
    """Put the table in place of that in README.md."""
    readme = HERE / "README.md"
    readme.write_text(TABLE.sub(lambda _: rows, readme.read_text(encoding="utf-8")), encoding="utf-8")


def prepared(*, full: bool) -> dict[str, Path | str]:
    """Where everything lies; what is built is built once, and a val set of few photos for the short form."""
    data = SHARED / "data"
    places: dict[str, Path | str] = {
        "work": WORK,
        "val": "val" if full else "few",
        "ccp": data / "clothing-co-parsing",
        "pool": data / "wild-pool",
        "wild30": data / "wild30",
        "closet": os.environ.get("CLOSET", "clothing-dataset/images"),
        "yunet": SHARED / "weights" / "yunet_n_640_640.onnx",
    }
    for name, source in (
        ("ccp30", {"ccp": data / "clothing-co-parsing"}),
        ("wild780", {"wild": data / "wild-pool"}),
    ):
        places[name] = WORK / name
        if not (WORK / name / "few.json").exists():
            val = build(Recipe.read(name), source, WORK / name)["val"]
            val.restricted_to(val.images[:: len(val.images) // FEW][:FEW]).save(WORK / name / "few.json")
    if not (WORK / "result" / "predictions.json").exists():
        evaluate = ["wildwear", "evaluate", "default", WORK / "ccp30" / "val.json", "--out", WORK / "result"]
        subprocess.run([sys.executable, "-m", *map(str, evaluate)], check=True)
    return places


def measured(name: str, places: dict[str, Path | str], *, full: bool) -> bool:
    """Run a script and keep what it claims in place of what it claimed before; False where it fails."""
    arguments, shorter = SCRIPTS[name]
    said = arguments if full else f"{arguments} {shorter}"
    command = [sys.executable, str(HERE / f"{name}.py"), *said.format(**places).split()]
    print(f"\n== {name} {said}", flush=True)
    with TemporaryDirectory() as folder:
        lines = Path(folder, "claims.jsonl")
        if subprocess.run(command, env=os.environ | {CLAIMS: str(lines)}, check=False).returncode:
            return False
        claims = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    machine = f"{os.cpu_count()} × {processor()}, {datetime.now(UTC):%Y-%m-%d}, wildwear {__version__}"
    told = {"script": name, "arguments": "its own" if full or not shorter else shorter, "machine": machine}
    others = [claim for claim in kept() if claim["script"] != name]
    every = sorted(
        [*others, *(told | claim for claim in claims)], key=lambda claim: [*SCRIPTS].index(claim["script"])
    )
    KEPT.write_text(
        "".join(json.dumps(claim, ensure_ascii=False) + "\n" for claim in every), encoding="utf-8"
    )
    return True


def kept() -> list[dict[str, Any]]:
    """What was claimed so far, in the order of the scripts."""
    if not KEPT.exists():
        return []
    return [json.loads(line) for line in KEPT.read_text(encoding="utf-8").splitlines()]


def table(claims: list[dict[str, Any]]) -> str:
    """One row a claim, in Markdown, and the machines on which they were measured."""
    machines = list(dict.fromkeys(claim["machine"] for claim in claims))
    rows = ["| script, given | claim | measured | beside | the peer | bar met | machine |", "|" + "---|" * 7]
    for script, of_script in groupby(claims, lambda claim: claim["script"]):
        for number, claim in enumerate(of_script):
            named = f"[`{script}`]({script}.py), {claim['arguments']}" if number == 0 else ""
            met = {None: "", True: "yes", False: "NO"}[claim["met"]]
            cells = [named, claim["claim"], claim["figure"], claim["beside"], claim["peer"], met]
            rows.append("| " + " | ".join([*cells, str(1 + machines.index(claim["machine"]))]) + " |")
    return "\n".join([*rows, "", *(f"{number}. {line}" for number, line in enumerate(machines, start=1)), ""])


if __name__ == "__main__":
    main()
