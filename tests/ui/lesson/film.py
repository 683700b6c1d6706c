"""A lesson as it would go on the tutorial's pair: every phase of it, at a clock that stands."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from haconsole.domain.notes import note
from haconsole.procedures.plan import Phase as PlanPhase
from haconsole.procedures.plan import Plan, Step
from haconsole.procedures.progress import RunProgress, RunStatus, StepProgress, StepStatus
from haconsole.training.lesson import Check, Choice, Deed, DeedKind, Lesson, Question, Words
from haconsole.training.lesson import Step as LessonStep
from haconsole.training.score import Tally, points
from haconsole.training.standing import CheckView, LessonProgress, Phase, Seen
from haconsole.transport.commands import Command, Effect
from haconsole.ui.lessoning import Shelved
from tests.support.states import NOW

W = Words
STOP = LessonStep(
    id="stop",
    title=W("Stop the master", "停止主节点"),
    text=W(
        "lb01 is **MASTER**: its priority is 150, that of lb02 is 100. Every second it sends an "
        "*advert* to 224.0.0.18, and as long as lb02 hears it, lb02 stays quiet.\n\n"
        "Now keepalived on lb01 is stopped in order. Before it goes it sends an advert with "
        "priority **0**: *I resign*. So lb02 need not wait until adverts stay away "
        "(3 × `advert_int` + skew); it waits for its skew only:\n\n"
        "```\nskew = (256 − priority) / 256 × advert_int = 0.61 s\n```\n\n"
        "| who | priority | waits |\n|---|---|---|\n| lb01 | 150 | – |\n"
        "| lb02 | 100 | 0.61 s after the resignation, 3.61 s after silence |\n\n"
        "Look at the right while you do it: the VIP should be on lb02 within a second.",
        "lb01 现在是 **MASTER**：它的优先级是 150，lb02 的是 100。它每秒向 224.0.0.18 发送一个"
        "*通告*；只要 lb02 听得到，lb02 就保持安静。\n\n"
        "现在正常停止 lb01 上的 keepalived。它离开之前会发送一个优先级为 **0** 的通告：“我辞职”。"
        "所以 lb02 不必等到通告消失（3 × `advert_int` + 偏移），只等待自己的偏移时间：\n\n"
        "```\nskew = (256 − priority) / 256 × advert_int = 0.61 s\n```\n\n"
        "| 主机 | 优先级 | 等待 |\n|---|---|---|\n| lb01 | 150 | – |\n"
        "| lb02 | 100 | 辞职后 0.61 秒，沉默后 3.61 秒 |\n\n"
        "操作时请看旁边的集群：一秒之内 VIP 应该出现在 lb02 上。",
    ),
    predict=Question(
        W("keepalived on lb01 is stopped. Who has the VIP a second later?",
          "lb01 上的 keepalived 被停止。一秒之后谁持有 VIP？"),
        (
            Choice("lb02", W("lb02: it takes over", "lb02：它接管")),
            Choice("nobody", W("nobody, for about four seconds", "大约四秒内没有任何主机")),
            Choice("both", W("both: lb01's kernel keeps the address", "两台都有：lb01 的内核保留地址")),
        ),
        "lb02",
        W("A graceful stop resigns, and takes the address off the kernel.",
          "正常停止会先辞职，并从内核中删除地址。"),
    ),
    task=W("Stop keepalived on lb01 (`t` opens a shell there: systemctl stop keepalived).",
           "停止 lb01 上的 keepalived（按 t 打开它的 shell：systemctl stop keepalived）。"),
    solve=(Deed(DeedKind.ACT, "service"),),
    checks=(
        Check("owner", MappingProxyType({"host": "lb02"}), 15, 2),
        Check("service", MappingProxyType({"host": "lb01"}), 15),
        Check("answers", within_s=15),
    ),
    hints=(
        W("A service is stopped by its unit's name.", "服务按单元名称停止。"),
        W("In the shell on lb01: `systemctl stop keepalived`.",
          "在 lb01 的 shell 中：`systemctl stop keepalived`。"),
    ),
    after=W(
        "lb02 heard the resignation and waited 0.61 s. Clients felt less than a second.",
        "lb02 听到了辞职通告，等待了 0.61 秒。客户端感觉到的中断不到一秒。",
    ),
    shell="lb01",
)  # fmt: skip
START = LessonStep(
    id="start",
    title=W("Start it again", "再次启动"),
    text=W("lb01 comes back with the higher priority.", "lb01 带着更高的优先级回来。"),
    task=W("Start keepalived on lb01.", "启动 lb01 上的 keepalived。"),
    solve=(Deed(DeedKind.ACT, "service"),),
    checks=(Check("owner", MappingProxyType({"host": "lb01"})),),
)
KILL = LessonStep(
    id="kill",
    title=W("Kill it", "强制结束"),
    text=W("This time nobody resigns.", "这一次没有辞职通告。"),
)
LESSON = Lesson(
    id="failover",
    title=W("Failover and failback", "故障转移与回切"),
    about=W("Stop the master, watch lb02 take over, start it again: what clients feel, and why.",
            "停止主节点，观察 lb02 接管，再启动它：客户端感觉到什么，以及原因。"),
    minutes=8,
    tutorial=("2.1.6",),
    steps=(STOP, START, KILL),
)  # fmt: skip


def other(id_: str, en: str, zh: str, minutes: int, *tutorial: str) -> Lesson:
    about = Words(f"{en}, step by step.", f"{zh}，一步一步来。")
    return Lesson(id_, Words(en, zh), about, minutes, tutorial, steps=(START,))


SHELF = (
    Shelved(other("what-vrrp-is", "What keepalived is, and how VRRP elects",
                  "keepalived 是什么，VRRP 如何选举", 6, "1.1", "1.2"), best=100, done=True),
    Shelved(other("install", "Install keepalived", "安装 keepalived", 5, "2.1.1"), best=85, done=True),
    Shelved(other("master", "The master's configuration, parameter by parameter",
                  "逐个参数配置主节点", 9, "2.1.2"), best=60, done=True),
    Shelved(LESSON, at=1, begun=True),
    Shelved(other("round-robin", "Prove round robin through the VIP", "通过 VIP 验证轮询", 4,
                  "2.2.3")),
    Shelved(other("split-brain", "Split brain: make one, see it, recover",
                  "脑裂：制造、发现、恢复", 12, "3.1", "3.2")),
    Shelved(other("old-version", "Timers of keepalived 1.3.5", "keepalived 1.3.5 的计时器", 6),
            cannot=note("Lesson {id} wants keepalived 1.3.5: only the demo can be that.", id="x")),
)  # fmt: skip


def seen(ok: bool | None, said: str) -> Seen:
    return Seen(ok, note(said))


BEGINNING = (
    CheckView(STOP.checks[0], seen(False, "lb01 has the VIP for 3 m 20 s; lb02 should.")),
    CheckView(STOP.checks[1], seen(False, "keepalived on lb01 is active; it should be inactive.")),
    CheckView(STOP.checks[2], seen(None, "Not known now: no request was answered yet.")),
)
HELD = (
    CheckView(STOP.checks[0], seen(True, "lb02 has the VIP."), since=NOW - 1.2),
    CheckView(STOP.checks[1], seen(True, "keepalived on lb01 is inactive."), since=NOW - 2),
    CheckView(STOP.checks[2], seen(False, "web01 has answered since the step began; web02 not "
                                          "yet, although requests come in and its nginx runs.")),
)  # fmt: skip
DONE = tuple(replace(view, seen=seen(True, str(view.seen.note)), since=NOW - 9, done=True)
             for view in HELD)  # fmt: skip


def plan() -> Plan:
    """What would be done."""

    def step(id_: str, title: str, host: str, script: str) -> Step:
        does = Command(id_, script, Effect.CHANGES, root=True)
        why = note("The lesson wants it so.")
        return Step(id_, note(title), why, host, do=does, verify=does, expected_s=2)

    steps = (
        step("a", "lock the pair", "lb01", "mkdir /run/haconsole.lock"),
        step("b", "stop keepalived", "lb01", "systemctl stop keepalived.service"),
        step("c", "wait until lb02 has the VIP", "lb02", "ip -o addr show to 10.0.0.100"),
    )
    return Plan(
        "service", note("Stop keepalived on lb01"), "pair", (PlanPhase(note("x"), (steps,)),)
    )


RUN = RunProgress(
    RunStatus.RUNNING,
    MappingProxyType({
        "a": StepProgress(StepStatus.DONE, NOW - 2, NOW - 3, 1.0),
        "b": StepProgress(StepStatus.RUNNING, NOW - 1, NOW - 1),
    }),
    NOW - 3,
)  # fmt: skip
_HELPED = MappingProxyType({"stop": points(Tally(hints=1, wrong=True))})
_WORKING = LessonProgress(
    LESSON, Phase.WORKING, checks=BEGINNING, guess="lb02", began=NOW - 3, deadline=NOW + 12
)
PHASES: dict[str, LessonProgress] = {
    "setting-up": LessonProgress(
        LESSON, Phase.SETTING_UP, doing=note("The pair is made ready: nginx, keepalived, one VIP.")
    ),
    "asking": LessonProgress(LESSON, Phase.ASKING),
    "preparing": LessonProgress(LESSON, Phase.PREPARING, guess="lb02",
                                doing=note("VRRP between lb01 and lb02 is being blocked.")),
    "working": _WORKING,
    "hinted": replace(_WORKING, hints=2, checks=HELD, deadline=NOW - 7,
                      faults=((note("VRRP is blocked"), "lb01", NOW + 1690),)),
    "solving": replace(_WORKING, phase=Phase.SOLVING, doing=note("Stop keepalived on lb01"),
                       plan=plan(), run=RUN),
    "passed": replace(_WORKING, phase=Phase.PASSED, checks=DONE, guess="nobody", hints=1,
                      points=_HELPED),
    "right": replace(_WORKING, phase=Phase.PASSED, checks=DONE,
                     points=MappingProxyType({"stop": points(Tally())})),
    "resetting": replace(_WORKING, phase=Phase.RESETTING, doing=note("Everything is put back."),
                         plan=plan(), run=RUN),
    "over": LessonProgress(
        LESSON, Phase.OVER, at=3,
        points=MappingProxyType({**_HELPED, "start": points(Tally(solved=True)),
                                 "kill": points(Tally())}),
    ),
    "broken": LessonProgress(
        LESSON, Phase.BROKEN,
        problem=note("lb01 cannot be reached: no answer from 10.0.0.10 within 10 s."),
    ),
}  # fmt: skip
