"""A form as rows: what is asked of the cluster, and, side by side, what is asked of each host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from haconsole.domain.notes import Note
from haconsole.procedures.form import Field, FieldKind, Form, Objection
from haconsole.telling import say
from haconsole.words import t

from . import marks
from .ink import Ink, Line, Tone, cells, ink, wrap

#: Cells of a label, least cells of a host's column, most of them.
LABEL_MAX, COLUMN_MIN, COLUMN_MAX = 36, 16, 30


@dataclass(frozen=True, slots=True)
class FormRow:
    """A label and its fields: one, or one a host (``None``: that host has none)."""

    label: str
    fields: tuple[Field | None, ...]


@dataclass(frozen=True, slots=True)
class FormGroup:
    """Rows under one title. ``hosts``: the columns; none where it is about the cluster."""

    hosts: tuple[str, ...]
    rows: tuple[FormRow, ...]


def form_groups(form: Form, width: int) -> tuple[FormGroup, ...]:
    """Return the groups of a form: the cluster's, then the hosts', as many beside as fit."""
    common = tuple(FormRow(say(one.label), (one,)) for one in form.fields if one.host is None)
    groups = [FormGroup((), common)] if common else []
    families: dict[str, dict[str, Field]] = {}
    hosts: dict[str, None] = {}
    for one in form.fields:
        if one.host is not None:
            families.setdefault(one.key.removesuffix(f".{one.host}"), {})[one.host] = one
            hosts.setdefault(one.host)
    names = tuple(hosts)
    beside = max(1, (width - label_width(form, width) - 4) // (COLUMN_MIN + 1))
    for start in range(0, len(names), beside):
        chunk = names[start : start + beside]
        rows = tuple(
            FormRow(_label(family), tuple(family.get(host) for host in chunk))
            for family in families.values()
            if any(host in family for host in chunk)
        )
        groups.append(FormGroup(chunk, rows))
    return tuple(groups)


def _label(family: dict[str, Field]) -> str:
    return say(next(iter(family.values())).label)


def label_width(form: Form, width: int) -> int:
    """Return the cells that labels get: a third of ``width`` at most."""
    longest = max((cells(say(one.label)) for one in form.fields), default=8)
    return max(8, min(LABEL_MAX, width // 3, longest))


def column_width(labels: int, hosts: int, width: int) -> int:
    """Return the cells of a host's column, where ``hosts`` of them stand beside each other."""
    room = (width - labels - 4) // max(1, hosts) - 1
    return max(COLUMN_MIN, min(COLUMN_MAX, room))


def choices_of(one: Field) -> tuple[tuple[str, str], ...]:
    """Return the answers that a field offers, each with its words; none where any is taken."""
    if one.kind is FieldKind.SWITCH:
        return (("yes", t("yes")), ("no", t("no")))
    return tuple((choice.value, say(choice.label)) for choice in one.choices)


def steps_line(stage: int, *, writable: bool) -> Line:
    """Return where in the wizard this is: questions, preview, run (``stage`` 0, 1, 2)."""
    names = (t("questions"), t("preview"), t("run") if writable else t("run (needs --write)"))
    parts: list[Ink] = [Ink(" ")]
    for index, name in enumerate(names):
        if index:
            parts.append(Ink(" › ", Tone.MUTED))
        here = index == stage
        parts.append(Ink(f" {name} ", Tone.BADGE) if here else Ink(name, Tone.MUTED))
    return tuple(parts)


def help_lines(
    one: Field | None,
    value: str,
    wrong: Note | None,
    objections: Sequence[Objection],
    width: int,
    room: int,
) -> list[Line]:
    """Return ``room`` lines about the field with the focus: what is wrong, what it means."""
    lines: list[Line] = []
    if wrong is not None:
        lines += _wrapped(f"{marks.BAD} {say(wrong)}", Tone.CRITICAL, width)
    mine = [item for item in objections if one is not None and one.key in item.keys]
    rest = [item for item in objections if item not in mine]
    for item in (*mine, *sorted(rest, key=lambda item: not item.refuses)):
        glyph, tone = (marks.BAD, Tone.CRITICAL) if item.refuses else (marks.WARN, Tone.WARNING)
        lines += _wrapped(f"{glyph} {say(item.note)}", tone, width)
    if one is not None:
        about = _wrapped(say(one.help), Tone.TEXT, width)
        keep = max(1, room - min(len(about), 3) - 1)
        if len(lines) > keep:
            lines = [*lines[: keep - 1], (Ink(f" {t('… and more')}", Tone.WARNING),)]
        lines += about
        lines += _wrapped(_offers(one, value), Tone.MUTED, width)
    return (lines + [()] * room)[:room]


def _offers(one: Field, value: str) -> str:
    """Say what else could be answered, and what was offered."""
    if one.secret:
        return t("It is masked, and kept in no report. Empty: what is there stays.")
    choices = choices_of(one)
    if choices:
        words = " · ".join(word if word == key else f"{key}: {word}" for key, word in choices)
        return t("← → changes it.  {choices}", choices=words)
    if value != one.default:
        return t("Offered was: {default}", default=one.default or t("nothing"))
    return t("This is what was found, or the default.")


def _wrapped(text: str, tone: Tone, width: int) -> list[Line]:
    return wrap((Ink(" "), ink(text, tone)), width - 1, hang=3) if text else []


def tag_of(*, asked: bool, wrong: bool, default: bool) -> tuple[str, Tone]:
    """Return what stands after a row: whether its answer is wrong, changed or the default."""
    if not asked:
        return "", Tone.MUTED
    if wrong:
        return f"{marks.BAD} {t('wrong')}", Tone.CRITICAL
    return (t("default"), Tone.MUTED) if default else (t("changed"), Tone.ACCENT)
