"""VLANs on an interface lose their routes with it: where there are any, it is not set down."""

from __future__ import annotations

from haconsole.demo import serve
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.faults.fault import Fault
from haconsole.procedures.drill.faults.link_down import faults
from haconsole.procedures.drill.faults.scene import Scene
from haconsole.procedures.drill.node_side import asking
from haconsole.procedures.progress import RunStatus, StepStatus
from haconsole.procedures.steps.shell import reads
from tests.procedures.configure import grounds
from tests.procedures.drill.console import drill, expected
from tests.procedures.driving import driving, problem_of

#: What ``ip -o -d link show`` says of links; the demo's kernel has no VLANs.
ETH0 = (
    "2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP mode DEFAULT "
    "group default qlen 1000\\    link/ether 08:00:27:73:60:cf brd ff:ff:ff:ff:ff:ff promiscuity 0 "
    "minmtu 46 maxmtu 16110 addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536\n"
)
HEAD = (
    "<BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default "
    "qlen 1000\\    link/ether 08:00:27:73:60:cf brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 0 "
    "maxmtu 65535 \\    "
)
TAIL = "addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535\n"
VLAN = f"3: eth0.700@eth0: {HEAD}vlan protocol 802.1Q id 700 <REORDER_HDR> {TAIL}"
NAMED = f"4: storage@eth0: {HEAD}vlan protocol 802.1ad id 20 <REORDER_HDR> {TAIL}"
OLD = f"3: eth0.20@eth0: {HEAD.replace(' minmtu 0 maxmtu 65535', '')}vlan id 20 <REORDER_HDR> \n"
LOOSE = f"3: eth0.700@eth0: {HEAD}vlan protocol 802.1Q id 700 <REORDER_HDR,LOOSE_BINDING> {TAIL}"
VMAC = f"5: vrrp.50@eth0: {HEAD}macvlan mode private bcqueuelen 1000 usedbcqueuelen 1000 {TAIL}"
ELSEWHERE = f"6: eth1.9@eth1: {HEAD}vlan protocol 802.1Q id 9 <REORDER_HDR> {TAIL}"
#: Links → the VLANs that stand in its way.
CASES = {
    "": "",
    VLAN: "eth0.700",
    VLAN + NAMED + VMAC: "eth0.700 storage",
    OLD: "eth0.20",
    LOOSE: "",
    VMAC + ELSEWHERE: "",
}
#: Says what was recorded where it is asked for details, and is the demo's own for all else.
IP = """\
#!/bin/sh
[ "$*" != "-o -d link show" ] || exec cat /tmp/links
exec /usr/sbin/ip "$@"
"""
SENTENCE = (
    "eth0 carries the VLANs {vlans} too: they would lose their routes, which nobody puts back "
    "(--force does it all the same)"
)


def fault_of(base: Ground, *, force: bool) -> Fault:
    ask = Ask(scenario=Scenario.LINK_DOWN, vip=grounds.VIP, target="lb02", force=force)
    (fault,) = faults(Scene(base, ask, expected(base, ask)))
    return fault


async def test_an_interface_with_vlans_is_only_set_down_by_force() -> None:
    async with serve.running(rate=0) as demo, driving(demo.inventory) as driver:
        files = demo.cluster.hosts["lb02"].machine.files
        files.write("/usr/local/sbin/ip", IP.encode())
        files.chmod("/usr/local/sbin/ip", 0o755)
        base = await driver.ground()
        fault, forced = fault_of(base, force=False), fault_of(base, force=True)

        async def looked(fault: Fault) -> tuple[bool, str]:
            look = reads("ready", asking("d1", fault.can), root=True)
            result = await driver.door.run("lb02", look)
            return result.ok, result.stderr.strip()

        for links, vlans in CASES.items():
            files.write("/tmp/links", (ETH0 + links).encode())
            said = (False, SENTENCE.format(vlans=vlans)) if vlans else (True, "")
            assert await looked(fault) == said, links
            assert await looked(forced) == (True, "")
        files.write("/tmp/links", (ETH0 + VLAN).encode())
        run = await drill(demo.inventory, ["link-down@lb02=d1"])
        assert run.progress.status is RunStatus.FAILED
        assert problem_of(run) == ("ready d1@lb02", SENTENCE.format(vlans="eth0.700"))
        assert run.progress.of("arm d1@lb02").status is StepStatus.SKIPPED
        assert not files.exists("/var/lib/haconsole/drills")
