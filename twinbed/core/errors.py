"""The errors a user can meet. Every message says what to do.

    TwinbedError
    ├── WiringError       an input that nothing feeds, or that two parts feed
    ├── ScheduleError     periods that do not divide
    ├── ScenarioError     an event that cannot be played
    ├── ReadError         a file that cannot be read: file, line, column, what was expected
    ├── StudyError        a study file that asks for something impossible
    ├── SettingError      a setting of a device that is none of those there are (also a ValueError)
    ├── StatisticsError   numbers from which a statistic cannot be made (also a ValueError)
    ├── ResumeError       an output folder that belongs to another run
    ├── CannotLower       a model that native code cannot express (`engine.native.errors`)
    ├── NoCompiler        no C++ compiler for native code, or one that failed (`engine.native.errors`)
    └── NotFound          no component, population, endpoint or file of that name

`vocab.units.UnitError` and `vocab.signals.UnknownSignal` stand below this package.
A numerical failure under `jit` is not an error but a flag in the result.
"""


class TwinbedError(Exception):
    """Anything a user can put right."""


class WiringError(TwinbedError):
    """An input that nothing feeds, or that two parts feed."""


class ScheduleError(TwinbedError):
    """Periods that do not divide each other."""


class ScenarioError(TwinbedError):
    """An event that cannot be played."""


class StudyError(TwinbedError):
    """A study that asks for something impossible."""


class SettingError(TwinbedError, ValueError):
    """A setting of a device that is none of those there are."""


class StatisticsError(TwinbedError, ValueError):
    """Numbers from which a statistic cannot be made."""


class ResumeError(TwinbedError):
    """An output folder that belongs to another run."""


class NotFound(TwinbedError):
    """Nothing of that name exists."""


class ReadError(TwinbedError):
    """A file that cannot be read."""

    def __init__(self, path: object, expected: str, *, line: int | None = None, column: str | None = None):
        where = str(path)
        if line is not None:
            where += f", line {line}"
        if column is not None:
            where += f", column {column!r}"
        super().__init__(f"{where}: {expected}")
        self.line = line
        self.column = column
