"""The tutorial's scripts: one that loops where it should look once, one that looks at the wrong LB.

They do what the tutorial's do, in words of our own; the paths are the tutorial's.
"""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.parsers.conf import parse
from haconsole.parsers.conf.edit import Editor, Written
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.form import Answers
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.procedures.plan import Lane
from haconsole.procedures.steps.shell import changes, reads
from haconsole.words import t

from .act import Act, host_of, one_step
from .kept import KEEP, LOOP

WATCH = "/server/scripts/check_split_brain.sh"
#: What the watching script said in its few rounds.
WATCHED = "/server/scripts/check_split_brain.out"
#: Looks, mends, sleeps, and never ends while nginx can be started; stops keepalived where not.
_LOOP_TEXT = """\
#!/bin/sh
# For ever: is there an nginx? If not, start it; if that fails, stop keepalived.
while true; do
  if [ "$(ps -C nginx --no-headers | wc -l)" -eq 0 ]; then
    systemctl start nginx
    sleep 5
    if [ "$(ps -C nginx --no-headers | wc -l)" -eq 0 ]; then
      systemctl stop keepalived
      exit 1
    fi
  fi
  sleep 5
done
"""
_PUT = f"{KEEP}mkdir -p /server/scripts && put {LOOP} && chmod 755 {LOOP} || exit 1\n"
#: What a plan starts ends with its job; a unit of its own lives on, as what nohup started in a
#: login shell does: unwatched, and gone after a reboot.
_NOHUP = (
    _PUT
    + f"""\
systemctl stop check-web-loop 2>/dev/null
for p in $(pgrep -f '{LOOP}'); do kill "$p" 2>/dev/null; done
systemd-run -q --unit=check-web-loop sh {LOOP}
"""
)
#: keepalived.conf comes behind the script, after a line that only parts them.
_PARTED = "@@ keepalived.conf"
_TRACK = f"""\
{KEEP}mkdir -p /server/scripts || exit 1
(umask 077; mkdir -p "$K"; cat >"$K/both") || fail "nothing can be kept in $K"
sed '/^{_PARTED}$/,$d' "$K/both" | put {LOOP} && chmod 755 {LOOP} || exit 1
sed '1,/^{_PARTED}$/d' "$K/both" | put {KEEPALIVED_CONF} loop || exit 1
rm -f "$K/both"
systemctl reload keepalived
"""
#: Standard input: keepalived.conf as it was read, without the loop; for one that was written since.
_REMOVE = f"""\
{KEEP}f={KEEPALIVED_CONF}; was=@was@; changed=
if mine loop; then give loop; changed=yes
else
  drop loop
  if [ -e $f ] && grep -q -F {LOOP} $f; then
    [ "$(now_is $f)" = "$was" ] || fail "$f was written just now: once more, please"
    put $f; changed=yes
  fi
fi
[ -z "$changed" ] || systemctl reload-or-restart keepalived
gone {LOOP}; gone {WATCH}; gone {WATCHED}
systemctl stop check-web-loop 2>/dev/null; systemctl reset-failed check-web-loop 2>/dev/null
for p in $(pgrep -f '{LOOP}'); do kill "$p" 2>/dev/null; done
rmdir /server/scripts /server 2>/dev/null
exit 0
"""
#: Each address is under the other's name: it pings itself, and looks for the master's own address.
_WATCH_TEXT = """\
#!/bin/sh
# The peer answers and the VIP is here: split brain. (So it is meant.)
vip={wrong_vip}
peer={wrong_peer}
i=0
while [ $i -lt 3 ]; do
  if ping -c 1 -W 1 $peer >/dev/null 2>&1 && [ "$(ip address | grep -c "$vip")" -eq 1 ]; then
    echo "split brain!"
  else
    echo "all right"
  fi
  i=$((i+1)); sleep 1
done
"""
_WATCH = f"""\
{KEEP}mkdir -p /server/scripts && put {WATCH} || exit 1
keep {WATCHED}; sh {WATCH} | tee {WATCHED}; wrote {WATCHED}
"""


def _nohup(ground: Ground, answers: Answers) -> tuple[Lane, ...]:
    host = _lb(ground, answers)
    title = note("The looping script, started with nohup")
    command = changes("nohup check_web.sh", _NOHUP, stdin=_LOOP_TEXT.encode())
    running = reads("does it loop", f"pgrep -f '{LOOP}' >/dev/null || exit 1", root=True)
    reason = note("A process that nobody watches, and that no reboot brings back.")
    return (one_step(host, title, reason, command, verify=running),)


def _tracked(ground: Ground, answers: Answers) -> tuple[Lane, ...]:
    title = note("keepalived calls the looping script every 10 s")
    reason = note("interval 10, weight 50: as the tutorial has it.")
    lanes = []
    for lb in ground.cluster.lbs:
        found = ground.facts.host(lb.name).file(KEEPALIVED_CONF)
        if found.text is None:
            raise ProcedureError(t("{host} has no {path}.", host=lb.name, path=KEEPALIVED_CONF))
        both = f"{_LOOP_TEXT}{_PARTED}\n{calling_the_loop(found.text)}"
        command = changes("track check_web.sh", _TRACK, stdin=both.encode())
        lanes.append(one_step(lb.name, title, reason, command))
    return tuple(lanes)


def calling_the_loop(text: str) -> str:
    """Return a keepalived.conf that calls the loop, and nothing else, as the tutorial writes it."""
    document = parse(text)
    editor = Editor(document)
    for script in read_conf(text).scripts:
        editor.remove(f"vrrp_script {script.name}")
    editor.ensure_block("vrrp_script check_web")
    editor.set("vrrp_script check_web / script", Written(f'"{LOOP}"'))
    editor.set("vrrp_script check_web / interval", 10)
    editor.set("vrrp_script check_web / weight", 50)
    for instance in read_conf(text).instances:
        block = f"vrrp_instance {instance.name} / track_script"
        if editor.find(block) is not None:
            editor.remove(block)
        editor.add_to_list(block, "check_web")
    return str(document)


def without_the_loop(text: str) -> str:
    """Return a keepalived.conf that calls the loop no more; everything else keeps every byte."""
    document = parse(text)
    editor = Editor(document)
    conf = read_conf(text)
    for name in [one.name for one in conf.scripts if LOOP in (one.script or "")]:
        editor.remove(f"vrrp_script {name}")
        for instance in conf.instances:
            editor.remove(f"vrrp_instance {instance.name} / track_script / {name}")
    return str(document)


def _remove(ground: Ground, answers: Answers) -> tuple[Lane, ...]:
    title = note("The looping script goes, and keepalived.conf is as before")
    reason = note("What it started is ended; the check that was there before is asked again.")
    lanes = []
    for lb in ground.cluster.lbs:
        found = ground.facts.host(lb.name).file(KEEPALIVED_CONF)
        script = _REMOVE.replace("@was@", found.sum or "absent")
        text = without_the_loop(found.text or "").encode("utf-8", "surrogateescape")
        lanes.append(one_step(lb.name, title, reason, changes("remove check_web.sh", script,
                                                              stdin=text)))  # fmt: skip
    return tuple(lanes)


def _watch(ground: Ground, answers: Answers) -> tuple[Lane, ...]:
    host = _lb(ground, answers)
    other = next(lb for lb in ground.cluster.lbs if lb.name != host)
    own = next(lb for lb in ground.cluster.lbs if lb.name == host)
    text = _WATCH_TEXT.format(wrong_vip=other.address, wrong_peer=own.address)
    title = note("The tutorial's watch for split brain, three rounds")
    command = changes("check_split_brain.sh", _WATCH, stdin=text.encode(), timeout_s=60.0)
    reason = note("Its two addresses stand under each other's name.")
    return (one_step(host, title, reason, command),)


def _lb(ground: Ground, answers: Answers) -> str:
    host = host_of(ground, answers)
    if host not in [lb.name for lb in ground.cluster.lbs]:
        raise ProcedureError(t("{host} is no LB.", host=host))
    return host


ACTS = (
    Act("tutorial-loop", note("The looping check, by hand"), {"host": True}, _nohup),
    Act("tutorial-loop-tracked", note("The looping check, called by keepalived"), {}, _tracked),
    Act("remove-loop", note("Take the looping check away"), {}, _remove),
    Act("tutorial-watch", note("The tutorial's watch for split brain"), {"host": True}, _watch,
        moves_vip=False),
)  # fmt: skip
