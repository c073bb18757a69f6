"""Standards as executable tests: a protocol, its criteria, a verdict for each, and a log that can be judged again."""

from twinbed.bench.device import Command as Command
from twinbed.bench.device import Function as Function
from twinbed.bench.device import Recorded as Recorded
from twinbed.bench.isolated import Isolated as Isolated
from twinbed.bench.log import Log as Log
from twinbed.bench.protocol import Answer as Answer
from twinbed.bench.protocol import Case as Case
from twinbed.bench.protocol import Criterion as Criterion
from twinbed.bench.protocol import Protocol as Protocol
from twinbed.bench.run import judge_again as judge_again
from twinbed.bench.run import run_bench as run_bench
from twinbed.bench.verdict import Verdict as Verdict
