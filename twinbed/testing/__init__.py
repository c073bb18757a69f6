"""Public contract checks, to be run on your own models, devices and endpoints too.

`checks_for(MyDevice)` gives the checks; each takes the class and raises `AssertionError`.
`twinbed check module:MyDevice` runs them all.
"""

from twinbed.testing.checks import checks_for as checks_for
from twinbed.testing.examples import example as example
