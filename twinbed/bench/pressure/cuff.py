"""ISO 81060-2: whether an intermittent automated sphygmomanometer agrees with two observers.

Criterion 1 limits bias and spread of all pairs, criterion 2 the spread of subjects' mean errors by a table that
depends on the bias. The table is what keeps at least 85 % of normal errors within 10 mmHg.

**References:**

- ISO 81060-2:2018, 5.2.4.1.2 and Table 1 (as quoted in public code with clause and page)
- O'Brien et al. (1993), J Hypertens 11(suppl 2):S43 (British Hypertension Society: shares within 5, 10 and 15 mmHg)
"""

import math

from twinbed.bench.pressure.errors import Pairs, subject_spread, sums
from twinbed.bench.statistics import Interval

TABLE_1 = (
    6.95, 6.95, 6.95, 6.95, 6.93, 6.92, 6.91, 6.90, 6.89, 6.88,
    6.87, 6.86, 6.84, 6.82, 6.80, 6.78, 6.76, 6.73, 6.71, 6.68,
    6.65, 6.62, 6.58, 6.55, 6.51, 6.47, 6.43, 6.39, 6.34, 6.30,
    6.25, 6.20, 6.14, 6.09, 6.03, 5.97, 5.89, 5.83, 5.77, 5.70,
    5.64, 5.56, 5.49, 5.41, 5.33, 5.25, 5.16, 5.08, 5.01, 4.90,
    4.79,
)  # fmt: skip
"""Largest standard deviation of subjects' mean errors, mmHg, by size of the mean error in tenths of a mmHg."""


def allowed_sd(mean_error: float) -> float:
    """Largest standard deviation of subjects' mean errors at a mean error, mmHg; 0 beyond 5.0, where none is allowed.

    The mean is rounded to a tenth, halves away from zero.
    """
    tenths = math.floor(abs(mean_error) * 10.0 + 0.5 + 1e-9)
    return TABLE_1[tenths] if tenths < len(TABLE_1) else 0.0


def excess(error: Pairs, subject: Pairs, *, level: float = 0.95) -> Interval:
    """By how much the standard deviation of subjects' mean errors exceeds what Table 1 allows, mmHg.

    `n` counts subjects. The interval is that of the standard deviation, with the mean error taken as found.

    Raises:
        StatisticsError: fewer than two subjects, or errors that are not finite.
    """
    found, of = subject_spread(error, subject, level=level), sums(error, subject)
    allowed = allowed_sd(of[:, 1].sum() / of[:, 0].sum())
    ends = (found.value - allowed, found.low - allowed, found.high - allowed)
    return Interval(*ends, level, f"{found.method}, less {allowed:.2f} mmHg", found.n)
