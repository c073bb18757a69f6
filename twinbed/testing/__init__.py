"""Public contract checks. Run them on your own models, devices and endpoints:

from twinbed.testing import checks_for
for check in checks_for(MyDevice):
    check(MyDevice)
"""

from twinbed.testing.checks import checks_for as checks_for
from twinbed.testing.examples import example as example
