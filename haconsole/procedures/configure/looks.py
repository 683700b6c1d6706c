"""Looks at what came of it: one owner of each VIP, and every backend answering through it."""

from __future__ import annotations

from ipaddress import ip_address

from haconsole.domain.model import Vip
from haconsole.domain.notes import note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure.fields import to_backend, words
from haconsole.procedures.configure.roll import new_owner
from haconsole.procedures.form import Answers
from haconsole.procedures.paths import LOG_CONF
from haconsole.procedures.plan import Lane, Step
from haconsole.procedures.recipes.nginx import HIT_LOG
from haconsole.procedures.recipes.pair import PairSettings, VipSettings
from haconsole.procedures.steps.looks import look
from haconsole.procedures.steps.shell import quote

#: Defines ``ask URL``: succeeds when something below 500 came back, and says what did not.
ASK = """\
ask() {
  if command -v curl >/dev/null 2>&1; then
    code=$(curl -k -s -m 3 -o /dev/null -w '%{http_code}' "$1")
  elif command -v wget >/dev/null 2>&1; then
    code=$(wget -q -S -T 3 -t 1 --no-check-certificate -O /dev/null "$1" 2>&1 |
      sed -n 's,^ *HTTP/[0-9.]* \\([0-9]*\\).*,\\1,p' | tail -n 1)
  else echo "there is neither curl nor wget to ask $1 with" >&2; return 1; fi
  case $code in
  [1-4]??) return 0 ;;
  ''|000) echo "$1 does not answer" >&2 ;;
  *) echo "$1 answers with status $code" >&2 ;;
  esac
  return 1
}
"""


def pair_looks(ground: Ground, pair: PairSettings, answers: Answers) -> tuple[Lane, ...]:
    """Return the looks after the pair was configured."""
    settle = _settle_s(pair)
    owner = new_owner(ground, pair)
    lanes: list[Lane] = []
    if owner is not None:
        others = [lb.host for lb in pair.lbs if lb.host != owner]
        lanes += [(_holds(owner, pair, settle),), *((_lets_go(o, pair, settle),) for o in others)]
    backends = backends_of(ground, answers)
    for vip in pair.vips:
        known = next((one for one in ground.cluster.vips if one.address == vip.address), None)
        asker = _asker(ground, vip, owner)
        lanes.append((_answers(asker, vip, known, max(2, 2 * len(backends)), settle),))
    if owner is not None and backends:
        first = next(
            (one for one in ground.cluster.vips if one.address == pair.vips[0].address), None
        )
        lanes.append((_every_backend(owner, backends, _url(pair.vips[0], first)),))
    return tuple(lanes)


def _asker(ground: Ground, vip: VipSettings, owner: str | None) -> str:
    """Return who asks the VIP: another host that speaks its IP version, else its owner."""
    cluster = ground.cluster
    for host in (*cluster.webs, *reversed(cluster.lbs)):
        facts = ground.facts.hosts.get(host.name)
        if (
            host.name != owner
            and facts is not None
            and any(
                (ip := ip_address(one.address)).version == vip.family
                and not (ip.is_link_local or ip.is_loopback)
                for one in facts.addresses
            )
        ):
            return host.name
    return owner or cluster.lbs[-1].name


def backends_of(ground: Ground, answers: Answers) -> tuple[str, ...]:
    """Return the backends that the LBs' logs tell of, ``()`` where they tell of none.

    The log is there when the balancer is configured in the same go, or was before.
    """
    if answers.get("backends"):
        listed = [to_backend(word) for word in words(answers["backends"])]
        return tuple(f"[{a}]:{port}" if ":" in a else f"{a}:{port}" for a, port in listed)
    from haconsole.procedures.configure.balancer import backends_now

    logs = [lb for lb in ground.cluster.lbs if lb.name in ground.facts.hosts]
    if not all(ground.facts.hosts[lb.name].file(LOG_CONF).text for lb in logs):
        return ()
    return backends_now(ground)


def _settle_s(pair: PairSettings) -> float:
    """Return how long the pair may take to settle: timers, checks, and a reload's own time."""
    checks = pair.check.interval_s * (pair.check.rise + pair.check.fall) if pair.check else 0
    return 15.0 + 5 * pair.advert_int_s + pair.preempt_delay_s + checks


def _has(vip: VipSettings) -> str:
    return f"ip -o address show | grep -qF ' {vip.address}/'"


def _holds(host: str, pair: PairSettings, settle_s: float) -> Step:
    script = "".join(
        f"{_has(vip)} || {{ echo '{host} does not hold {vip.address}' >&2; exit 1; }}\n"
        for vip in pair.vips
    )
    return look(
        host,
        note("{host} owns the VIP", host=host),
        note("It has the highest priority of those that are well."),
        script,
        id="owns the VIP",
        settle_s=settle_s,
        way_on=note(
            "Look at the home screen for who owns it and why; a check that fails keeps an LB in "
            "FAULT (its node's journal says so)."
        ),
    )


def _lets_go(host: str, pair: PairSettings, settle_s: float) -> Step:
    script = "".join(
        f"{_has(vip)} && {{ echo '{host} holds {vip.address} as well' >&2; exit 1; }}\n"
        for vip in pair.vips
    )
    return look(
        host,
        note("{host} does not hold the VIP", host=host),
        note("One owner: two would answer for the same address."),
        f"{script}exit 0\n",
        id="holds no VIP",
        settle_s=settle_s,
        way_on=note(
            "Two owners mean that one does not hear the other: let VRRP through the firewall "
            "(allow-vrrp), or use unicast where the network drops multicast."
        ),
    )


def _url(vip: VipSettings, known: Vip | None) -> str:
    host = f"[{vip.address}]" if vip.family == 6 else vip.address
    return known.url if known else f"http://{host}/"


def _answers(asker: str, vip: VipSettings, known: Vip | None, times: int, settle_s: float) -> Step:
    url = _url(vip, known)
    script = (
        f"{ASK}i=0; while [ $i -lt {times} ]; do ask {quote(url)} || exit 1; i=$((i+1)); done\n"
    )
    return look(
        asker,
        note("{url} answers {asker}", url=url, asker=asker),
        note("The VIP serves, seen from another host: {n} requests.", n=times),
        script,
        id=f"ask {vip.address}",
        settle_s=settle_s,
        way_on=note(
            "Ask from there by hand: curl -v {url}. No answer at all is often a firewall that "
            "lets HTTP not in (allow-vrrp), a status of 502 to 504 a backend.",
            url=url,
        ),
    )


def _every_backend(owner: str, backends: tuple[str, ...], url: str) -> Step:
    """Look into the log, with requests of its own: one left out after a failure comes back."""
    script = f"""\
{ASK}i=0; while [ $i -lt {2 * len(backends)} ]; do ask {quote(url)} || exit 1; i=$((i+1)); done
log={HIT_LOG}; tab=$(printf '\\t'); since=$(($(date +%s) - 300))
[ -r $log ] || {{ echo "nginx has not written $log" >&2; exit 1; }}
seen=" $(tail -n 400 $log | while IFS=$tab read -r at client method uri status up said rest; do
  if [ "${{at%.*}}" -ge $since ]; then echo "${{up##*, }}=${{said##*, }}"; fi
done | sort -u | tr '\\n' ' ')"
for b in {" ".join(quote(backend) for backend in backends)}; do
  case $seen in *" $b="[1-4]*) ;; *) echo "$b answered no request that came through the VIP" >&2
  exit 1 ;; esac
done
"""
    return look(
        owner,
        note("Every backend answers through the VIP"),
        note("The log of {owner} names who answered the requests just made.", owner=owner),
        script,
        id="every backend answers",
        root=True,
        settle_s=25.0,
        way_on=note("Ask the backend from {owner} by hand: curl -v", owner=owner),
    )
