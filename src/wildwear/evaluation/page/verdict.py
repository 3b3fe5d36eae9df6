"""What the figures of an evaluation say, in sentences: for those who decide, not for those who compute."""

from collections.abc import Iterator
from math import isnan

import numpy as np

from wildwear.evaluation.explanation.calibration import Calibration
from wildwear.evaluation.explanation.explaining import Explanation
from wildwear.evaluation.explanation.failures import Confusion, ErrorShares
from wildwear.evaluation.explanation.slices import Slice
from wildwear.evaluation.measures.metrics import FREQUENT, Displayed, Metrics
from wildwear.reporting import plain_name

FAILURES = {
    "classification": "right masks under a wrong name",
    "localisation": "masks that fit badly",
    "both": "bad masks under a wrong name",
    "duplicate": "garments found twice",
    "background": "finds where there is no garment",
    "missed": "garments that nothing is found of",
}
"""The kinds of `ErrorShares` as people say them."""

EQUAL = 0.01  # AP50; gains closer than this are called the same
MOST_PAIRS = 3  # of confused categories
ENOUGH = 30  # instances of a slice that is spoken of
WEAK = 0.1  # of recall under that of all photos: a slice that is spoken of
HONEST = 0.05  # between scores and the share that is right: no one needs to hear of less


def verdict(metrics: Metrics, explanation: Explanation) -> list[str]:
    """The most important things, a sentence or two each, in the order of their weight."""
    sentences = [
        found(metrics.displayed),
        main_failure(explanation.errors),
        names_or_masks(explanation),
        confused(explanation.confusion),
        weak_slice(explanation.slices, metrics.displayed),
        outlines(explanation),
        honesty(explanation.calibration),
        rare(metrics),
    ]
    return [sentence for sentence in sentences if sentence]


def found(shown: Displayed | None) -> str:
    """Precision and recall in hundreds."""
    if shown is None:
        return ""
    if not shown.shown:
        return "It shows no garment at all."
    finds = of_100(shown.recall, shown.intervals.get("recall"))
    right = of_100(shown.precision, shown.intervals.get("precision"))
    return f"Of 100 garments it finds {finds}; of 100 that it shows {right} are right."


def of_100(share: float, interval: tuple[float, float] | None) -> str:
    """`64 (58–70)`."""
    ends = f" ({100 * interval[0]:.0f}–{100 * interval[1]:.0f})" if interval else ""
    return f"{100 * share:.0f}{ends}"


def main_failure(errors: ErrorShares) -> str:
    """The two kinds of error that cost most."""
    [first, second] = sorted(errors.gains, key=lambda kind: -errors.gains[kind])[:2]
    if isnan(errors.ap50) or not errors.gains[first] > 0:
        return ""
    mended = f"AP50 would be {errors.ap50 + errors.gains[first]:.2f} instead of {errors.ap50:.2f}"
    sentence = f"What costs most is {FAILURES[first]}: without that, {mended}"
    if errors.gains[second] <= 0:
        return f"{sentence}."
    return f"{sentence}. Next: {FAILURES[second]} ({errors.ap50 + errors.gains[second]:.2f})."


def names_or_masks(explanation: Explanation) -> str:
    """Whether names or masks are the problem, and how much of it are look-alikes."""
    gains, names = explanation.errors.gains, explanation.names
    name, mask = gains["classification"], gains["localisation"]
    if isnan(name) or isnan(mask) or isnan(names.ap):
        return ""
    if abs(name - mask) < EQUAL:
        sentence = f"Names and masks fail about as much ({name:+.2f} and {mask:+.2f} AP50 if mended)"
    else:
        better, worse = ("Masks", "names") if name > mask else ("Names", "masks")
        what = f"mended names would win {name:.2f} AP50, mended masks {mask:.2f}"
        sentence = f"{better} are better than {worse}: {what}"
    if names.all_forgiven <= names.ap:
        return f"{sentence}."
    return (
        f"{sentence}. AP is {names.ap:.2f}; {names.group_forgiven:.2f} with look-alikes forgiven, "
        f"{names.all_forgiven:.2f} with every wrong name forgiven."
    )


def confused(confusion: Confusion) -> str:
    """The categories that are most often shown as another."""
    pairs = [
        f"{truth} as {shown} ({count} of {total})"
        for truth, shown, count, total in confusions(confusion)[:MOST_PAIRS]
    ]
    return f"Most often shown under another name: {', '.join(pairs)}." if pairs else ""


def confusions(confusion: Confusion) -> list[tuple[str, str, int, int]]:
    """Which category is shown as which: both names, how often, and of how many; the most frequent first."""
    names = [plain_name(name) for name in confusion.names]
    counts = confusion.counts[:-1, :-1].copy()
    np.fill_diagonal(counts, 0)
    totals = confusion.counts[:-1].sum(axis=1)
    rows, columns = np.nonzero(counts)
    order = np.argsort(-counts[rows, columns], kind="stable")
    return [
        (names[row], names[column], int(counts[row, column]), int(totals[row]))
        for row, column in zip(rows[order], columns[order], strict=True)
    ]


def weak_slice(slices: tuple[Slice, ...], shown: Displayed | None) -> str:
    """Where least is found; recall is asked, since AP of slices averages different categories."""
    large = [one for one in slices if one.instances >= ENOUGH and not isnan(one.recall)]
    if shown is None or not large:
        return ""
    least = min(large, key=lambda one: one.recall)
    if least.recall > shown.recall - WEAK:
        return ""
    return (
        f"The weakest slice, {least.dimension}: {least.name}, where it finds {100 * least.recall:.0f} of 100 "
        f"garments ({least.instances} there); of all it finds {100 * shown.recall:.0f}."
    )


def outlines(explanation: Explanation) -> str:
    """What is left of AP where outlines have to fit."""
    boundary, ap = explanation.boundary, explanation.names.ap
    if isnan(boundary.ap) or not ap > 0:
        return ""
    return f"Where outlines have to fit as well, AP falls from {ap:.2f} to {boundary.ap:.2f} (boundary AP)."


def honesty(calibration: Calibration) -> str:
    """Whether the scores that a user sees promise too much."""
    shown = calibration.shown
    if not shown.count:
        return ""
    compared = f"what is shown has a mean score of {shown.score:.2f}, and {shown.right:.0%} of it are right"
    if abs(shown.score - shown.right) <= HONEST:
        return f"Scores keep what they promise: {compared}."
    return f"Scores promise too {'much' if shown.score > shown.right else 'little'}: {compared}."


def rare(metrics: Metrics) -> str:
    """How much of this rests on few instances."""
    return " ".join(reservations(metrics))


def reservations(metrics: Metrics) -> Iterator[str]:
    """What to keep in mind when reading figures of categories."""
    occurring = [row for row in metrics.categories if row.instances]
    few = [row for row in occurring if row.instances < FREQUENT]
    if few:
        yield (
            f"{len(few)} of the {len(occurring)} categories that occur have fewer than {FREQUENT} instances "
            "here: their figures say more about these photos than about the model."
        )
    if unlearnt := [row for row in occurring if row.learnt is False]:
        names = ", ".join(plain_name(row.name) for row in unlearnt)
        yield f"Not learnt, for want of training: {names}."
