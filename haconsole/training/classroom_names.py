"""Lessons speak of lb01, lb02, web01, web02 and bastion; here they get the inventory's own names.

LBs and web nodes are taken as the inventory lists them, whatever they are called, and the jump host
nearest to them is ``bastion``: the pair is put back so that the first LB has the highest priority
(``hosts_stage``), whatever the priorities are when a lesson is opened. The addresses that lessons
name are replaced likewise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from haconsole.domain.model import Cluster
from haconsole.domain.state import State
from haconsole.training.lesson import (
    Check,
    Choice,
    Deed,
    Exam,
    ExamFault,
    Lesson,
    Question,
    Start,
    Step,
    Words,
)

#: The addresses that lessons speak of: those of the demo and of the lab.
ADDRESSES = {
    "lb01": "10.0.0.10",
    "lb02": "10.0.0.11",
    "web01": "10.0.0.51",
    "web02": "10.0.0.52",
}
VIP = "10.0.0.100"
_NAME = re.compile(
    r"(?<![A-Za-z0-9_.-])(lb0[1-9]|web0[1-9]|bastion|10\.0\.0\.(?:100|10|11|51|52))"
    r"(?![A-Za-z0-9_-]|\.\d)"
)


def names_for(cluster: Cluster, state: State | None = None) -> Mapping[str, str]:
    """Return lesson's name → host of this cluster, and lesson's address → its own.

    Roles that it lacks are left out. ``state`` is not asked: it changes, and names do not.
    """
    jumps = dict.fromkeys(name for host in cluster.hosts for name in host.access.jumps)
    wanted = [
        *_numbered("lb", [host.name for host in cluster.lbs]),
        *_numbered("web", [host.name for host in cluster.webs]),
        *[("bastion", name) for name in list(jumps)[-1:]],
    ]
    found = dict(wanted)
    addresses = {host.name: host.address for host in cluster.hosts}
    for name, address in ADDRESSES.items():
        if found.get(name) in addresses:
            found[address] = addresses[found[name]]
    if cluster.vips:
        found[VIP] = cluster.vips[0].address
    return found


def _numbered(word: str, hosts: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"{word}{number:02}", host) for number, host in enumerate(hosts[:9], 1)]


def renamed(lesson: Lesson, names: Mapping[str, str]) -> Lesson:
    """Return a lesson that speaks of these hosts, in its texts, deeds and checks."""
    if all(name == host for name, host in names.items()):
        return lesson
    swap = _Swap(lambda text: _NAME.sub(lambda found: names.get(found[1], found[1]), text))
    return replace(
        lesson,
        title=swap.words(lesson.title),
        about=swap.words(lesson.about),
        start=swap.start(lesson.start),
        steps=tuple(map(swap.step, lesson.steps)),
        exam=swap.exam(lesson.exam) if lesson.exam is not None else None,
    )


class _Swap:
    """Replaces names wherever a lesson holds some."""

    def __init__(self, text: Callable[[str], str]) -> None:
        self.text = text

    def words(self, words: Words) -> Words:
        return Words(self.text(words.en), self.text(words.zh))

    def settings(self, settings: Mapping[str, str]) -> dict[str, str]:
        return {self._key(key): self.text(value) for key, value in settings.items()}

    def _key(self, key: str) -> str:
        word, dot, host = key.partition(".")
        return f"{word}{dot}{self.text(host)}"

    def deed(self, deed: Deed) -> Deed:
        return replace(deed, settings=self.settings(deed.settings))

    def check(self, check: Check) -> Check:
        return replace(check, settings=self.settings(check.settings))

    def start(self, start: Start) -> Start:
        return replace(start, then=tuple(map(self.deed, start.then)))

    def question(self, question: Question) -> Question:
        choices = tuple(Choice(one.key, self.words(one.words)) for one in question.choices)
        return replace(
            question,
            ask=self.words(question.ask),
            choices=choices,
            because=self.words(question.because),
        )

    def step(self, step: Step) -> Step:
        return replace(
            step,
            title=self.words(step.title),
            text=self.words(step.text),
            predict=self.question(step.predict) if step.predict is not None else None,
            setup=tuple(map(self.deed, step.setup)),
            task=self.words(step.task),
            solve=tuple(map(self.deed, step.solve)),
            checks=tuple(map(self.check, step.checks)),
            hints=tuple(map(self.words, step.hints)),
            after=self.words(step.after),
            shell=self.text(step.shell),
        )

    def exam(self, exam: Exam) -> Exam:
        pool = tuple(
            ExamFault(self.deed(one.fault), one.causes, tuple(map(self.deed, one.solve)))
            for one in exam.pool
        )
        return replace(exam, pool=pool)
