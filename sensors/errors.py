"""Every error this application raises on purpose.

::

    MotorwatchError
    |-- UsageError           the command or configuration cannot be followed
    |   |-- BadConfig        a TOML file, nameplate or manifest is wrong
    |   |-- BadCertificate   a certificate is missing, expired, or of another authority
    |   |-- UnsafeKey        a private key that others may read or exchange
    |   |-- UnknownBearing   no bearing of that name in the catalogue
    |   `-- UnknownCondition a label outside the vocabulary
    |-- SignalError          the data cannot be used as it is
    |   |-- RecordingError   a file is missing, corrupt, truncated or of an unknown format
    |   |   |-- RecordingTooLarge  the format cannot stream and the file is too big
    |   |   `-- MissingChannel     a named channel or variable is not in the file
    |   |-- BadRate          the sampling rate is missing or impossible
    |   |-- BadMessage       a topic or message that no version of this system sends
    |   |-- BadSamples       samples that no signal can have (shape, type, nothing left)
    |   `-- WindowTooShort   the block cannot carry what was asked of it
    |-- ModelError           a model cannot be fitted or used
    |   |-- OneClass         training data with a single class
    |   |-- TooFewWindows    too little data for a baseline, covariance or threshold
    |   |-- NotConverged     the solver stopped before its tolerance
    |   |-- SpecMismatch     features of another specification than the model's
    |   |-- BadRelease       a release file that is corrupt or of another kind
    |   |-- BadModel         a network file that is corrupt or cannot run where it should
    |   `-- BackendLost      a process that runs a network ended, hung or answered wrongly
    |-- MissingDependency    an optional library is not installed
    |-- OutputError          a result cannot be written
    |-- StoreError           the database refuses, is full, or is of another version
    |   |-- WrongKey         an encrypted capture, and none of the keys at hand opens it
    |   `-- DamagedCapture   a capture's file was cut, changed, or is of something else
    |-- BusError             a message cannot be handed on
    |   `-- NoticeFailed     a webhook or mail server refuses a notice, or cannot be reached
    `-- CommandRefused       a gateway or device does not do what an operator ordered

A message says which file or value, what is wrong, and what to do about it. Each leaf is also
the builtin that fits, so a caller may catch either.
"""


class MotorwatchError(Exception):
    """Root of every error this application raises on purpose."""

    exit_code = 1


class UsageError(MotorwatchError):
    """The command or its configuration cannot be followed."""

    exit_code = 2


class BadConfig(UsageError, ValueError):
    """A configuration, nameplate or manifest is wrong."""


class BadCertificate(UsageError, ValueError):
    """A certificate or signing request is missing, damaged, expired, or of another authority."""


class UnsafeKey(UsageError, PermissionError):
    """A private key that others may read or exchange."""


class UnknownBearing(UsageError, KeyError):
    """No bearing of that name is in the catalogue."""

    def __str__(self) -> str:
        """Return the message as written; KeyError would quote it."""
        return str(self.args[0]) if self.args else ""


class UnknownCondition(UsageError, ValueError):
    """A label is not in the vocabulary of conditions."""


class SignalError(MotorwatchError):
    """The data cannot be used as it is."""

    exit_code = 3


class RecordingError(SignalError, ValueError):
    """A recording is missing, corrupt, truncated or of an unknown format."""


class RecordingTooLarge(RecordingError):
    """The format cannot stream and the file is too large to load whole."""


class MissingChannel(RecordingError):
    """A named channel or variable is not in the file."""


class BadRate(SignalError, ValueError):
    """The sampling rate is missing or impossible."""


class BadSamples(SignalError, ValueError):
    """Samples that no signal can have: shape, type, or nothing finite."""


class BadMessage(SignalError, ValueError):
    """A topic or payload that is not a message of this system: garbage, too long, or forged."""


class WindowTooShort(SignalError, ValueError):
    """The block is too short to carry what was asked of it."""


class ModelError(MotorwatchError):
    """A model cannot be fitted or used."""

    exit_code = 4


class OneClass(ModelError, ValueError):
    """Training data holds a single class."""


class TooFewWindows(ModelError, ValueError):
    """Too little data for the baseline, covariance or threshold that was asked for."""


class NotConverged(ModelError, ArithmeticError):
    """The solver stopped before it reached its tolerance."""


class SpecMismatch(ModelError, ValueError):
    """Features were made by another specification than the model's."""


class BadRelease(ModelError, ValueError):
    """A release file is corrupt or of another kind."""


class BadModel(ModelError, ValueError):
    """A network file is corrupt, truncated, or cannot run where it should."""


class BackendLost(ModelError, RuntimeError):
    """The process that runs a network ended, hung, refused, or answered wrongly."""


class MissingDependency(MotorwatchError, ImportError):
    """An optional library is not installed."""

    exit_code = 5


class OutputError(MotorwatchError, OSError):
    """A result cannot be written."""

    exit_code = 6


class StoreError(MotorwatchError, RuntimeError):
    """The database refuses, is full, or is of another version."""

    exit_code = 7


class WrongKey(StoreError):
    """None of the keys at hand opens an encrypted capture."""


class DamagedCapture(StoreError, ValueError):
    """A capture's file was cut or changed, or is not one."""


class BusError(MotorwatchError, RuntimeError):
    """The bus cannot hand a message on."""

    exit_code = 8


class NoticeFailed(BusError):
    """A webhook or mail server refuses a notice, or cannot be reached."""


class CommandRefused(MotorwatchError, RuntimeError):
    """A gateway or device does not do what an operator ordered, and says why."""

    exit_code = 9
