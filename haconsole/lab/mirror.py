"""The recipes of what a site without a way out has: its own mirror, and hosts that use it.

``debs`` (packages and the source archive, fetched) + ``tools`` → ``mirror`` (indexes, RPMs);
``yum`` turns a host into one with yum.
"""

from __future__ import annotations

from pathlib import Path

from .images import BASE, HOST
from .layers import Recipe
from .topology import MIRROR

APT_SOURCE = f"deb [trusted=yes] http://{MIRROR.name}/apt ./\n"
YUM_REPO = f"""\
[lab]
name=lab
baseurl=http://{MIRROR.name}/yum
enabled=1
gpgcheck=0
"""
#: What the pair needs, and what it takes to build keepalived from source.
_PACKAGES = (
    *("keepalived", "nginx", "wget", "gcc", "make", "libc6-dev", "pkg-config", "libssl-dev"),
    *("libnl-3-dev", "libnl-genl-3-dev", "libpcre3-dev", "libmnl-dev", "libnftnl-dev"),
)
_UNIT = """\
[Unit]
Description=The lab's mirror
After=network.target

[Service]
ExecStart=/usr/bin/python3 -m http.server --protocol HTTP/1.1 --directory /srv/mirror 80
Restart=on-failure
DynamicUser=yes
AmbientCapabilities=CAP_NET_BIND_SERVICE

[Install]
WantedBy=multi-user.target
"""
_FETCH = f"""\
mkdir -p /srv/mirror/apt /srv/mirror/source
apt-get -q update
apt-get -q -y --download-only -o Dir::Cache::archives=/srv/mirror/apt install {" ".join(_PACKAGES)}
rm -rf /srv/mirror/apt/partial /srv/mirror/apt/lock
cd /srv/mirror/source
apt-get -q source --tar-only --download-only keepalived
for archive in keepalived_*.orig.tar.*; do
    version=${{archive#keepalived_}}
    version=${{version%.orig.tar.*}}
    mkdir unpacked
    tar -xf "$archive" -C unpacked --strip-components 1
    mv unpacked "keepalived-$version"
    tar -czf "keepalived-$version.tar.gz" "keepalived-$version"
    rm -rf "keepalived-$version" "$archive"
done
"""
_INDEX = """\
cd /srv/mirror/apt
apt-ftparchive packages . > Packages
gzip -k Packages
apt-ftparchive -o APT::FTPArchive::Release::Origin=lab release . > /run/build/Release
mv /run/build/Release Release
mkdir /srv/mirror/yum
cat > /run/build/repack.py << 'END OF REPACK'
@repack@
END OF REPACK
python3 /run/build/repack.py /srv/mirror/apt /srv/mirror/yum
createrepo_c -q /srv/mirror/yum
chmod -R a+rX /srv/mirror
systemctl enable mirror.service
"""
#: What a host of this family has from the start, under the names that RHEL gives it.
_BUILT_IN = (
    *(
        "/bin/sh",
        "/sbin/ldconfig",
        "openssl",
        "firewalld",
        "tar",
        "gzip",
        "curl",
        "sudo",
        "iproute",
        "procps-ng",
        "tcpdump",
    ),
    *("openssh-server", "systemd", "bash", "coreutils", "python3", "iputils", "nftables"),
)
_BUILT_IN_SPEC = f"""\
Name: lab-base
Version: 1
Release: 1
Summary: What the lab's image has from the start
License: MIT
BuildArch: noarch
{"".join(f"Provides: {name}{chr(10)}" for name in _BUILT_IN)}
%description
What the lab's image has from the start.
%files
"""
_OS_RELEASE = """\
NAME="Lab Linux"
ID=lab
ID_LIKE="rhel fedora"
VERSION_ID="9"
PRETTY_NAME="Lab Linux 9 (yum)"
"""
_TO_YUM = f"""\
apt-get -q update
apt-get -q -y install dnf rpm
ln -s dnf-3 /usr/bin/yum
cat > /run/build/base.spec << 'END OF SPEC'
{_BUILT_IN_SPEC}
END OF SPEC
# What lies there as packages of the other family is there: an RPM of it would own the same files,
# and take them away with itself.
dpkg-query -W -f 'Provides: ${{Package}}\n' > /run/build/there
sed -i '/^Provides: systemd$/r /run/build/there' /run/build/base.spec
rpmbuild -bb --quiet --define '_topdir /run/build/rpm' /run/build/base.spec
rpm -i /run/build/rpm/RPMS/noarch/lab-base-1-1.noarch.rpm
for tool in apt apt-cache apt-config apt-get apt-key apt-mark dpkg dpkg-query; do
    rm -f "/usr/bin/$tool"
done
rm -rf /etc/apt /etc/os-release
mkdir -p /etc/dnf/vars
echo 9 > /etc/dnf/vars/releasever
cat > /etc/os-release << 'END OF RELEASE'
{_OS_RELEASE}END OF RELEASE
"""
# The layers of the mirror lie below: rpmbuild left a data base of its own in them.
_FROM_MIRROR = "dnf -q -y --disablerepo='*' --repofrompath=lab,file:///srv/mirror/yum --nogpgcheck"

DEBS = Recipe("debs", _FETCH, (BASE, HOST), sources=True, about_s=20)
TOOLS = Recipe(
    "tools",
    "apt-get -q update\napt-get -q -y install rpm createrepo-c dpkg-dev apt-utils\n",
    (BASE, HOST),
    about_s=20,
)
SERVED = Recipe(
    "mirror",
    _INDEX.replace("@repack@", Path(__file__).with_name("repack.py").read_text()),
    (BASE, HOST, TOOLS, DEBS),
    files=(("/etc/systemd/system/mirror.service", _UNIT),),
    about_s=60,
)
YUM = Recipe("yum", _TO_YUM, (BASE, HOST), about_s=20)
WEB_YUM = Recipe(
    "web-yum",
    f"{_FROM_MIRROR} install nginx\nsystemctl enable nginx\n",
    (BASE, HOST, DEBS, SERVED, YUM),
    about_s=10,
)
LB_YUM = Recipe(
    "lb-yum",
    f"{_FROM_MIRROR} install keepalived\n"
    "useradd -r -M -s /usr/sbin/nologin keepalived_script\nsystemctl enable keepalived\n",
    (BASE, HOST, DEBS, SERVED, YUM, WEB_YUM),
    about_s=10,
)
