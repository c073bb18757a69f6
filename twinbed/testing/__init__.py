"""Public contract checks, to be run on your own models, devices and endpoints too.

`checks_for(MyDevice)` gives the checks; each takes the class and raises `AssertionError`.
`outcomes(MyDevice)` runs them all and tells what is wrong in sentences, as `twinbed check module:MyDevice` does.
"""

from twinbed.testing.causes import outcomes as outcomes
from twinbed.testing.checks import checks_for as checks_for
from twinbed.testing.examples import example as example
