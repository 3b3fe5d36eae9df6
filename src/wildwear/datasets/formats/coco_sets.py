"""What published datasets that are COCO files share. Not for what is particular to one of them: see
`modanet.py`, `fashionpedia.py`."""

from wildwear.datasets.stream import Candidate, Record


def categories_of(candidate: Candidate) -> list[Record]:
    """The category records of a COCO file as its authors published it.

    Empty for any other file, also for one that says whose labels it has: wildwear wrote it, as COCO.
    """
    info, records = candidate.value("info"), candidate.value("categories")
    if isinstance(info, dict) and "label_set" in info:
        return []
    sound = isinstance(records, list) and all(isinstance(record, dict) for record in records)
    return records if sound else []


def stated(header: Record, label_set: str, mask_convention: str) -> Record:
    """A header that says whose labels its dataset has, and what its masks hold."""
    info = header.get("info")
    known = info if isinstance(info, dict) else {"description": str(info)} if info else {}
    return {**header, "info": {**known, "label_set": label_set, "mask_convention": mask_convention}}
