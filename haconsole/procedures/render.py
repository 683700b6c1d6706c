"""A plan, and how it went, as text, as JSON and as a runbook in Markdown.

All three are made from the same steps that the engine runs; commands are printed as they are sent
(on a terminal, what several of them share stands once, at the end). Secrets are in none of them:
they travel by standard input, and diffs mask them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from haconsole.procedures.plan import Plan, Step
from haconsole.procedures.progress import RunProgress, StepStatus
from haconsole.procedures.sharing import share
from haconsole.telling import say
from haconsole.transport.commands import Command
from haconsole.words import t, tn

#: Version of the JSON's shape.
JSON_VERSION = 1
_MARKS = {
    StepStatus.SATISFIED: "=",
    StepStatus.DONE: "✔",
    StepStatus.FAILED: "✘",
    StepStatus.SKIPPED: "-",
    StepStatus.UNDONE: "↶",
}


def as_json(plan: Plan, progress: RunProgress) -> dict[str, Any]:
    """Return plan and progress as JSON-ready data.

    ``steps[].satisfied`` is ``None`` where that cannot be told yet.
    """
    return {
        "version": JSON_VERSION,
        "procedure": plan.procedure,
        "title": say(plan.title),
        "cluster": plan.cluster,
        "answers": dict(plan.answers),
        "warnings": [say(one) for one in (*plan.warnings, *progress.warnings)],
        "status": progress.status.value,
        "problem": say(progress.problem) or None,
        "phases": [
            {
                "title": say(phase.title),
                "parallel": phase.parallel,
                "lanes": [[step.id for step in lane] for lane in phase.lanes],
            }
            for phase in plan.phases
        ],
        "steps": [_step_json(step, progress) for step in plan.steps],
    }


def _step_json(step: Step, progress: RunProgress) -> dict[str, Any]:
    stands = progress.of(step.id)
    return {
        "id": step.id,
        "title": say(step.title),
        "reason": say(step.reason),
        "target": step.host,
        "mutating": step.mutating,
        "satisfied": satisfied(stands.status),
        "status": stands.status.value,
        "problem": say(stands.problem) or None,
        "seconds": stands.seconds,
        "expected_s": step.expected_s,
        "check": _command_json(step.check),
        "do": _command_json(step.do),
        "verify": _command_json(step.verify),
        "undo": _command_json(step.undo),
        "file": None
        if step.file is None
        else {
            "path": step.file.path,
            "mode": f"{step.file.mode:04o}",
            "owner": step.file.owner,
            "foreign": step.file.foreign,
            "diff": step.file.diff(),
        },
    }


def _command_json(command: Command | None) -> dict[str, Any] | None:
    if command is None:
        return None
    return {"name": command.name, "script": command.script, "root": command.root}


def satisfied(status: StepStatus) -> bool | None:
    """Whether what a step wants is so; ``None``: that is not known."""
    if status.good:
        return True
    return False if status in (StepStatus.PENDING, StepStatus.FAILED) else None


def as_text(plan: Plan, progress: RunProgress, *, commands: bool = True) -> str:
    """Return a plan for a terminal."""
    return "\n".join(_text_lines(plan, progress, commands=commands)) + "\n"


def _text_lines(plan: Plan, progress: RunProgress, *, commands: bool) -> Iterator[str]:
    yield f"{say(plan.title)} · {plan.cluster}"
    for key, value in plan.answers:
        yield f"  {key} = {value}"
    for warning in (*plan.warnings, *progress.warnings):
        yield f"! {say(warning)}"
    numbers = {step.id: number for number, step in plan.numbered()}
    shown = [one for one in plan.steps if commands and _has_commands(one, progress)]
    scripts = _Scripts(shown, numbers)
    for phase in plan.phases:
        yield ""
        how = t("side by side") if phase.parallel else t("one after another")
        yield f"{say(phase.title)} ({how})" if len(phase.lanes) > 1 else say(phase.title)
        for step in phase.steps:
            yield from _step_lines(numbers[step.id], step, progress)
            if step in shown:
                yield from _command_lines(step, scripts)
    yield from scripts.part_lines()
    yield ""
    yield summary(plan, progress)


def _step_lines(number: int, step: Step, progress: RunProgress) -> Iterator[str]:
    stands = progress.of(step.id)
    mark = _MARKS.get(stands.status, "·" if not step.mutating else "+")
    told = t(" (so already)") if stands.status is StepStatus.SATISFIED else ""
    yield f"{number:3} {mark} {step.host}: {say(step.title)}{told}"
    yield f"      {say(step.reason)}"
    if stands.problem is not None:
        yield f"      {say(stands.problem)}"


def _has_commands(step: Step, progress: RunProgress) -> bool:
    """Whether a step's commands are shown: what is so already needs none."""
    return progress.of(step.id).status is not StepStatus.SATISFIED


def _commands(step: Step) -> Iterator[tuple[str, Command]]:
    for label, command in (("do", step.do), ("verify", step.verify), ("undo", step.undo)):
        if command is not None:
            yield label, command


def _command_lines(step: Step, scripts: _Scripts) -> Iterator[str]:
    if step.file is not None:
        yield from (f"      {line}" for line in step.file.diff())
    for label, command in _commands(step):
        who = "root" if command.root else "user"
        yield f"      {label} ({who}):"
        yield from (f"        {line}" for line in scripts.lines(command))


class _Scripts:
    """The scripts of some steps; what several of them share is told once, at the end."""

    def __init__(self, steps: Sequence[Step], numbers: Mapping[str, int]) -> None:
        told = [(numbers[step.id], command) for step in steps for _, command in _commands(step)]
        self._steps = [number for number, _ in told]
        self._index = {command.script: at for at, (_, command) in enumerate(told)}
        self._shared = share([command.script.rstrip().split("\n") for _, command in told])

    def lines(self, command: Command) -> Iterator[str]:
        for piece in self._shared.scripts[self._index[command.script]]:
            if isinstance(piece, int):
                yield self._name(piece)
            else:
                yield from piece

    def part_lines(self) -> Iterator[str]:
        if self._shared.parts:
            yield ""
            yield t("Parts that several commands share, told once")
        for number, part in enumerate(self._shared.parts):
            users = dict.fromkeys(self._steps[at] for at in self._shared.users(number))
            steps = ", ".join(map(str, users))
            yield f"  {self._name(number)}, " + t("in the steps {steps}:", steps=steps)
            yield from (f"        {line}" for line in part)

    def _name(self, number: int) -> str:
        lines = len(self._shared.parts[number])
        return "≡ " + t("part {number} ({lines} lines)", number=number + 1, lines=lines)


def summary(plan: Plan, progress: RunProgress) -> str:
    """Return one line: what there is to do, or what came of it."""
    mutating = [step for step in plan.steps if step.mutating]
    done = [s for s in mutating if progress.of(s.id).status is StepStatus.DONE]
    todo = [s for s in mutating if not progress.of(s.id).status.good]
    if done and not todo:
        return tn("{count} step changed something; all is as planned.",
                  "{count} steps changed something; all is as planned.", len(done))  # fmt: skip
    if not todo:
        return t("Nothing to change: all is so already.")
    hosts = ", ".join(dict.fromkeys(step.host for step in todo))
    seconds = round(sum(step.expected_s for step in todo))
    return tn(
        "{count} step would change something on {hosts}; about {seconds} s.",
        "{count} steps would change something on {hosts}; about {seconds} s.",
        len(todo),
        hosts=hosts,
        seconds=seconds,
    )


def as_markdown(plan: Plan, progress: RunProgress | None = None) -> str:
    """Return a runbook that a person can follow by hand, or what a run did."""
    progress = progress or RunProgress()
    rows = [f"# {say(plan.title)}: {plan.cluster}", ""]
    rows += [f"- `{key}` = `{value}`" for key, value in plan.answers]
    rows += [f"> {say(warning)}" for warning in (*plan.warnings, *progress.warnings)]
    numbers = {step.id: number for number, step in plan.numbered()}
    for phase in plan.phases:
        rows += ["", f"## {say(phase.title)}"]
        for step in phase.steps:
            stands = progress.of(step.id)
            rows += ["", f"### {numbers[step.id]}. {step.host}: {say(step.title)}", ""]
            rows += [say(step.reason), ""]
            if stands.status is not StepStatus.WAITING:
                took = "" if stands.seconds is None else f", {stands.seconds:.1f} s"
                rows += [f"**{stands.status.value}**{took} {say(stands.problem)}".rstrip(), ""]
            if step.file is not None and (diff := step.file.diff()):
                rows += [*_fence("diff", diff), ""]
            for label, command in (
                (t("check"), step.check),
                (t("do"), step.do),
                (t("verify"), step.verify),
                (t("undo"), step.undo),
            ):
                if command is not None:
                    who = t("as root") if command.root else t("as the user")
                    rows += [f"{label} ({who}):", ""]
                    rows += [*_fence("sh", command.script.rstrip().splitlines()), ""]
    return "\n".join(rows).rstrip() + "\n"


def _fence(language: str, lines: list[str]) -> list[str]:
    longest = max((len(line) for line in lines if set(line.strip()) == {"`"}), default=2)
    mark = "`" * max(3, longest + 1)
    return [f"{mark}{language}", *lines, mark]
