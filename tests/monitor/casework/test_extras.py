"""What the sections of a diagnosis' reading mean: one at a time, and cut off."""

from __future__ import annotations

import base64

from haconsole.domain.facts import VrrpFirewall
from haconsole.domain.rules.pieces import Disk, Drift
from haconsole.monitor.casework.extras import Around, Extras, understand
from haconsole.monitor.sections import Section

AROUND = Around("lb01", None, "eth0", ("10.0.0.11",))
CONF = """\
global_defs {
    enable_script_security
    script_user ops
}
vrrp_script nginx {
    script "/bin/sh /opt/check.sh"
    interval 2
}
vrrp_script other {
    script "/opt/none.sh -x"
    user nobody
}
include more.conf
"""
MORE = "vrrp_instance VI_1 {\n  virtual_router_id 50\n  virtual_ipaddress {\n 10.0.0.100\n }\n}\n"


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def read(status: int = 0, **sections: str) -> Extras:
    found = {name: Section(name, status, text) for name, text in sections.items()}
    return understand(found, 1000.0, AROUND)


CONF_SECTION = (
    f"f /etc/keepalived/keepalived.conf\nw 900\nt {coded(CONF)}\n"
    f"f /etc/keepalived/more.conf\nw 800\nt {coded(MORE)}\n"
)


def test_the_file_and_what_it_includes_are_one_configuration() -> None:
    extras = read(conf=CONF_SECTION)
    assert extras.conf and extras.conf_changed_at
    assert [one.name for one in extras.conf.value.instances] == ["VI_1"]
    assert extras.conf.value.script_security
    assert extras.conf_changed_at.value == 900.0
    assert extras.conf.shown_by == "cat /etc/keepalived/keepalived.conf"


def test_no_configuration_is_missing_with_its_reason() -> None:
    extras = read(status=1, conf="there is no keepalived.conf\n")
    assert extras.conf is None
    (missing,) = extras.missing
    assert missing.what == "conf"
    assert "there is no keepalived.conf" in str(missing.note)


def test_scripts_are_told_as_the_shell_sees_them() -> None:
    scripts = (
        "f /bin/sh\nm 755 root:root\nt f0VMRg==\nd 755 root:root /bin\n"
        f"f /opt/check.sh\nm 644 ops:ops\nt {coded('while true; do sleep 1; done')}\n"
        "d 777 root:root /opt\n"
        "f /opt/none.sh\n"
        "u yes ops\nu no nobody\n"
    )
    extras = read(conf=CONF_SECTION, scripts=scripts)
    assert extras.scripts
    run, none = extras.scripts.value
    assert (run.check, run.path, run.owner) == ("nginx", "/opt/check.sh", "ops:ops")
    assert run.executable, "an interpreter runs it, so it needs no x bit"
    assert run.loops
    assert run.parents_writable == "/opt root:root 777"
    assert (run.user, run.user_exists) == ("ops", True)
    assert (none.check, none.exists, none.user, none.user_exists) == (
        "other", False, "nobody", False,
    )  # fmt: skip


def test_a_program_that_was_just_started_is_no_daemon() -> None:
    def stat(pid: int, parent: int, started_s: float) -> str:
        return f"{pid} (keepalived) S {parent} " + "0 " * 17 + f"{int(started_s * 100)} 0\n"

    text = stat(10, 1, 5.0) + stat(11, 10, 5.0) + stat(99, 1, 999.9)
    extras = read(processes=text, uptime="1000.00 1.0\n")
    assert extras.processes
    assert [one.pid for one in extras.processes.value] == [10, 11]


def test_disks_drift_and_the_sysctl() -> None:
    disks = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda1 100 98 2 98% /\n"
    extras = read(disks=disks, drift="gone /etc/a\nabc /etc/b c\n", bind="1\n")
    assert extras.disks and extras.disks.value == (Disk("/", 0.98, 2),)
    assert extras.drift
    assert extras.drift.value == (Drift("/etc/a", gone=True), Drift("/etc/b c"))
    assert extras.nonlocal_bind and extras.nonlocal_bind.value
    assert read(bind="").nonlocal_bind is None


def test_nginx_says_what_is_wrong_or_is_not_there() -> None:
    wrong = "nginx: [emerg] unexpected end of file in /etc/nginx/x:3\nnginx: … test failed\n"
    extras = read(status=1, nginx=wrong)
    assert extras.nginx_test and not extras.nginx_test.value.ok
    assert "unexpected end of file" in extras.nginx_test.value.text
    assert read(status=127, nginx="sh: nginx: not found\n").nginx_test is None
    denied = "nginx: [emerg] open() failed (13: Permission denied)\n"
    assert read(status=1, nginx=denied).nginx_test is None, "asked without root rights"


def test_nginx_errors_speak_for_half_a_minute() -> None:
    line = (
        "{at} [error] 12#12: *5 connect() failed (111: Connection refused) while connecting to "
        'upstream, client: 10.0.0.5, server: _, request: "GET / HTTP/1.1", '
        'upstream: "http://10.0.0.52:80/", host: "x"\n'
    )
    text = "2026/11/22 16:00:40\n" + line.format(at="2026/11/22 16:00:20")
    extras = read(errors=text)
    assert extras.nginx_errors
    assert extras.nginx_errors.value.backends == (
        ("10.0.0.52:80", "connect() failed (111: Connection refused)"),
    )
    old = read(errors="2026/11/22 16:00:40\n" + line.format(at="2026/11/22 15:59:20"))
    assert old.nginx_errors and old.nginx_errors.value.backends == ()


def test_the_saved_firewall_is_judged_like_the_one_in_force() -> None:
    zone = "public\n  target: default\n  services: ssh\n  protocols: {}\n  rich rules: \n"
    blocked, allowed = (read(boot_firewall="firewalld\n" + zone.format(p)) for p in ("", "vrrp"))
    assert blocked.firewall_at_boot
    assert blocked.firewall_at_boot.value.vrrp is VrrpFirewall.BLOCKED
    assert allowed.firewall_at_boot
    assert allowed.firewall_at_boot.value.vrrp is VrrpFirewall.ALLOWED
    nft = "nftables\ntable inet f {\n chain input {\n  type filter hook input priority 0; policy drop;\n }\n}\n"
    saved = read(boot_firewall=nft).firewall_at_boot
    assert saved and saved.value.vrrp is VrrpFirewall.BLOCKED
    assert read(boot_firewall="").firewall_at_boot is None


def test_nonsense_is_nothing_and_never_an_error() -> None:
    names = ("conf", "scripts", "journal", "processes", "boot_firewall", "bind", "denials",
             "errors", "uptime", "disks", "drift", "nginx")  # fmt: skip
    for text in (
        "",
        "\n",
        "f\n",
        "t !!!\n",
        "f /x\nt !!!\n",
        "\x00\n" * 5,
        "u \nm x\n",
        "9" * 5000,
    ):
        extras = read(0, **dict.fromkeys(names, text))
        assert extras.at == 1000.0
