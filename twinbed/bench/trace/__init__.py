"""From a requirement to its verdict and back, from logs alone, and what changed since the last run."""

from twinbed.bench.trace.changes import Changes as Changes
from twinbed.bench.trace.changes import changes as changes
from twinbed.bench.trace.changes import retested as retested
from twinbed.bench.trace.logs import Run as Run
from twinbed.bench.trace.logs import newest as newest
from twinbed.bench.trace.logs import runs_in as runs_in
from twinbed.bench.trace.matrix import Matrix as Matrix
from twinbed.bench.trace.matrix import Traced as Traced
from twinbed.bench.trace.matrix import as_csv as as_csv
from twinbed.bench.trace.matrix import standing_of as standing_of
from twinbed.bench.trace.matrix import trace as trace
from twinbed.bench.trace.requirements import Requirement as Requirement
from twinbed.bench.trace.requirements import read_requirements as read_requirements
