"""What can go wrong with the lab; every message is the one sentence to show."""

from __future__ import annotations


class LabError(Exception):
    """The lab cannot do what was asked; ``str(error)`` says why and what to do."""

    #: What the command line exits with.
    exit_status = 1


class MissingError(LabError):
    """A right, a package or a kernel feature is missing here. Nothing was changed."""

    exit_status = 2


class UsageError(LabError):
    """The command line named something that does not exist."""

    exit_status = 2
