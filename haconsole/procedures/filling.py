"""Answers against a form: defaults, kinds, what is refused."""

from __future__ import annotations

import re
from difflib import get_close_matches

from haconsole.domain.notes import Note, note
from haconsole.procedures.errors import AnswerError
from haconsole.procedures.form import Answers, Field, FieldKind, Form
from haconsole.telling import say
from haconsole.words import t

# What is typed goes into files as it is: no other script's digits, which Python would read too.
_WHOLE = re.compile(r"[-+]?[0-9]{1,9}\Z")
_SECONDS = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?\Z")
_WORDS = {"yes": "yes", "true": "yes", "on": "yes", "1": "yes"}
_WORDS |= {"no": "no", "false": "no", "off": "no", "0": "no"}


def fill(form: Form, given: Answers) -> dict[str, str]:
    """Return all answers; raises ``AnswerError`` (see ``Form.fill``)."""
    known = {one.key: one for one in form.fields}
    families: dict[str, list[str]] = {}
    for one in form.fields:
        if one.host is not None:
            families.setdefault(one.key.removesuffix(f".{one.host}"), []).append(one.key)
    answers = form.defaults()
    for key in sorted(given, key=lambda key: key in known):
        if key not in known and key not in families:
            raise AnswerError(key, _unknown(key, [*known, *families]))
        for target in [key] if key in known else families[key]:
            answers[target] = given[key]
    for one in form.fields:
        if not one.shown(answers):
            continue
        if one.kind is FieldKind.SWITCH:
            answers[one.key] = _WORDS.get(answers[one.key].lower(), answers[one.key])
        if (wrong := problem(one, answers[one.key])) is not None:
            sentence = say(wrong)
            raise AnswerError(one.key, t("{key}: {sentence}", key=one.key, sentence=sentence))
    for objection in form.judge(answers):
        if objection.refuses:
            sentence = say(objection.note)
            raise AnswerError(", ".join(objection.keys), sentence)
    return answers


def problem(one: Field, value: str) -> Note | None:
    """Return what is wrong with an answer, ``None`` when nothing is."""
    if any(ord(character) < 32 for character in value):
        return note("control characters are no part of an answer")
    match one.kind:
        case FieldKind.INTEGER if not _WHOLE.match(value):
            return note("a whole number is wanted, not “{value}”", value=value[:60])
        case FieldKind.SECONDS if not _SECONDS.match(value):
            return note("seconds are wanted, not “{value}”", value=value[:60])
        case FieldKind.SWITCH if value.lower() not in _WORDS:
            return note("“yes” or “no” is wanted, not “{value}”", value=value[:60])
        case FieldKind.CHOICE if value not in [choice.value for choice in one.choices]:
            offered = ", ".join(choice.value for choice in one.choices)
            return note("one of {offered} is wanted, not “{value}”", offered=offered,
                        value=value[:60])  # fmt: skip
        case _:
            return one.check(value)


def _unknown(key: str, known: list[str]) -> str:
    near = get_close_matches(key, known, 1)
    hint = t(" Did you mean {name}?", name=near[0]) if near else ""
    return t("There is no question {key}.{hint} There are: {keys}.", key=key, hint=hint,
             keys=", ".join(sorted(known)) or t("none"))  # fmt: skip
