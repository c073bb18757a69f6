"""How often something may happen."""

import pytest

from twinbed.server.errors import Refused
from twinbed.server.limits import Limit, Repeats, neighbourhood


class Seconds:
    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at


def test_a_limit_lets_a_burst_through_and_refills_steadily():
    clock = Seconds()
    limit = Limit(4, 20.0, clock)
    for _ in range(4):
        limit.take("a")
    with pytest.raises(Refused) as caught:
        limit.take("a")
    assert (caught.value.status, caught.value.wait_s) == (429, 5)
    limit.take("b")
    clock.at += 4.9
    with pytest.raises(Refused):
        limit.take("a")
    clock.at += 0.2
    limit.take("a")
    assert limit.wait_s("a") == pytest.approx(4.9)
    clock.at += 1000.0
    for _ in range(4):
        limit.take("a")
    with pytest.raises(Refused):
        limit.take("a")


def test_a_refused_try_does_not_make_one_wait_longer():
    clock = Seconds()
    limit = Limit(1, 10.0, clock)
    limit.take("a")
    for _ in range(50):
        with pytest.raises(Refused):
            limit.take("a")
    clock.at += 10.0
    limit.take("a")


def test_memory_is_bounded_and_the_quietest_is_forgotten():
    limit = Limit(1, 1e9, Seconds(), most=100)
    for i in range(150):
        limit.take(str(i))
    assert [i for i in range(150) if limit.wait_s(str(i)) > 0.0] == list(range(50, 150))


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_address_counts_as_the_network_of_a_subscriber(address, key):
    assert neighbourhood(address) == key


def test_of_too_many_who_repeat_themselves_those_heard_of_longest_ago_are_forgotten():
    repeats = Repeats(60.0, lambda: 0.0, most=2)
    assert [repeats.count((who, "act")) for who in "aabca"] == [1, None, 1, 1, 1]
