"""Time and memory to score 300,000 instances, beside pycocotools.

The truth is CCP-30's val, and the predictions are the bundled model's there, both repeated over photos with
ids of their own and scores a little higher each time. Each contender has a process of its own for every
round, and they take turns. All twelve figures of COCO's summary, for masks and boxes, are compared.

Run: python benchmarks/evaluate.py [--instances 300000] [--rounds 3]
"""

import argparse
import contextlib
import json
import math
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from contest import claim, resident, spread, take_turns

CCP = Path(__file__).parents[2] / "shared" / "data" / "clothing-co-parsing"
INSTANCES, ROUNDS = 300_000, 3
ID_STEP = 100_000  # over every id of the truth
DISPLAYED = 0.5  # least score of what a user is shown
AGREEMENT = 1e-9

NOTES = """\
[b]s[/b]: median (quartiles) of the rounds. [b]MB[/b]: the most that the process held resident beyond its \
imports, and truth and predictions as JSON makes them. [b]ratio[/b]: pycocotools' figure over the row's, of \
the same round; median (quartiles).

[b]pycocotools[/b]: COCO, loadRes, evaluate, accumulate, summarize, for masks and for boxes. \
[b]wildwear[/b]: `score`, which gives the same and checks all records, tells the categories apart and finds \
the best threshold of each. [b]wildwear, with errors[/b]: `score` with what is displayed, kinds of errors, \
confusions, calibration.
"""

Documents = tuple[dict[str, Any], list[dict[str, Any]]]  # truth, predictions
Figures = dict[str, list[float]]  # the twelve of the summary, by kind
Way = Callable[[dict[str, Any], list[dict[str, Any]]], Figures]


class Answer(NamedTuple):
    """What a contender's process says of one round."""

    seconds: float
    memory: float  # MB, the most at any time, over that before it began
    figures: Figures


def wildwear_way() -> Way:
    """As wildwear's user writes it."""
    from wildwear.datasets import Dataset
    from wildwear.evaluation.measures.metrics import score

    return lambda truth, found: summary(score(Dataset(truth), found))


def explained_way() -> Way:
    """The same, and where it fails."""
    from wildwear.datasets import Dataset
    from wildwear.evaluation.explanation.calibration import calibration
    from wildwear.evaluation.explanation.failures import confusion, error_shares
    from wildwear.evaluation.measures.evidence import checked
    from wildwear.evaluation.measures.metrics import measure

    def explain(truth: dict[str, Any], found: list[dict[str, Any]]) -> Figures:
        evidence = checked(Dataset(truth), found, [one for one in found if one["score"] >= DISPLAYED])
        metrics = measure(evidence)
        error_shares(evidence)
        confusion(evidence)
        calibration(evidence)
        return summary(metrics)

    return explain


def summary(metrics: Any) -> Figures:
    """COCO's twelve figures of `Metrics`, -1 where one is not measured, as pycocotools says it."""
    from wildwear.evaluation.measures.metrics import AVERAGED

    averages = {"mask": metrics.mask, "box": metrics.box}
    figures = {kind: [getattr(of_kind, name) for name in AVERAGED] for kind, of_kind in averages.items()}
    return {kind: [-1 if math.isnan(one) else one for one in measured] for kind, measured in figures.items()}


def pycocotools_way() -> Way:
    """As one writes it with pycocotools; results hold one shape only, as Detectron2 hands them over."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def summarize(truth: dict[str, Any], found: list[dict[str, Any]]) -> Figures:
        figures = {}
        with contextlib.redirect_stdout(None):
            coco = COCO()
            coco.dataset = truth
            coco.createIndex()
            for kind, theirs, shape in (("mask", "segm", "segmentation"), ("box", "bbox", "bbox")):
                fields = ("image_id", "category_id", "score", shape)
                results = coco.loadRes([{field: one[field] for field in fields} for one in found])
                evaluation = COCOeval(coco, results, theirs)
                evaluation.evaluate()
                evaluation.accumulate()
                evaluation.summarize()
                figures[kind] = [float(figure) for figure in evaluation.stats]
        return figures

    return summarize


OURS, MORE, PEER = "wildwear", "wildwear, with errors", "pycocotools"
WAYS = {OURS: wildwear_way, MORE: explained_way, PEER: pycocotools_way}


def val() -> Documents:
    """CCP-30's val, and what the bundled model finds there."""
    from wildwear import inference
    from wildwear.datasets.making import ccp30
    from wildwear.evaluation.evaluating import find_everything

    splits, photos = ccp30.annotate(CCP)
    segmenter = inference.load()
    found = []
    for image in splits["val"].images:
        photo = photos[image["file_name"]]
        everything = find_everything(segmenter, photo)
        found += everything.to_coco(image["id"])
    return splits["val"].document, found


def multiply(truth: dict[str, Any], found: list[dict[str, Any]], copies: int) -> Documents:
    """Both `copies` times over, each with ids of its own and scores a little nearer to 1."""

    def repeated(records: list[dict[str, Any]], *fields: str) -> list[dict[str, Any]]:
        return [
            {**record, **{field: record[field] + ID_STEP * copy for field in fields}}
            for copy in range(copies)
            for record in records
        ]

    document = {
        **truth,
        "images": repeated(truth["images"], "id"),
        "annotations": repeated(truth["annotations"], "id", "image_id"),
    }
    predictions = repeated(found, "image_id")
    for place, prediction in enumerate(predictions):
        prediction["score"] += (1 - prediction["score"]) * 0.1 * (place // len(found)) / copies
    return document, predictions


def one_round(name: str, files: tuple[Path, Path], copies: int) -> Answer:
    """One contender on `copies` times what lies in the files; in a fresh process."""
    truth, found = (json.loads(file.read_text()) for file in files)
    way = WAYS[name]()
    documents = multiply(truth, found, copies)
    before = resident()
    started = perf_counter()
    figures = way(*documents)
    return Answer(perf_counter() - started, resident() - before, figures)


def measure(files: tuple[Path, Path], copies: int, rounds: int) -> dict[str, list[Answer]]:
    """Let the contenders take turns, each in a fresh process."""
    return take_turns({name: partial(one_round, name, files, copies) for name in WAYS}, rounds)


def agree(answers: dict[str, list[Answer]]) -> bool:
    """Whether all found the same figures."""
    expected = answers[PEER][0].figures
    return all(
        abs(figure - other) <= AGREEMENT
        for of_one in answers.values()
        for answer in of_one
        for kind in expected
        for figure, other in zip(answer.figures[kind], expected[kind], strict=True)
    )


def show(answers: dict[str, list[Answer]], title: str) -> None:
    """Print the table and what it means."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    def with_ratio(name: str, value: Callable[[Answer], float], digits: int = 1) -> tuple[str, str]:
        values, peer = ([value(answer) for answer in answers[one]] for one in (name, PEER))
        ratios = [theirs / own for theirs, own in zip(peer, values, strict=True)]
        return spread(values, digits), "" if name == PEER else spread(ratios)

    table = Table("", "s", "ratio", "MB", "ratio", title=title, box=SIMPLE)
    for name in WAYS:
        seconds = with_ratio(name, lambda answer: answer.seconds)
        memory = with_ratio(name, lambda answer: answer.memory, 0)
        table.add_row(name, *seconds, *memory)
        if name == OURS:
            met = agree(answers)
            claim("instances scored, s", seconds[0], peer=PEER, beside=f"{seconds[1]} × faster", met=met)
            claim("instances scored, MB", memory[0], peer=PEER, beside=f"{memory[1]} × less", met=met)
    ap, box_ap = (answers[OURS][0].figures[kind][0] for kind in ("mask", "box"))
    found = (
        f"mask AP {ap:.4f}, box AP {box_ap:.4f}; all 24 figures equal to {AGREEMENT:.0e}: "
        f"{'yes' if agree(answers) else 'NO'}"
    )
    Console(width=110).print(table, NOTES, found, sep="\n", highlight=False)


def main() -> None:
    """Parse, predict, measure, show."""
    parser = argparse.ArgumentParser(description="wildwear's evaluation beside pycocotools: time and memory.")
    parser.add_argument("--instances", type=int, default=INSTANCES, help="at least so many")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    if not CCP.is_dir():
        sys.exit(f"{CCP}: not there. This benchmark repeats CCP-30's val, which is built from it.")
    os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"  # the peer has one thread, too
    with TemporaryDirectory() as folder:
        truth, found = val()
        files = (Path(folder) / "truth.json", Path(folder) / "found.json")
        for file, document in zip(files, (truth, found), strict=True):
            file.write_text(json.dumps(document))
        instances = sum(not annotation["iscrowd"] for annotation in truth["annotations"])
        copies = math.ceil(chosen.instances / instances)
        title = (
            f"{copies * instances:,} instances and {copies * len(found):,} detections in "
            f"{copies * len(truth['images']):,} photos, {chosen.rounds} rounds, one thread"
        )
        show(measure(files, copies, chosen.rounds), title)


if __name__ == "__main__":
    main()
