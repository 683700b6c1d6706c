"""What is read here is what keepalived and nginx themselves read, on a real host."""

from __future__ import annotations

import base64
from random import Random

import pytest

from haconsole.lab import provision
from haconsole.lab.api import LabHandle
from haconsole.lab.topology import LB01, WEBS
from haconsole.parsers.conf import Editor, parse
from haconsole.parsers.conf.reading import Reading
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.parsers.keepalived_version import parse_version
from haconsole.parsers.nginx_conf import read_dump
from tests.parsers.conf.language import random_text, told_by_keepalived, told_by_us

pytestmark = pytest.mark.lab
_TEST = "cat > /tmp/$$.conf && exec timeout 5 keepalived -t -l -f /tmp/$$.conf -i main"
_FILES = 60


def config_test(lab: LabHandle, text: str) -> tuple[int, str]:
    done = lab.machine("lb02").run(["sh", "-c", _TEST], stdin=text)
    return done.returncode, done.stdout + done.stderr


def test_lines_are_those_that_keepalived_makes(lab: LabHandle) -> None:
    version = parse_version(lab.exec("lb02", ["sh", "-c", "keepalived -v 2>&1"]).stdout)
    reading = Reading("main", version)
    random = Random(4)
    compared = 0
    for _ in range(_FILES):
        text = random_text(random)
        status, output = config_test(lab, text)
        if status in (124, 134, 139):
            continue  # 2.2.7 crashes or hangs on some of these files
        compared += 1
        told = told_by_keepalived(output)
        assert told
        assert told_by_us(text, reading) == told, text
    assert compared > _FILES * 0.7


def test_real_samples_come_back_byte_for_byte(lab: LabHandle) -> None:
    script = "cd /usr/share/doc/keepalived/samples && for f in keepalived.conf.*; do base64 -w0 $f; echo; done"
    samples = lab.exec("lb01", ["sh", "-c", script]).stdout.split()
    assert len(samples) > 10, "THE REAL SAMPLES WERE NOT READ: keepalived's package has none here"
    for encoded in samples:
        data = base64.b64decode(encoded)
        document = parse(data)
        assert bytes(document) == data
        assert document.problems == ()
        conf = read_conf(data.decode(), reading=Reading("main"))
        assert not [p for p in conf.problems if "block" in str(p) or "brace" in str(p)]


def test_an_edited_configuration_is_accepted(lab: LabHandle) -> None:
    before = provision.keepalived_conf(LB01)
    editor = Editor(parse(before))
    instance = "vrrp_instance VI_1"
    editor.set(f"{instance} / priority", 77)
    editor.set(f"{instance} / advert_int", 0.5)
    editor.add_to_list(
        f"{instance} / virtual_ipaddress", "10.0.0.177/24", "dev", "eth0", "label", "eth0:x"
    )
    editor.add_to_list(f"{instance} / unicast_peer", "10.0.0.10")
    editor.ensure_block("vrrp_sync_group G / group")
    editor.append("vrrp_sync_group G / group", "VI_1")
    editor.remove(f"{instance} / track_script")
    text = str(editor.document)
    status, output = config_test(lab, text)
    assert "Unknown keyword" not in output
    assert status == config_test(lab, before)[0], output
    (read,) = read_conf(text).instances
    assert (read.priority, read.advert_int_s, read.vips[-1].label) == (77, 0.5, "eth0:x")


def test_what_nginx_dumps(lab: LabHandle) -> None:
    conf = read_dump(lab.exec("lb01", ["nginx", "-T"]).stdout)
    assert conf.problems == ()
    (upstream,) = conf.upstreams
    assert {server.host for server in upstream.servers} == {web.address for web in WEBS}
    assert "haconsole" in {one.name for one in conf.log_formats}
    proxied = [
        location for server in conf.servers for location in server.locations if location.upstream
    ]
    assert {location.upstream for location in proxied} == {upstream.name}
