"""An exam as it would go on the tutorial's pair: every phase of it, at a clock that stands."""

from __future__ import annotations

from dataclasses import replace

from haconsole.domain.notes import note
from haconsole.training.exam_standing import Cause, ExamPhase, ExamProgress, Felt, RoundResult
from haconsole.training.lesson import Deed, DeedKind, Exam, ExamFault, Lesson, Words
from haconsole.training.shelf import Shelved
from haconsole.training.standing import Points
from tests.support.states import NOW

FAULT = ExamFault(Deed(DeedKind.FAULT, "vrrp-block"), ("firewall-blocks-vrrp",), ())
EXAM = Lesson(
    "exam",
    Words("The exam", "考试"),
    Words("Something breaks. Name it, mend it, and mind what clients feel.",
          "有东西坏了。说出原因，修好它，留意客户端的感受。"),
    20,
    exam=Exam((FAULT,), rounds=3),
)  # fmt: skip
SHELVED = Shelved(EXAM)
CHOICES = tuple(
    Cause(cause, note(about))
    for cause, about in (
        ("auth-mismatch", "The LBs' passwords differ: each discards the other's adverts."),
        ("firewall-blocks-vrrp", "A firewall drops VRRP between the LBs."),
        ("ghost-vip", "A dead daemon left the VIP in the kernel."),
        ("keepalived-frozen", "keepalived is stopped by a signal: it neither sends nor hears."),
        ("nginx-dead", "nginx does not run, and its check takes the VIP away."),
        ("vrid-mismatch", "The LBs are in different virtual routers."),
    )
)
GOOD = Felt(20.0, 820, 0, 0.0, answering=True)
BAD = Felt(20.0, 900, 74, 3.65, answering=False)
ONE = RoundResult("freeze", note("keepalived is frozen"), ("lb01",), ("keepalived-frozen",),
                  ("ghost-vip",), 41.2, 96.0, felt=replace(BAD, answering=True),
                  points=Points(80, ((20, note("one wrong name")),)))  # fmt: skip
TWO = RoundResult("nginx-stop", note("nginx is stopped"), ("lb01",), ("nginx-dead",), (), None,
                  None, gave_up=True, felt=GOOD,
                  points=Points(0, ((100, note("the round was given up")),)))  # fmt: skip
_WATCHING = ExamProgress(
    EXAM, 4711, 3, ExamPhase.WATCHING, began=NOW - 41, choices=CHOICES, wrong=("ghost-vip",),
    felt=BAD,
)  # fmt: skip
EXAMS: dict[str, ExamProgress] = {
    "setting-up": ExamProgress(EXAM, 4711, 3, doing=note("The pair is made ready.")),
    "watching": _WATCHING,
    "mending": replace(_WATCHING, phase=ExamPhase.MENDING, named="firewall-blocks-vrrp"),
    "solving": replace(_WATCHING, phase=ExamPhase.SOLVING, doing=note("What was broken is undone.")),
    "round-over": replace(_WATCHING, phase=ExamPhase.ROUND_OVER, round=1, results=(ONE, TWO)),
    "resetting": replace(_WATCHING, phase=ExamPhase.RESETTING, doing=note("All is put back.")),
    "over": replace(_WATCHING, phase=ExamPhase.OVER, round=2, results=(ONE, TWO, ONE),
                    report="reports/exam-4711.md"),
    "broken": replace(_WATCHING, phase=ExamPhase.BROKEN,
                      problem=note("lb01 cannot be reached: no answer within 10 s.")),
}  # fmt: skip
