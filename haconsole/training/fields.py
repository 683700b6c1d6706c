"""The one table of what a lesson file may hold; validator and JSON Schema are both read off it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from haconsole.domain.notes import Note, note
from haconsole.inventory.nodes import Mapping, Node, Plain, Scalar
from haconsole.inventory.problems import Report, dotted, shown
from haconsole.inventory.scalars import Json, Number, Text, Truth, Words, describe
from haconsole.inventory.shapes import Field, ListOf, Record, RecordOf, Value
from haconsole.telling import say
from haconsole.words import t

#: Characters that no text of a lesson may hold: C0 but the line feed, DEL, C1, bidirectional marks.
UNSEEN = "[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]"
_UNSEEN = re.compile(UNSEEN)
_LONGEST = 4000
_A_TEXT = note("a text")
_PARAMETERS = note("a mapping of parameters to values")
#: How a key of ``set`` looks: a parameter, or one of a host (``priority.lb01``).
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}\Z")


@dataclass(frozen=True)
class Prose:
    """A text of one or more lines, for people."""

    expected: Note = _A_TEXT

    def schema(self) -> Json:
        """Return its JSON Schema."""
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": _LONGEST,
            "not": {"pattern": UNSEEN},
        }

    def read(self, node: Node, at: str, report: Report) -> object | None:
        """Return the text."""
        if not isinstance(node, Scalar) or (node.kind is not Plain.TEXT and not node.quoted):
            report.refuse(node.line, at, describe(node), say(self.expected))
            return None
        text = node.text.strip()
        if not text:
            report.refuse(node.line, at, t("this text is empty"), say(self.expected))
        elif found := _UNSEEN.search(text):
            what = t("there is an invisible or control character ({code})",
                     code=f"U+{ord(found[0]):04X}")  # fmt: skip
            report.refuse(node.line, at, what, say(self.expected))
        elif len(text) > _LONGEST:
            what = t("longer than {limit} characters", limit=_LONGEST)
            report.refuse(node.line, at, what, say(self.expected))
        else:
            return text
        return None


@dataclass(frozen=True)
class Settings:
    """``set``: parameters by name; values are taken as they are written, as text."""

    expected: Note = _PARAMETERS

    def schema(self) -> Json:
        """Return its JSON Schema."""
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^{_KEY.pattern[:-2]}$"},
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        }

    def read(self, node: Node, at: str, report: Report) -> object | None:
        """Return a :class:`Record` of texts."""
        if not isinstance(node, Mapping):
            report.refuse(node.line, at, describe(node), say(self.expected))
            return None
        record = Record(node.line, at)
        for entry in node.entries:
            place = dotted(at, entry.key)
            if not _KEY.match(entry.key):
                what = t("{key} is no parameter's name", key=shown(entry.key))
                report.refuse(entry.line, place, what, say(self.expected))
            elif not isinstance(entry.value, Scalar) or entry.value.kind is Plain.NULL:
                expected = t("a text, a number, true or false")
                report.refuse(entry.line, place, describe(entry.value), expected)
            else:
                record.values[entry.key] = Value(entry.value.text, entry.line, place)
        return record


_ID_FORM = r"[a-z0-9][a-z0-9-]*"
ID = Text(
    note("a name of small letters, digits and -"), "id", _ID_FORM, 40, examples=("split-brain",)
)
_NUMBERS = r"[0-9]+(\.[0-9]+)*"
DOTTED = Text(note('a number of sections in quotes, such as "2.1.6"'), "section", _NUMBERS, 16)
HOST = Text(note("the name of a host"), "host", r"[A-Za-z0-9][A-Za-z0-9._-]*", 64)
VERSION = Text(note('a version in quotes, such as "1.3.5"'), "version", _NUMBERS, 16)
SECONDS = Number(note("seconds, a number above 0 and at most 900"), 0, 900, whole=False)
COUNT = Number(note("a whole number from 1 to 120"), 1, 120)
NAMES = ListOf(note("a list of names"), ID, 0)

_PROSE = Prose()
WORDS = RecordOf(
    note("a text in both languages: {en: …, zh: …}"),
    "words",
    (
        Field("en", _PROSE, "English.", required=True),
        Field("zh", _PROSE, "Chinese.", required=True),
    ),
)
CHOICE = RecordOf(
    note("a choice: {key: …, en: …, zh: …}"),
    "choice",
    (
        Field("key", ID, "What `answer` names.", required=True),
        Field("en", _PROSE, "English.", required=True),
        Field("zh", _PROSE, "Chinese.", required=True),
    ),
)
QUESTION = RecordOf(
    note("a mapping with the keys ask, choices, answer and because"),
    "question",
    (
        Field("ask", WORDS, "What is asked.", required=True),
        Field(
            "choices", ListOf(note("a list of choices"), CHOICE, 2), "At least two.", required=True
        ),
        Field("answer", ID, "The key of the right one.", required=True),
        Field("because", WORDS, "Why, told once it was seen.", required=True),
    ),
)
_SET = Field("set", Settings(), "Parameters.")
DEED_KINDS = ("procedure", "act", "fault", "drill", "heal")
DEED = RecordOf(
    note("a deed: procedure, act, fault or drill with its name, or heal: all"),
    "deed",
    (
        Field("procedure", ID, "A procedure, as `haconsole apply` names it."),
        Field("act", ID, "What the tutorial has one do."),
        Field("fault", ID, "Something that is broken, its undo armed on the node before."),
        Field("drill", ID, "A failover drill, as `haconsole drill` names it."),
        Field("heal", Words(note("all"), {"all": "all"}), "All that the lesson broke is undone."),
        _SET,
    ),
)
DEEDS = ListOf(note("a list of deeds"), DEED, 1)
CHECK = RecordOf(
    note("a check: {probe: …, set: {…}}"),
    "check",
    (
        Field("probe", ID, "What is looked at.", required=True),
        _SET,
        Field("within", SECONDS, "Seconds in which it should come true.", default=15),
        Field("hold", SECONDS, "Seconds that it must stay so."),
    ),
)
STEP = RecordOf(
    note("a mapping with the keys step, title and text"),
    "step",
    (
        Field("step", ID, "Its name within the lesson.", required=True),
        Field("title", WORDS, "Its title.", required=True),
        Field("text", WORDS, "What is to be known, in Markdown.", required=True),
        Field("predict", QUESTION, "Asked before anything is done."),
        Field("setup", DEEDS, "What the classroom does first."),
        Field("task", WORDS, "What the learner does."),
        Field("shell", HOST, "The host whose shell is opened for it."),
        Field("solve", DEEDS, "What does it for the learner."),
        Field("checks", ListOf(note("a list of checks"), CHECK, 1), "What must be seen."),
        Field("seen_before", Truth(), "Its checks hold before it is solved: it is looked at only.",
              default=False),
        Field("hints", ListOf(note("a list of hints"), WORDS, 1),
              "From a nudge to nearly the answer."),
        Field("after", WORDS, "What was seen, explained, in Markdown."),
        Field("covers", NAMES, "What of the tutorial it exercises or corrects."),
    ),
)  # fmt: skip
START = RecordOf(
    note("a mapping with the key state"),
    "start",
    (
        Field("state", Words(note("ready or fresh"), {"ready": "ready", "fresh": "fresh"}),
              "ready: a working pair; fresh: bare hosts.", required=True),
        Field("family", Words(note("apt or yum"), {"apt": "apt", "yum": "yum"}),
              "Package manager of the hosts; a demo's or a lab's.", default="apt"),
        Field("keepalived", VERSION, "What keepalived behaves as; a demo's."),
        Field("then", DEEDS, "What is done before the learner comes in."),
    ),
)  # fmt: skip
EXAM_FAULT = RecordOf(
    note("a mapping with the keys fault, causes and solve"),
    "examFault",
    (
        Field("fault", ID, "What is broken.", required=True),
        _SET,
        Field("causes", ListOf(note("a list of causes"), ID, 1),
              "Right answers, as `haconsole doctor --list` names them.", required=True),
        Field("solve", DEEDS, "What mends it.", required=True),
    ),
)  # fmt: skip
EXAM = RecordOf(
    note("a mapping with the key pool"),
    "exam",
    (
        Field("rounds", COUNT, "How many faults, one after the other.", default=3),
        Field("detect", SECONDS, "A good time to name the cause, seconds.", default=60),
        Field("mitigate", SECONDS, "A good time until nothing is wrong, seconds.", default=180),
        Field("give_up", SECONDS, "A round's end, seconds.", default=600),
        Field("pool", ListOf(note("a list of faults"), EXAM_FAULT, 1), "What may be broken.",
              required=True),
    ),
)  # fmt: skip
PLACES = ListOf(
    note("a list of: demo, lab, hosts"),
    Words(note("demo, lab or hosts"), {"demo": "demo", "lab": "lab", "hosts": "hosts"}),
    1,
)
LESSON = RecordOf(
    note("a mapping with the keys lesson, title, about, minutes, and steps or exam"),
    "lesson",
    (
        Field("lesson", ID, "Its name.", required=True),
        Field("title", WORDS, "Its title.", required=True),
        Field("about", WORDS, "One line for the list.", required=True),
        Field("minutes", COUNT, "How long it takes, about.", required=True),
        Field("tutorial", ListOf(note("a list of sections"), DOTTED, 0),
              "Sections that it goes through.", required=True),
        Field("start", START, "Where it begins; by default a working pair."),
        Field("where", PLACES, "Where it can be done; by default anywhere."),
        Field("steps", ListOf(note("a list of steps"), STEP, 1), "Its steps."),
        Field("exam", EXAM, "Random faults against the clock, instead of steps."),
    ),
)  # fmt: skip

#: Everything that the schema describes once, under ``$defs``.
DEFINED = (
    ID, DOTTED, HOST, VERSION, WORDS, CHOICE, QUESTION, DEED, CHECK, STEP, START, EXAM_FAULT, EXAM,
)  # fmt: skip
