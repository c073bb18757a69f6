"""An open testbed where a medical device meets a virtual patient before a real one."""

__version__ = "0.1.0"
