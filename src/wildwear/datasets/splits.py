"""The splits of a dataset, and what people call them. Not for parting one: see `making/splitting.py`."""

from typing import Any, Literal, get_args

from wildwear.datasets.stream import Record

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
CALLED: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}


def split_called(name: Any) -> Split | None:
    """The split that is called this way, in any case; None for what is the name of none (`holdout`).

    Nothing may be taken for train because its split is not known: it may be what others test with.
    """
    return CALLED.get(name.strip().lower()) if isinstance(name, str) else None


def stated_split(image: Record, header: Record) -> str | None:
    """What split a photo's record says it is of, or else its dataset; None where neither does.

    A name that we know comes as one of `SPLITS`, any other as it stands there.
    """
    info = header.get("info")
    for name in (image.get("split"), info.get("split") if isinstance(info, dict) else None):
        if name not in (None, ""):
            return split_called(name) or str(name)
    return None
