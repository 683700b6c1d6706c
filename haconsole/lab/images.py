"""The recipes of the hosts' file systems.

``base`` (bootstrapped) ← ``host`` (what every host has) ← ``web-*`` (nginx) ← ``lb-*``
(keepalived).
"""

from __future__ import annotations

from .layers import Recipe

#: Installed while bootstrapping. netbase: firewalld stops without /etc/protocols.
_BASE_PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "iproute2", "openssh-server", "procps", "curl"),
    *("iputils-ping", "iputils-arping", "nftables", "netbase", "sudo", "ca-certificates"),
)
#: Installed afterwards: polkit, which firewalld pulls in, does not configure while bootstrapping.
_HOST_PACKAGES = ("firewalld", "libpam-systemd", "tcpdump", "openssl", "fish", "tcsh", "less")

_SSHD = """\
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys/%u
PermitRootLogin no
PasswordAuthentication no
Match User ops-pw
    PasswordAuthentication yes
"""
_SUDOERS = """\
ops ALL=(ALL:ALL) NOPASSWD: ALL
ops-fish ALL=(ALL:ALL) NOPASSWD: ALL
ops-csh ALL=(ALL:ALL) NOPASSWD: ALL
ops-pw ALL=(ALL:ALL) ALL
"""
#: What a container does not need, or what would reach for a network that is not there.
_MASKED = (
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer"),
    *("e2scrub_reap.service", "fstrim.timer", "console-getty.service", "getty.target"),
    *("systemd-networkd.service", "systemd-networkd.socket", "systemd-resolved.service"),
    *("systemd-network-generator.service", "systemd-pstore.service", "systemd-firstboot.service"),
    *("sys-kernel-debug.mount", "sys-kernel-tracing.mount", "ssh.socket"),
    # Root asks for no leave, and nobody works here: polkitd takes two of the few inotify
    # instances that the kernel allows root (all hosts share them), each user's systemd three.
    *("polkit.service", "user@.service"),
)
_HOST_SCRIPT = f"""\
apt-get -q update
apt-get -q -y install {" ".join(_HOST_PACKAGES)}
useradd -m -s /bin/bash ops
useradd -m -s /bin/bash ops-pw
useradd -m -s /usr/bin/fish ops-fish
useradd -m -s /bin/csh ops-csh
printf 'echo "** ops-csh: authorised use only **"\\nsetenv LANG tlh_KX.KOI8-R\\n' > ~ops-csh/.cshrc
mkdir -p ~ops-fish/.config/fish
printf 'echo "** ops-fish: authorised use only **"\\n' > ~ops-fish/.config/fish/config.fish
chown -R ops-fish: ~ops-fish
chown -R ops-csh: ~ops-csh
chmod 440 /etc/sudoers.d/lab
rm -f /etc/ssh/ssh_host_*
systemctl mask {" ".join(_MASKED)}
systemctl enable ssh.service firewalld.service
systemctl set-default multi-user.target
: > /etc/machine-id
"""

BASE = Recipe(
    "base",
    # Updated, so that packages installed later do not have to bring updates of these along.
    "apt-get -q update\napt-get -q -y dist-upgrade\n"
    "rm -rf /var/lib/apt/lists/* /var/log/bootstrap.log\n",
    bootstrap=_BASE_PACKAGES,
    about_s=60,
)
HOST = Recipe(
    "host",
    _HOST_SCRIPT,
    (BASE,),
    files=(
        ("/etc/ssh/sshd_config.d/lab.conf", _SSHD),
        ("/etc/sudoers.d/lab", _SUDOERS),
    ),
    about_s=30,
)
WEB_APT = Recipe(
    "web-apt",
    "apt-get -q update\napt-get -q -y install nginx\n"
    "rm -f /etc/nginx/sites-enabled/default\nsystemctl enable nginx\n",
    (BASE, HOST),
    about_s=10,
)
LB_APT = Recipe(
    "lb-apt",
    "apt-get -q update\napt-get -q -y install keepalived\n"
    "useradd -r -M -s /usr/sbin/nologin keepalived_script\nsystemctl enable keepalived\n",
    (BASE, HOST, WEB_APT),
    about_s=10,
)
