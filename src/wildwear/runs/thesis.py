"""What the thesis printed of its five experiments, for the figures that stand in no file of a run."""

from functools import cache
from importlib import resources

import yaml

from wildwear.configs.strict import Strict

SAME_AP = 0.01  # percent: the table has two decimals


class PublishedRun(Strict):
    """One row of the table; AP in percent, losses cut to two decimals."""

    key: str
    trained_on: str
    photos: int
    iterations: int
    decays: list[int]
    train_loss: float
    val_loss: float
    val_ap: float
    test_ap: float
    train: list[str]  # the training sets that its config should name

    def contradictions(self, train: list[str], val: list[str], decays: list[int]) -> list[str]:
        """Where a config disagrees with the table, in words.

        Args:
            train: names of the training sets in the config.
            val: likewise, of what it validates on.
            decays: steps at which the learning rate falls, in the config.
        """
        found = []
        if train != self.train:
            found.append(
                f"its config names the training set {' + '.join(train)} (and validates on {' + '.join(val)})"
                f", but the published table says {self.trained_on}"
            )
        if decays != self.decays:
            found.append(f"its config has decays at {decays}, but the published table says {self.decays}")
        return found


class Published(Strict):
    """The table, and what a reader has to know of its scale."""

    source: str
    test_set: str
    scale: str
    runs: dict[str, PublishedRun]


@cache
def published() -> Published:
    """The table as the package carries it."""
    text = (resources.files("wildwear.runs") / "thesis.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    document["runs"] = {key: {"key": key, **run} for key, run in document["runs"].items()}
    return Published.model_validate(document)


def find_published(iterations: int, val_ap: float) -> PublishedRun | None:
    """The published run that lasted as long and ended at the same val mask AP (percent), if there is one.

    A run is known by what it measured: a folder's name proves nothing.
    """
    alike = (run for run in published().runs.values() if run.iterations == iterations)
    return next((run for run in alike if abs(run.val_ap - val_ap) <= SAME_AP), None)
