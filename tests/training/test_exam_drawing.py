"""What an exam asks, and what clients felt."""

from __future__ import annotations

from pathlib import Path

from haconsole.domain.notes import note
from haconsole.domain.outage_series import Failure, Sample
from haconsole.domain.rules.registry import BY_CAUSE
from haconsole.training.exam_drawing import CHOICES, QUIET_S, draw
from haconsole.training.exam_felt import summed_up
from haconsole.training.exam_report import keep
from haconsole.training.exam_standing import ExamProgress, Felt, RoundResult
from haconsole.training.lesson import Deed, DeedKind, Exam, ExamFault, Lesson, Words
from haconsole.training.standing import Points


def fault(name: str, *causes: str) -> ExamFault:
    return ExamFault(Deed(DeedKind.FAULT, name), causes, ())


EXAM = Exam(
    (
        fault("vrrp-block", "firewall-blocks-vrrp"),
        fault("stop", "keepalived-stopped"),
        fault("nginx-stop", "nginx-dead"),
        fault("ghost-vip", "ghost-vip"),
    ),
    rounds=3,
)


def test_the_same_seed_draws_the_same_and_no_fault_twice() -> None:
    assert draw(EXAM, 7) == draw(EXAM, 7)
    drawn = {tuple(one.one.fault.name for one in draw(EXAM, seed)) for seed in range(40)}
    assert len(drawn) > 10
    assert all(len(set(names)) == 3 for names in drawn)


def test_one_choice_is_right_and_none_of_the_others_is_true_as_well() -> None:
    for seed in range(40):
        for one in draw(EXAM, seed):
            causes = [choice.cause for choice in one.choices]
            assert len(set(causes)) == CHOICES
            assert set(causes) & set(one.one.causes) == set(one.one.causes)
            explained = BY_CAUSE[one.one.causes[0]].explains
            assert not explained & set(causes)
            assert QUIET_S[0] <= one.quiet_s <= QUIET_S[1]


def test_the_right_one_does_not_always_stand_in_the_same_place() -> None:
    places = {
        [choice.cause for choice in one.choices].index(one.one.causes[0])
        for seed in range(40)
        for one in draw(EXAM, seed)
    }
    assert places == set(range(CHOICES))


def samples(*answers: str) -> list[Sample]:
    return [
        Sample(at / 20, at / 20 + 0.002, None if answer == "." else Failure.TIMEOUT)
        for at, answer in enumerate("".join(answers))
    ]


def test_a_gap_is_from_the_last_good_answer_to_the_next() -> None:
    felt = summed_up(samples("...xx....xxxx.."), 20.0)
    assert (felt.sent, felt.failed, felt.gap_s, felt.answering) == (15, 6, 0.25, True)


def test_a_gap_that_goes_on_counts_so_far() -> None:
    assert summed_up(samples("..xxxx"), 20.0) == Felt(20.0, 6, 4, 0.2, answering=False)
    assert summed_up(samples("xxxx."), 20.0).gap_s == 0.2
    assert summed_up([], 20.0).answering is None


def test_the_report_is_a_page_of_its_owner_s(tmp_path: Path) -> None:
    lesson = Lesson("exam", Words("The exam", "考试"), Words(), 20, exam=EXAM)
    result = RoundResult(
        "vrrp-block",
        note("VRRP is blocked"),
        ("lb02",),
        ("firewall-blocks-vrrp",),
        ("auth-mismatch",),
        31.0,
        90.0,
        felt=Felt(20.0, 400, 12, 0.65, answering=True),
        points=Points(85, ((15, note("a wrong cause named")),)),
    )
    progress = ExamProgress(lesson, 42, 1, results=(result,))
    file = keep(progress, "demo", 0.0, tmp_path / "drills")
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    for part in ("# The exam", "seed 42", "85", "−15: a wrong cause named", "12 of 400", "31 s"):
        assert part in text
