"""An experiment from its plan to its folder: a run an arm and seed, a result each on every test set.

OUT/experiment.yaml              what was asked
OUT/photos/ARM-SEED.json         what that run learns from
OUT/runs/ARM-SEED/               the run
OUT/results/TEST SET/ARM-SEED/   what `wildwear evaluate` writes
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from wildwear.datasets import Dataset
from wildwear.errors import DatasetError, OutputError
from wildwear.evaluation import Result, evaluate
from wildwear.experiments.plan import Experiment, ExperimentError, load_experiment
from wildwear.files import write_atomically
from wildwear.inference import load
from wildwear.training import RunConfig, train
from wildwear.training.run_folder import MODEL_FILE

PLAN, PHOTOS, RUNS, RESULTS = "experiment.yaml", "photos", "runs", "results"

Results = dict[str, dict[str, list[Result]]]  # by test set, by arm: a result a seed


def run_experiment(
    experiment: Experiment,
    data: Path,
    tests: Path,
    out: Path,
    *,
    max_time: timedelta | None = None,
    say: Callable[[str], None] = lambda line: None,
    train: Callable[..., Path | None] = train,
) -> Results | None:
    """Train what is missing, then measure what is missing. The same call goes on with what was broken off.

    Args:
        experiment: the plan.
        data: the folder of train.json, val.json and images/ that the arms choose from.
        tests: the folder that the paths of the test sets start at.
        out: the experiment's folder.
        max_time: stop training after so long.
        say: called with a line for each thing that begins.
        train: trains one run; `wildwear.training.train` but for tests.

    Returns:
        the results; None where `max_time` ended it before all was trained: no test set was read then.

    Raises:
        OutputError: `out` holds another experiment, or something else.
        ConfigError: its run or one of its settings is wrong.
        DatasetError: an arm has too few photos, or a test set is missing.
    """
    configs = {(arm, seed): experiment.config(arm, seed) for arm, seed in runs(experiment)}
    missing = [str(one.truth) for one in experiment.tests.values() if not (tests / one.truth).is_file()]
    if missing:  # said before hours of training
        raise DatasetError(f"{tests}: has no {', '.join(missing)}, which the experiment is measured on")
    keep_plan(experiment, out)
    end = datetime.now() + max_time if max_time else None
    whole = Dataset.load(data / "train.json")
    to_train = [
        (arm, seed) for arm, seed in configs if not (out / RUNS / f"{arm}-{seed}" / MODEL_FILE).is_file()
    ]
    (out / PHOTOS).mkdir(exist_ok=True)
    for arm, seed in to_train:  # all of them first: a photo that is missing is said before hours of training
        experiment.arms[arm].photos_of(whole, seed, data).save(out / PHOTOS / f"{arm}-{seed}.json")
    for arm, seed in to_train:
        left = end - datetime.now() if end else None
        if left is not None and left <= timedelta():
            return None
        say(f"training {arm}, seed {seed}")
        config = learning_from(configs[arm, seed], out / PHOTOS / f"{arm}-{seed}.json")
        if train(config, data, out / RUNS / f"{arm}-{seed}", resume=True, max_time=left) is None:
            return None
    return measured(experiment, tests, out, say)


def measured(experiment: Experiment, tests: Path, out: Path, say: Callable[[str], None]) -> Results:
    """Every run on every test set; a result that is there already is read."""
    results: Results = {}
    for name, test in experiment.tests.items():
        truth = Dataset.load(tests / test.truth)
        images = tests / test.images if test.images else None
        by_arm = results.setdefault(name, {arm: [] for arm in experiment.arms})
        for arm, seed in runs(experiment):
            folder = out / RESULTS / name / f"{arm}-{seed}"
            if folder.exists():
                result = Result.read(folder)
            else:
                say(f"measuring {arm}, seed {seed} on {name}")
                segmenter = load(out / RUNS / f"{arm}-{seed}" / MODEL_FILE)
                result = evaluate(segmenter, truth, images, source=test.source, out=folder)
            by_arm[arm].append(result)
    return results


def runs(experiment: Experiment) -> Iterator[tuple[str, int]]:
    """Every arm with every seed: all arms of the first seed first, so that a first answer comes early."""
    return ((arm, seed) for seed in experiment.seeds for arm in experiment.arms)


def learning_from(config: RunConfig, photos: Path) -> RunConfig:
    """The run, with these photos to learn from."""
    return config.model_copy(update={"data": config.data.model_copy(update={"train": photos.resolve()})})


def keep_plan(experiment: Experiment, out: Path) -> None:
    """Write the plan into the folder, or see that the folder is this plan's.

    Raises:
        OutputError: it is another's, or no experiment's.
    """
    plan = yaml.safe_dump(experiment.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    kept = out / PLAN
    if kept.is_file():
        try:
            before = load_experiment(kept)
        except ExperimentError as error:
            raise OutputError(f"{error}\nMend it, or name another --out") from error
        if before != experiment:
            raise OutputError(f"{out}: holds another experiment; name another --out, or delete it")
    elif out.is_dir() and any(out.iterdir()):
        raise OutputError(f"{out}: is not empty, and holds no experiment; name another --out")
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(kept, plan.encode())
