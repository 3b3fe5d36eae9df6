"""YAML that the package carries, addressed by name: `runs/`, `recipes/` of datasets, `experiments/`.

A path to one's own file works in every place where a name does.
"""

from importlib import resources
from pathlib import Path
from typing import Literal

from wildwear.errors import WildwearError

Kind = Literal["run", "recipe", "experiment"]


class UnknownConfigError(WildwearError):
    """There is no config of this name, and no file either."""


def names(kind: Kind) -> list[str]:
    """The names of the configs of one kind that the package carries."""
    files = (resources.files("wildwear.configs") / f"{kind}s").iterdir()
    return sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml"))


def read(name_or_path: str | Path, *, kind: Kind) -> str:
    """The text of a config by name, or of the YAML file at a path.

    Args:
        name_or_path: `wildwear-s`, or `my-run.yaml`.
        kind: of what.

    Raises:
        UnknownConfigError: neither a name nor a readable file.
    """
    if str(name_or_path) in names(kind):
        file = resources.files("wildwear.configs") / f"{kind}s" / f"{name_or_path}.yaml"
        return file.read_text(encoding="utf-8")
    try:
        return Path(name_or_path).read_text(encoding="utf-8")
    except OSError as error:
        message = (
            f"{name_or_path}: no such {kind}; choose one of {', '.join(names(kind))}, or name a YAML file"
        )
        raise UnknownConfigError(message) from error
    except UnicodeDecodeError as error:
        raise UnknownConfigError(f"{name_or_path}: is not UTF-8 text: {error}") from error
