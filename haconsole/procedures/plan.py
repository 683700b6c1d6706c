"""A change before it is a change: steps with their reasons, checks, doings and ways back.

Everything here is data, made by pure functions from answers and facts: what a dry run prints
is what a run sends, since both read the same ``Command`` objects.

The scripts' exit statuses are a language of their own:

* ``check``: 0 it is so already, 1 it is not, anything else: it cannot be told (standard error
  says why, in its last line).
* ``do`` and ``undo``: 0 done, anything else: not done, and standard error's last line says why.
* ``verify``: 0 it is so; anything else: not (yet). Asked again until ``settle_s`` is over.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field

from haconsole.domain.notes import Note
from haconsole.parsers.masking import mask_secrets
from haconsole.transport.commands import Command


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file as it is and as it will be. Texts may hold secrets: show :meth:`diff`, not them.

    ``before`` ``None``: there is no such file; ``after`` ``None``: it is removed. ``foreign``:
    this tool did not write the file that is there, or somebody changed it since: it is only
    replaced after an explicit word (``--overwrite``, or the screen's own question).
    """

    path: str
    before: str | None
    after: str | None
    mode: int = 0o644
    owner: str = "root:root"
    foreign: bool = False

    @property
    def changes(self) -> bool:
        """Whether the text becomes another."""
        return self.before != self.after

    def diff(self) -> list[str]:
        """Return the unified diff, with secrets masked."""
        before, after = (mask_secrets(text or "") for text in (self.before, self.after))
        lines = difflib.unified_diff(
            before.splitlines(),
            after.splitlines(),
            "/dev/null" if self.before is None else self.path,
            "/dev/null" if self.after is None else self.path,
            lineterm="",
        )
        rows = list(lines)
        if self.changes and not rows:
            # Only a secret differs, and both are masked alike.
            rows = [f"--- {self.path}", f"+++ {self.path}", "@@ a secret changes @@"]
        return rows


@dataclass(frozen=True, slots=True)
class Step:
    """One thing on one host.

    ``id`` is unique in the plan and stable between plans of the same procedure with the same
    answers (``place keepalived.conf@lb01``). ``do`` ``None``: the step only looks (it is its
    ``check`` or ``verify``). Times are seconds; ``expected_s`` is what the progress bar counts
    on. ``way_on`` is what the operator can do when it fails. ``closed_by``: the id of the step that
    ends what this one begins (a service that stands still meanwhile): a run stops only after it.
    ``patience_s``: how long a lost link is waited for, at least; 0: as for every step.
    """

    id: str
    title: Note
    reason: Note
    host: str
    do: Command | None = None
    check: Command | None = None
    verify: Command | None = None
    undo: Command | None = None
    file: FileChange | None = None
    settle_s: float = 0.0
    expected_s: float = 1.0
    way_on: Note | None = None
    closed_by: str = ""
    patience_s: float = 0.0

    @property
    def mutating(self) -> bool:
        """Whether it can change the host."""
        return self.do is not None


#: Steps of one host, in order.
Lane = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Phase:
    """What belongs together. Lanes run side by side where ``parallel``, else one after another.

    All of a phase is done before the next begins. A lane that fails holds up its own rest; with
    ``parallel`` the others finish, then the run stops. ``always``: what was opened is closed here,
    so it runs after a failure and after a stop too, if anything of the plan was begun; there a lane
    that fails does not hold up the others. ``holds`` names a wait before its first step, which
    whoever runs the plan supplies (``Run(holds=…)``): a drill watches there; ``holding`` is the
    sentence of it for whoever reads the plan.
    """

    title: Note
    lanes: tuple[Lane, ...]
    parallel: bool = True
    always: bool = False
    holds: str = ""
    holding: Note | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, lane by lane."""
        return tuple(step for lane in self.lanes for step in lane)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a procedure will do to a cluster.

    ``answers`` are what it was made from, secrets left out, for reports. ``warnings`` are said
    before anything is confirmed. ``moves_vip``: running it can move a VIP from one LB to another;
    the screen asks for the cluster's name then.
    """

    procedure: str
    title: Note
    cluster: str
    phases: tuple[Phase, ...]
    answers: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Note, ...] = field(default=())
    moves_vip: bool = False

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, in the order in which they are shown."""
        return tuple(step for phase in self.phases for step in phase.steps)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names of the hosts that it touches, in order of appearance."""
        return tuple(dict.fromkeys(step.host for step in self.steps))

    @property
    def foreign_files(self) -> tuple[Step, ...]:
        """Steps that would replace a file that this tool did not write."""
        return tuple(
            step for step in self.steps if step.file and step.file.foreign and step.file.changes
        )

    def step(self, step_id: str) -> Step:
        """Return a step; ``KeyError`` if there is none of that id."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def numbered(self) -> Iterator[tuple[int, Step]]:
        """Yield the steps with their numbers, from 1."""
        return enumerate(self.steps, 1)
