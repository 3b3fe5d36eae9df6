"""The whole check of datasets, and its repair: the other modules' parts put together."""

from collections.abc import Callable, Sequence
from pathlib import Path

from wildwear.datasets import formats
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.documents import one_collection
from wildwear.datasets.formats import coco
from wildwear.datasets.health.diagnosis import Report
from wildwear.datasets.health.masks import check_masks
from wildwear.datasets.health.photo_problems import (
    Photos,
    check_leaks,
    check_photos,
    locate,
    read,
    sizes_by_id,
)
from wildwear.datasets.health.problems import Kind, Place, Problem, Remedy, problem
from wildwear.datasets.health.records import check_records
from wildwear.datasets.health.repair import repair
from wildwear.datasets.splits import SPLITS, split_called
from wildwear.datasets.stream import Candidate, Conversion, Record

ROUNDS = 10  # of repair; each brings less to light, and three have always been enough


def check(
    paths: Sequence[Path],
    images_dir: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    format_name: str | None = None,
    attribute: str | None = None,
) -> list[Report]:
    """Find what would hurt training or falsify evaluation.

    Args:
        paths: datasets of any format. A photo that is in several of them is a leak.
        images_dir: where their photos lie, if not beside each.
        progress: called with the number of photos read and in all.
        format_name: what they are, if it is not to be guessed.
        attribute: of VIA files, the region attribute that names the category.

    Returns:
        a report for each dataset.

    Raises:
        DatasetError: a file is no dataset at all, or there is no such folder of photos.
    """
    reports = []
    for path in paths:
        report = _opened(path, format_name, Conversion(images_dir, attribute=attribute, skip_malformed=True))
        report.photos = locate(report.dataset, images_dir)
        reports.append(report)
    total, done = sum(len(report.photos.paths) for report in reports), 0

    def count() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    for report in reports:
        read(report.photos, count)
        report.problems += check_document(report.dataset.document, report.photos)
    return _with_leaks(reports)


def mend(
    reports: Sequence[Report], path_of: Callable[[Report], Path], *, make_instances: bool = False
) -> list[Report]:
    """Repair what can be repaired safely (`problems.Remedy`); nothing is written.

    Args:
        reports: what `check` found.
        path_of: what the repaired dataset of a report is to be called.
        make_instances: also make instances of the regions of categories that have none (`ONLY_REGIONS`).

    Returns:
        for each a report on the repaired dataset: what was `mended`, and the problems that are left.
    """
    mended = []
    left_alone = {None} if make_instances else {None, Remedy.JUDGE}
    for report in reports:
        document, problems = report.dataset.document, report.problems
        treated: list[Problem] = []
        for _ in range(ROUNDS):
            if not (with_remedy := [found for found in problems if found.remedy not in left_alone]):
                break
            treated += with_remedy
            document = repair(document, with_remedy, report.photos)
            problems = check_document(document, report.photos)
        left = [found for found in problems if found.kind is not Kind.LEAK]
        mended.append(
            Report(Dataset(document, path_of(report)), "coco", left, photos=report.photos, mended=treated)
        )
    return _with_leaks(mended)


def files(path: Path) -> list[Path]:
    """The datasets that a path stands for: of a folder its `train.json`, `val.json`, `test.json`, if any, by
    whichever name (`validation.json`)."""
    found = sorted(path.glob("*.json")) if path.is_dir() else []
    splits = [file for split in SPLITS for file in found if split_called(file.stem) == split]
    return [file for file in splits if file.is_file()] or [path]


def check_document(document: Record, photos: Photos) -> list[Problem]:
    """All that is wrong with a COCO document, whatever its records hold, and with its photos."""
    with one_collection():
        return [
            *check_records(document),
            *check_photos(document["images"], photos),
            *check_masks(document, sizes_by_id(document["images"], photos)),
        ]


def _opened(path: Path, format_name: str | None, conversion: Conversion) -> Report:
    path = path if format_name else formats.document_of(path)
    if _is_coco(path) if format_name is None else format_name == coco.FORMAT.name:
        document = coco.read_document(path, conversion, allow_nan=True)
        return Report(Dataset(document, path), coco.FORMAT.name, [], notes=conversion.notes)
    format_ = formats.named(format_name) if format_name else formats.guess(path)
    dataset = Dataset.collect(format_.read(path, conversion), path)
    left_out = [problem(Kind.MALFORMED, Place(""), message) for message in conversion.left_out]
    return Report(dataset, format_.name, left_out, notes=conversion.notes)


def _is_coco(path: Path) -> bool:
    """Whether a file is COCO, or a relative of it that has a format of its own: all are checked as they are.
    So is a .json that is no JSON: it may hold NaN, and otherwise the error says what is wrong."""
    candidate = Candidate(path)
    return coco.looks_like(candidate) or (path.suffix == ".json" and path.is_file() and not candidate.top)


def _with_leaks(reports: list[Report]) -> list[Report]:
    leaks = check_leaks([report.dataset for report in reports], [report.photos for report in reports])
    for report, of_dataset in zip(reports, leaks, strict=True):
        report.problems += of_dataset
    return reports
