"""YAML that the package carries, addressed by name; a path to one's own file works in every place where a
name does."""

from importlib import resources
from pathlib import Path

from wildwear.errors import WildwearError


class UnknownConfigError(WildwearError):
    """There is no config of this name, and no file either."""


def names() -> list[str]:
    """The names of the configs that the package carries."""
    files = resources.files("wildwear.configs").iterdir()
    return sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml"))


def read(name_or_path: str | Path, *, kind: str) -> str:
    """The text of a config by name, or of the YAML file at a path.

    Args:
        name_or_path: `wildwear-s`, or `my-run.yaml`.
        kind: what it is, for the message: `run`, `recipe`.

    Raises:
        UnknownConfigError: neither a name nor a readable file.
    """
    if str(name_or_path) in names():
        return (resources.files("wildwear.configs") / f"{name_or_path}.yaml").read_text(encoding="utf-8")
    try:
        return Path(name_or_path).read_text(encoding="utf-8")
    except OSError as error:
        message = f"{name_or_path}: no such {kind}; choose one of {', '.join(names())}, or name a YAML file"
        raise UnknownConfigError(message) from error
