"""Secrets out of text that is shown or kept: configurations, dumps, JSON, processes, requests.

One place: whoever shows, keeps or gives away a text asks :func:`mask_secrets`.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: What stands for a secret, whatever its length.
MASK = "********"

_GAP = r"(?:[ \t]|\\\r?\n)+"
_VALUE = r"(?:\"(?:[^\"\\\n]|\\.)*\"?|'[^'\n]*'?|(?:\$\{\w{1,200}\}|[^\s;{}\"'])+)"
#: Directives whose first value is a secret, whatever it looks like; in comments too.
_DIRECTIVE = re.compile(
    rf"(?i)(?P<key>(?<![\w-])(?:auth_pass|auth_data|community){_GAP})(?P<value>{_VALUE})"
)
#: ``key ID SECRET`` of keepalived 2.4's ``auth_hmac``: everything after the key.
_HMAC_KEY = re.compile(r"(?m)(?P<key>(?:^|[{;])[ \t]*key[ \t]+)(?P<value>[^\n{}]+)")
#: ``password = x``, ``"auth_data": "x"``, ``X-Auth-Token x;``, ``accessToken=x``, ``PGPASSWORD=x``:
#: whatever a name ends in (a variable is no secret, another option neither).
_NAMED = re.compile(
    r"(?i)(?P<key>(?:auth_pass|auth_data|password|passwd|passphrase|secret"
    r"|api[_-]?key|access[_-]?key|token|_pwd)\"?(?>[ \t]*[=:][ \t]*|(?:[ \t]|\\\r?\n)+))"
    rf"(?P<value>(?!\$|--|\*{{8}}){_VALUE})"
)
_AUTHORIZATION = re.compile(
    r"(?i)(?P<key>(?:\bauthorization[\"']?[ \t:]+[\"']?(?:basic|bearer|digest)[ \t]+"
    r"|(?:\bauthorization[\"']?[ \t]*[:=]|_header[ \t]+[\"']?authorization[\"']?)[ \t]*[\"']?"
    r"(?:(?:basic|bearer|digest)[ \t]+)?))"
    r"(?P<value>(?!\$)[^\s\"';]+)"
)
_IN_URL = re.compile(
    r"(?P<key>\b[a-zA-Z][\w+.-]{0,20}://[^\s/:@\"']{0,100}:)(?P<value>[^\s/@\"']+)(?=@)"
)
#: ``--password x``, ``--auth-token=x``, of commands that processes, logs and checks repeat.
_IN_OPTION = re.compile(
    r"(?i)(?P<key>(?<!\S)--?(?:[\w-]{0,30}-)?(?:pass|passwd|password|passphrase|secret|token|"
    rf"auth-pass|api-?key)(?:=|[ \t]+))(?P<value>(?!-){_VALUE})"
)
#: ``-u NAME:x`` of curl and its like.
_IN_USER = re.compile(
    r"(?P<key>(?<!\S)(?:-u[ \t]*|--(?:proxy-)?user(?:=|[ \t]+))[\"']?[^\s:\"'/]{1,100}:)"
    r"(?P<value>[^\s\"']+)"
)
#: What requests carry: a session's or signature's value, or one whose name tells it.
_IN_QUERY = re.compile(
    r"(?i)(?P<key>[?&;](?:session\w{0,20}|sid|sig|signature|pwd|jwt"
    r"|[\w.-]{0,40}(?:token|password|passwd|secret|api[_-]?key|access[_-]?key))=)"
    r"(?P<value>[^\s&;\"]+)"
)
#: ``mysqladmin … -px``, ``redis-cli … -a x``: what only these two take for a password.
_IN_CLIENT = re.compile(
    r"(?P<key>\b(?:(?:mysql|mariadb)\w*\b[^\n;|&]{0,200}?[ \t]-p|redis-cli\b[^\n;|&]{0,200}?"
    rf"[ \t]-a[ \t]+))(?P<value>{_VALUE})"
)
#: ``Cookie: name=x``, as a header of a check has it.
_COOKIE = re.compile(r"(?i)(?P<key>\bcookie:[ \t]*[\w.-]{1,60}=)(?P<value>[^\s;\"']+)")
_PRIVATE_KEY = re.compile(
    r"(?P<key>-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)(?P<value>.*?)"
    r"(?P<end>-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)


#: Every pattern needs one of these: what has none is not looked at closer.
_SUSPECT = re.compile(
    r"(?i)pass|auth|community|key|secret|token|://|[?&;]s|[?&;_]pwd|[?&;]jwt|-u|-p|-a|cookie"
)
_SHORT = 400


#: A definition of keepalived.conf whose name stands where a secret belongs.
_USED = re.compile(r"(?:\bauth_pass|^[ \t]*key[ \t]+\S+)[ \t]+\"?([^\n]*)", re.MULTILINE)
_REFERENCE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_DEFINITION = re.compile(
    r"(?m)(?P<key>^[ \t]*(?:@\S*[ \t]+)?\$(?P<name>[A-Za-z_]\w*)="
    r")(?P<value>(?:[^\n]*\\\r?\n)*[^\n]*)"
)
_WORDS = re.compile(r"[^\s\\]+(?:[ \t]+[^\s\\]+)*")
#: ``~LST(P, one, two) auth_pass ${P}``: its values may be secrets.
_LISTED = re.compile(
    r"(?m)(?P<key>^[ \t]*(?:@\S*[ \t]+)?~LST[ \t]*\()(?P<value>[^\n)]*)(?=\).*auth_pass)"
)


def mask_secrets(text: str) -> str:
    """Return ``text`` with every secret that it is known to hold as ``********``.

    Masks passwords, keys and tokens by the name or the option before them, credentials in URLs,
    headers, queries and curl's ``-u``, and private keys; and definitions (``$NAME=…``) that such
    a name refers to. Lines stay lines. What has no telling name cannot be recognised.
    """
    if len(text) <= _SHORT:
        return _short(text)
    return _mask(text) if _SUSPECT.search(text) else text


@lru_cache(maxsize=4096)  # names, states and lines of logs come again and again
def _short(text: str) -> str:
    return _mask(text) if _SUSPECT.search(text) else text


def _mask(text: str) -> str:
    text = _without_definitions(text) if "$" in text else text
    text = _PRIVATE_KEY.sub(lambda m: f"{m['key']}\n{MASK}\n{m['end']}", text)
    for pattern in _PATTERNS:
        text = pattern.sub(_masked, text)
    return text


_PATTERNS = (
    *(_IN_QUERY, _NAMED, _DIRECTIVE, _HMAC_KEY, _AUTHORIZATION, _IN_URL, _IN_OPTION, _IN_USER),
    *(_IN_CLIENT, _COOKIE),
)


def _without_definitions(text: str) -> str:
    """Mask the values of definitions that are used as secrets, and of those within them."""
    values: dict[str, list[str]] = {}
    for match in _DEFINITION.finditer(text):
        values.setdefault(match["name"], []).append(match["value"])
    waiting = [name for used in _USED.findall(text) for name in _REFERENCE.findall(used)]
    secret: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in secret and name in values:
            secret.add(name)
            waiting += [other for value in values[name] for other in _REFERENCE.findall(value)]

    def masked(match: re.Match[str]) -> str:
        if match["name"] not in secret:
            return match[0]
        return match["key"] + _WORDS.sub(MASK, match["value"])

    return _LISTED.sub(_masked, _DEFINITION.sub(masked, text) if secret else text)


def _masked(match: re.Match[str]) -> str:
    """Keep the quotes, so that the text stays well formed."""
    value = match["value"]
    quote = value[0] if value[:1] in ('"', "'") else ""
    closing = quote if len(value) > 1 and value.endswith(quote) else ""
    return f"{match['key']}{quote}{MASK}{closing if quote else ''}"
