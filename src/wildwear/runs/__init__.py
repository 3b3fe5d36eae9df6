"""Runs: their folders, their histories, and how they compare. No torch.

Run: one folder; find_runs: those below a folder. RunFacts: what a run says of itself. History, Series: what
it measured. import_detectron2: a run of Detectron2 as one of ours. Summary, summarise: a row of the thesis'
table; notes: what has to be known to read several. report.write_report: all of it on a page.
"""

from wildwear.runs.comparison import Summary, notes, summarise
from wildwear.runs.detectron2 import import_detectron2
from wildwear.runs.folder import Run, RunFacts, find_runs
from wildwear.runs.history import History, Series

__all__ = [
    "History",
    "Run",
    "RunFacts",
    "Series",
    "Summary",
    "find_runs",
    "import_detectron2",
    "notes",
    "summarise",
]
