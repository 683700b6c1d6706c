"""Whether a lesson can be done somewhere."""

from __future__ import annotations

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note, note
from haconsole.training.classroom_names import ADDRESSES
from haconsole.training.lesson import Lesson
from haconsole.training.stage import Stage
from haconsole.words import language


def refusal(lesson: Lesson, stage: Stage, cluster: Cluster | None = None) -> Note | None:
    """Say why a lesson cannot be done on a stage; ``None``: it can.

    ``cluster``: the one that it would be done on, where that is known.
    """
    if stage.kind not in lesson.on:
        return note(
            "“{lesson}” cannot be done here: it is for {places}.",
            lesson=lesson.title.within(language()),
            places=", ".join(lesson.on),
        )
    if cluster is not None and (lacking := _lacking(lesson, cluster)):
        return note(
            "“{lesson}” wants more hosts than {cluster} has: there is no {hosts}.",
            lesson=lesson.title.within(language()),
            cluster=cluster.name,
            hosts=", ".join(lacking),
        )
    return stage.missing(lesson.start)


def _lacking(lesson: Lesson, cluster: Cluster) -> list[str]:
    """Return the hosts that the lesson means, as lessons call them, and the cluster has not."""
    said = _said(lesson)
    own = {host.name for host in cluster.hosts}
    found = []
    for kind, hosts in (("lb", cluster.lbs), ("web", cluster.webs)):
        names = [name for name in ADDRESSES if name.startswith(kind)]
        # Where the cluster has that many, one of its own answers to the name.
        found += [name for name in names[len(hosts) :] if name in said and name not in own]
    return found


def _said(lesson: Lesson) -> set[str]:
    """Return every word of what the lesson does and looks at."""
    deeds = [*lesson.start.then]
    words = []
    for step in lesson.steps:
        deeds += [*step.setup, *step.solve]
        words += [value for check in step.checks for value in check.settings.values()]
        words.append(step.shell)
    for one in lesson.exam.pool if lesson.exam is not None else ():
        deeds += [one.fault, *one.solve]
    words += [value for deed in deeds for value in deed.settings.values()]
    return {word for value in words for word in value.replace(",", " ").split()}
