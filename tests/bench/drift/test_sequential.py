"""Charts by their recursions, run lengths of published tables and of simulation."""

import numpy as np
import pytest

from twinbed.bench.draws import placed_normals
from twinbed.bench.drift.sequential import average_run_length, cusum, cusum_threshold, page_hinkley
from twinbed.core.errors import StatisticsError


def test_a_cumulative_sum_by_hand():
    assert cusum(np.array([1.0, 2.0, -3.0, 0.4, 1.0]), 0.5) == pytest.approx([0.5, 2.0, 0.0, 0.0, 0.5])


@pytest.mark.parametrize(
    ("threshold", "shift", "two_sided"),
    [(4.0, 0.0, 168.0), (5.0, 0.0, 465.0), (4.0, 1.0, 8.38), (5.0, 1.0, 10.4), (5.0, 0.5, 38.0)],
)
def test_average_run_lengths_of_montgomerys_table(threshold, shift, two_sided):
    # Montgomery, Introduction to Statistical Quality Control, table of CUSUM with k = 1/2: both sides together
    up, down = average_run_length(threshold, 0.5, shift), average_run_length(threshold, 0.5, -shift)
    assert 1.0 / (1.0 / up + 1.0 / down) == pytest.approx(two_sided, rel=0.02)


def test_the_threshold_holds_the_false_alarm_rate():
    threshold = cusum_threshold(0.1, 30, 0.5)
    z = placed_normals(3000 * 30, 5, "charts").reshape(3000, 30)
    over = np.mean([cusum(row, 0.5).max() > threshold for row in z])
    assert 0.06 < over < 0.115  # 10 % or a little less, standard error 0.5 %
    assert cusum_threshold(0.01, 30, 0.5) > threshold
    with pytest.raises(StatisticsError):
        cusum_threshold(1.0, 30, 0.5)


def test_page_hinkley_is_its_definition():
    x = np.r_[placed_normals(40, 2, "before"), placed_normals(20, 2, "after") + 1.5]
    total, lowest, out = 0.0, 0.0, []
    for t in range(len(x)):
        total += x[t] - x[: t + 1].mean() - 0.2
        lowest = min(lowest, total)
        out.append(total - lowest)
    assert page_hinkley(x, 0.2) == pytest.approx(np.array(out))
    assert page_hinkley(x, 0.2)[-1] > 3.0 * page_hinkley(x, 0.2)[:40].max()
