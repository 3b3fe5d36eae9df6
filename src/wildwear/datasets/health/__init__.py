"""The health of datasets: what would hurt training or falsify evaluation, and repairs of what is safe.

- `check`: a `Report` for each dataset; `mend`: the same datasets repaired, with a report on each; `files`:
  the datasets that a folder stands for; `by_kind`: problems in groups.
- `Problem`: one thing that is wrong, of a `Kind` and `Severity`, with its `Remedy`.
"""

from wildwear.datasets.health.check import check, files, mend
from wildwear.datasets.health.diagnosis import Report, by_kind
from wildwear.datasets.health.problems import Kind, Problem, Remedy, Severity

__all__ = ["Kind", "Problem", "Remedy", "Report", "Severity", "by_kind", "check", "files", "mend"]
