"""Experiments: one recipe on several choices of training photos, over seeds, measured on the same test sets.

- `Experiment`, `load_experiment`: the question, as YAML;
- `run_experiment`: trains what is missing, and reads the test sets once all is trained;
- `answer`: the table of it, with intervals, and what it says in words.
"""

from wildwear.experiments.answer import Answer, answer
from wildwear.experiments.plan import Experiment, load_experiment
from wildwear.experiments.running import run_experiment

__all__ = ["Answer", "Experiment", "answer", "load_experiment", "run_experiment"]
