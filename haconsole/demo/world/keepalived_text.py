"""What keepalived 2.2.7 writes when asked by a signal: the dump, the statistics, the JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from haconsole.domain.daemon import VrrpState
from haconsole.domain.stats import COUNTERS

from .checks import Check
from .manners import Manners
from .net import Nic
from .spec import DaemonSpec, InstanceSpec, VipSpec
from .stack import Stack
from .vrrp import Instance

_STATES = {VrrpState.INIT: 0, VrrpState.BACKUP: 1, VrrpState.MASTER: 2, VrrpState.FAULT: 3}
#: What the demo's pairs never change; ``@`` fields are filled in.
_GLOBALS = """\
 Network namespace = (default)
 Network namespace ipvs = (main namespace)
 Router ID = @router_id
 Default smtp_alert = unset
 Default smtp_alert_vrrp = unset
 Default smtp_alert_checker = unset
 Checkers log all failures = false
 No test config before reload
 Dynamic interfaces = false
 Default interface = eth0
 Disable local IGMP = no
 LVS flush = false
 LVS flush on stop = disabled
 FIFO write vrrp states on reload = false
 VRRP notify priority changes = false
 VRRP IPv4 mcast group = 224.0.0.18
 VRRP IPv6 mcast group = ff02::12
 Gratuitous ARP delay = 5
 Gratuitous ARP repeat = 5
 Gratuitous ARP refresh timer = @refresh
 Gratuitous ARP refresh repeat = 1
 Gratuitous ARP lower priority delay = 5
 Gratuitous ARP lower priority repeat = 5
 Num adverts before down = 3
 Gratuitous ARP for each secondary VMAC = 0s
 Send advert after receive lower priority advert = true
 Send advert after receive higher priority advert = false
 Gratuitous ARP interval = 0.000000
 Gratuitous NA interval = 0.000000
 VRRP default protocol version = 2
 nftables without counters
 libnftnl version 1.2.3
 VRRP check unicast_src = false
 VRRP skip check advert addresses = false
 VRRP strict mode = false
 Max auto priority = 0
 Min auto priority delay = 1000000 usecs
 VRRP process priority = 0
 VRRP don't swap = false
 VRRP realtime priority = 0
 VRRP realtime limit = 10000
 Checker process priority = 0
 Checker don't swap = false
 Checker realtime priority = 0
 Checker realtime limit = 10000
 BFD process priority = 0
 BFD don't swap = false
 BFD realtime priority = 0
 BFD realtime limit = 10000
 SNMP vrrp disabled
 SNMP checker disabled
 SNMP RFCv2 disabled
 SNMP RFCv3 disabled
 SNMP traps disabled
 SNMP socket = default (unix:/var/agentx/master)
 DBus disabled
 DBus service name = @empty
 Script security @security
 Default script uid:gid @uid:@uid
 vrrp_netlink_cmd_rcv_bufs = 0
 vrrp_netlink_cmd_rcv_bufs_force = 0
 vrrp_netlink_monitor_rcv_bufs = 0
 vrrp_netlink_monitor_rcv_bufs_force = 0
 process_monitor_rcv_bufs = 0
 process_monitor_rcv_bufs_force = 0
 lvs_netlink_cmd_rcv_bufs = 0
 lvs_netlink_cmd_rcv_bufs_force = 0
 lvs_netlink_monitor_rcv_bufs = 0
 lvs_netlink_monitor_rcv_bufs_force = 0
 rs_init_notifies = 0
 no_checker_emails = 0
 rx_bufs_multiples = 3
 umask = 0177
"""
_AFTER_NAME = """\
   Gratuitous ARP delay = 5
   Gratuitous ARP repeat = 5
   Gratuitous ARP refresh = @refresh
   Gratuitous ARP refresh repeat = 1
   Gratuitous ARP lower priority delay = 5
   Gratuitous ARP lower priority repeat = 5
   Down timer adverts = 3
   Send advert after receive lower priority advert = true
   Send advert after receive higher priority advert = false
"""
_NIC = """\
   Seen up = 1
   Delayed state change running = false
   Up debounce timer = 0us
   Down debounce timer = 0us
   MTU = @mtu
   HW Type = @type
   NIC netlink status update
   Reset ARP config counter 0
   Original arp_ignore 0
   Original arp_filter 0
   Original promote_secondaries 0
   Reset promote_secondaries counter 0
"""


def dump(
    spec: DaemonSpec,
    instances: Sequence[Instance],
    checks: Sequence[Check],
    stack: Stack,
    how: Manners,
    *,
    wall_minus_loop: float,
    script_uid: int,
) -> str:
    """Return the text of SIGUSR1. ``wall_minus_loop``: what makes an epoch time of a timer's."""
    refresh = f"{spec.garp_refresh_s:.0f}"
    general = (
        _GLOBALS.replace("@router_id", spec.router_id)
        .replace("@refresh", refresh)
        .replace("@security", "enabled" if spec.script_security else "disabled")
        .replace("@uid", str(script_uid))
        .replace("@empty", "")
    )
    parts = ["------< Global definitions >------\n", general]
    if instances:
        parts.append("------< VRRP Topology >------\n")
        parts += [_instance(one, refresh, how, wall_minus_loop) for one in instances]
        parts.append("------< VRRP Sockpool >------\n")
        parts += [_socket(one.spec) for one in instances]
    if checks:
        parts.append("------< VRRP Scripts >------\n")
        parts += [_check(check, script_uid) for check in checks]
    parts.append("------< Interfaces >------\n")
    parts += [_nic(nic, stack, instances) for nic in stack.nics]
    return "".join(parts)


def _stamp(at: float) -> str:
    when = datetime.fromtimestamp(at, UTC)
    return f"{at:.6f} ({when:%a %b} {when.day:2d} {when:%H:%M:%S.%f %Y})"


def _instance(one: Instance, refresh: str, how: Manners, wall_minus_loop: float) -> str:
    spec, backup = one.spec, one.state is VrrpState.BACKUP
    due = one.due
    timeout = "DISABLED" if due is None else _stamp(due + wall_minus_loop)
    master = one.state is VrrpState.MASTER
    seconds = spec.advert_int_s
    lines = [
        f" VRRP Instance = {spec.name}",
        f"   VRRP Version = {spec.version}",
        f"   State = {one.state}",
        *([f"   Master router = {one.master_source or '0.0.0.0'}",  # noqa: S104 - what it prints
           f"   Master priority = {one.master_priority}"] if backup else []),
        *(["   Flags:", "     Using unicast"] if spec.peers else ["   Flags: none"]),
        f"   Wantstate = {one.wants}",
        "   Number of config faults = 0",
        f"   Number of interface and track script faults = {one.faults}",
        f"   Number of track scripts init = {one.checks_to_come}",
        f"   Last transition = {_stamp(one.last_transition)}",
        f"   Read timeout = {timeout}",
        f"   Master down timer = {one.down_timer_s * 1e6:.0f} usecs",
        f"   Interface = {spec.interface}",
        f"   Using src_ip = {spec.source}" + (" (from configuration)" if spec.peers else ""),
        *([] if spec.peers else ["   Multicast address 224.0.0.18"]),
        _AFTER_NAME.replace("@refresh", refresh).rstrip("\n"),
        f"   Virtual Router ID = {spec.vrid}",
        f"   Priority = {spec.priority}",
        f"   Effective priority = {one.effective_priority}",
        f"   Total priority = {one.total_priority}",
        "   Advert interval = "
        + (f"{seconds:.0f} sec" if spec.version == 2 else f"{seconds * 1000:.0f} milli-sec"),
        "   Accept = enabled",
        f"   Preempt = {'disabled' if spec.nopreempt else 'enabled'}",
        "   Promote_secondaries = disabled",
        *_authentication(spec, how),
        f"   Virtual IP ({len(spec.vips)}):",
        *(_vip(vip, is_set=one.vips_set) for vip in spec.vips),
        *(["   Virtual IP Excluded :"] if spec.excluded else []),
        *(_vip(vip, is_set=one.vips_set) for vip in spec.excluded),
        *(["   Unicast Peer :"] if spec.peers else []),
        *(f"     {peer} min_ttl 0 max_ttl 255" for peer in spec.peers),
        "   fd_in 12, fd_out 13",
        *(["   Tracked scripts :"] if spec.tracks else []),
        *(f"     {name} weight {weight}" for name, weight in spec.tracks),
        "   Using smtp notification = no",
        "   Notify deleted = Fault",
        "   Notify priority changes = false",
    ]  # fmt: skip
    if spec.preempt_delay_s and not master:
        lines.insert(-3, f"   Preempt delay = {spec.preempt_delay_s:.6f} secs")
    return "\n".join(lines) + "\n"


def _authentication(spec: InstanceSpec, how: Manners) -> Iterator[str]:
    if spec.version == 2:
        names = {0: "none", 1: "SIMPLE_PASSWORD", 2: "IPSEC_AH"}
        yield f"   Authentication type = {names[spec.auth_type]}"
        if spec.auth_type:
            shown = "*" * len(spec.password[:8]) if how.masks_password else spec.password[:8]
            yield f"   Password = {shown}"


def _vip(vip: VipSpec, *, is_set: bool) -> str:
    label = f" label {vip.label}" if vip.label else ""
    return f"     {vip.text} dev {vip.device} scope global{label}{' set' if is_set else ''}"


def _socket(spec: InstanceSpec) -> str:
    kind = "Unicast" if spec.peers else "Multicast"
    address = f"   Address = {spec.source}\n" if spec.peers else ""
    return (
        " fd_in 12 fd_out = 13\n"
        f"   Interface = {spec.interface}\n   Family = IPv4\n   Protocol = VRRP\n"
        f"   Type = {kind}\n{address}   Rx buf size = 0\n   VRRP instances\n"
        f"     {spec.name} vrid {spec.vrid}\n"
    )


def _check(check: Check, uid: int) -> str:
    spec = check.spec
    tracking = "".join(f"     {one.spec.name}, weight {w}\n" for one, w in check.tracking)
    return (
        f" VRRP Script = {spec.name}\n"
        f"   Command = '{spec.script}'\n"
        f"   Interval = {spec.interval_s:g} sec\n"
        f"   Timeout = {spec.timeout_s:g} sec\n"
        f"   Weight = {spec.weight}\n   Rise = {spec.rise}\n   Fall = {spec.fall}\n"
        f"   Result = {check.result}\n   Insecure = no\n   Init state = unknown\n"
        f"   Status = {check.status}\n   Script uid:gid = {uid}:{uid}\n"
        "   VRRP instances :\n   Tracking instances :\n"
        f"{tracking}   State = {'running' if check.running else 'idle'}\n"
    )


def _nic(nic: Nic, stack: Stack, instances: Sequence[Instance]) -> str:
    loopback = nic is stack.loopback
    six = next(
        (
            a.address
            for a in stack.addresses
            if a.interface == nic.name and a.is_ipv6 and not loopback
        ),
        "(none)",
    )
    state = "UP, RUNNING" if nic.running else "UP, not RUNNING" if nic.up else "not UP, not RUNNING"
    lines = [
        f" Name = {nic.name}",
        f"   index = {nic.index}",
        f"   IPv4 address = {stack.first_ipv4(nic.name) or '(none)'}",
        f"   IPv6 address = {six}",
    ]
    if loopback:
        state += ", no broadcast, loopback, no multicast"
    else:
        lines += [f"   MAC = {nic.mac}", "   MAC broadcast = ff:ff:ff:ff:ff:ff"]
    lines.append(f"   State = {state}")
    lines.append(
        _NIC.replace("@mtu", str(nic.mtu))
        .replace("@type", "LOOPBACK" if loopback else "ETHERNET")
        .rstrip("\n")
    )
    here = [one for one in instances if one.spec.interface == nic.name]
    if here:
        lines.append("   Tracking VRRP instances :")
        lines += [f"     {one.spec.name}, weight 0" for one in here]
    return "\n".join(lines) + "\n"


def stats(instances: Sequence[Instance]) -> str:
    """Return the text of SIGUSR2."""
    parts = []
    for one in instances:
        s = one.stats
        parts.append(
            f"VRRP Instance: {s.instance}\n"
            f"  Advertisements:\n    Received: {s.advert_rcvd}\n    Sent: {s.advert_sent}\n"
            f"  Became master: {s.become_master}\n  Released master: {s.release_master}\n"
            f"  Packet Errors:\n    Length: {s.packet_len_err}\n    TTL: {s.ip_ttl_err}\n"
            f"    Invalid Type: {s.invalid_type_rcvd}\n"
            f"    Advertisement Interval: {s.advert_interval_err}\n"
            f"    Address List: {s.addr_list_err}\n"
            f"  Authentication Errors:\n    Invalid Type: {s.invalid_authtype}\n"
            f"    Type Mismatch: {s.authtype_mismatch}\n    Failure: {s.auth_failure}\n"
            f"  Priority Zero:\n    Received: {s.pri_zero_rcvd}\n    Sent: {s.pri_zero_sent}\n"
        )
    return "".join(parts)


def as_json(instances: Sequence[Instance], checks: Sequence[Check], how: Manners) -> str:
    """Return the text of SIGJSON (version 1)."""
    commands = {check.spec.name: check.spec.script for check in checks}
    entries = []
    for one in instances:
        spec = one.spec
        data: dict[str, object] = {
            "iname": spec.name, "dont_track_primary": 0, "skip_check_adv_addr": 0,
            "strict_mode": 0, "vmac_ifname": "", "ifp_ifname": spec.interface,
            "master_priority": one.master_priority, "last_transition": one.last_transition,
            "garp_delay": 5, "garp_refresh": int(spec.garp_refresh_s), "garp_rep": 5,
            "garp_refresh_rep": 1, "garp_lower_prio_delay": 5, "garp_lower_prio_rep": 5,
            "lower_prio_no_advert": 0, "higher_prio_send_advert": 0, "vrid": spec.vrid,
            "base_priority": spec.priority, "effective_priority": one.effective_priority,
            "vipset": one.vips_set, "promote_secondaries": False,
            "adver_int": _number(spec.advert_int_s),
            "master_adver_int": _number(spec.advert_int_s), "accept": 1,
            "nopreempt": spec.nopreempt, "preempt_delay": int(spec.preempt_delay_s),
            "state": _STATES[one.state], "wantstate": _STATES[one.wants],
            "version": spec.version, "smtp_alert": False, "notify_deleted": False,
            "vips": [_vip(vip, is_set=one.vips_set).strip() for vip in spec.vips],
        }  # fmt: skip
        if spec.excluded:
            data["evips"] = [_vip(vip, is_set=one.vips_set).strip() for vip in spec.excluded]
        if spec.tracks:
            data["track_script"] = [f"'{commands.get(name, '')}'" for name, _ in spec.tracks]
        if spec.version == 2:
            data["auth_type"] = spec.auth_type
            if spec.auth_type:
                data["auth_data"] = "***" if how.masks_password else spec.password[:8]
        counters = {name: getattr(one.stats, name) for name in COUNTERS}
        entries.append({"data": data, "stats": counters})
    return json.dumps(entries, separators=(",", ":")).replace("/", "\\/") + "\n"


def _number(seconds: float) -> float | int:
    return int(seconds) if seconds == int(seconds) else seconds
