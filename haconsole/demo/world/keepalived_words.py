"""What keepalived says of itself: version, how it was built, and its options."""

from __future__ import annotations

from haconsole.demo.system.invocation import Invocation
from haconsole.demo.system.programs import about

from .manners import Manners

_BUILD = """\

Copyright(C) 2001-2022 Alexandre Cassen, <acassen@gmail.com>

Built with kernel headers for Linux 5.19.11
Running on Linux {kernel} #1 SMP PREEMPT_DYNAMIC
Distro: Debian GNU/Linux 12 (bookworm)

configure options: {options}

Config options:  {config}

System options:  {system}
"""
#: What a 1.3.5 says after its banner, as built from its sources.
_BUILD_OLD = """\

Copyright(C) 2001-2026 Alexandre Cassen, <acassen@gmail.com>

Build options:  PIPE2 IPV4_DEVCONF LIBNL3 RTA_ENCAP LVS LIBIPVS_NETLINK VRRP VRRP_AUTH VRRP_VMAC \
SOCK_NONBLOCK SOCK_CLOEXEC FIB_ROUTING INET6_ADDR_GEN_MODE SO_MARK
"""
#: What ``--help`` says of the options that are modelled.
_USAGE = """\
Usage: keepalived [OPTION...]
  -f, --use-file=FILE          Use the specified configuration file
                                default '/etc/keepalived/keepalived.conf'
  -D, --log-detail             Detailed log messages
  -n, --dont-fork              Don't fork the daemon process
      --signum=SIGFUNC         Return signal number for STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON
  -t, --config-test[=LOG_FILE] Check the configuration for obvious errors, output to
                                stderr by default
  -v, --version                Display the version number
  -h, --help                   Display this help message
"""
#: Debian's package.
_PACKAGED = {
    "options": "--build=x86_64-linux-gnu --prefix=/usr --sysconfdir=/etc --localstatedir=/var "
    "--runstatedir=/run --enable-snmp --enable-sha1 --enable-snmp-rfcv2 --enable-snmp-rfcv3 "
    "--enable-dbus --enable-json --enable-bfd --enable-regex --with-init=systemd",
    "config": "NFTABLES LVS REGEX VRRP VRRP_AUTH VRRP_VMAC JSON BFD OLD_CHKSUM_COMPAT "
    "SNMP_V3_FOR_V2 SNMP_VRRP SNMP_CHECKER SNMP_RFCV2 SNMP_RFCV3 DBUS INIT=systemd SYSTEMD_NOTIFY",
    "system": "VSYSLOG MEMFD_CREATE IPV4_DEVCONF LIBNL3 NET_LINUX_IF_H_COLLISION VRF SO_MARK",
    "sysconfdir": "/etc",
}


#: 1.3.5's, for the options that are modelled.
_USAGE_OLD = """\
Usage: keepalived [OPTION...]
  -f, --use-file=FILE          Use the specified configuration file
  -D, --log-detail             Detailed log messages
  -n, --dont-fork              Don't fork the daemon process
  -v, --version                Display the version number
  -h, --help                   Display this help message
"""


def usage(how: Manners) -> str:
    """Return what ``--help`` prints."""
    return _USAGE_OLD if how.old_election else _USAGE


def version_text(how: Manners, build: dict[str, str], kernel: str) -> str:
    """Return what ``--version`` prints; ``build``: of :func:`build_of`."""
    text = _BUILD_OLD if how.old_election else _BUILD.format(kernel=kernel, **build)
    return f"{how.banner}\n{text}"


def build_of(call: Invocation) -> dict[str, str]:
    """Return what configure wrote into the binary that runs; a package's says nothing of it."""
    name = call.argv[0]
    path = name if "/" in name else call.machine.programs.which(name)
    try:
        text = about(call.files.read(path or name, call.process.caller))
    except OSError:
        text = ""
    pairs = (line.partition("=") for line in text.splitlines())
    return _PACKAGED | {key: value for key, equals, value in pairs if equals}
