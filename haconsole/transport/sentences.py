"""Errors of the library and the system → one sentence with the host, the cause, what to do."""

from __future__ import annotations

import errno
import re
import socket

import asyncssh

from haconsole.domain.notes import Note, NoteValue, note

from .cleaning import clean_words
from .client import Client
from .errors import LinkDownError, RefusedError, TransportError, failure
from .knownhosts import KnownHosts, fingerprint

_METHODS = {
    "key": note("keys"),
    "password": note("a password"),
    "questions": note("answers to its questions"),
}


def unreached(error: BaseException, host: str, where: str, jump: str | None) -> TransportError:
    """Return the sentence for a host that could not be reached; ``where`` is address and port."""
    values: dict[str, NoteValue] = {"host": host, "where": where, "jump": jump or ""}
    if isinstance(error, asyncssh.ChannelOpenError):
        return _not_forwarded(error, values)
    if isinstance(error, socket.gaierror):
        template = "{host}: the name {where} does not resolve. Check the inventory and DNS."
    elif isinstance(error, TimeoutError):
        template = "{host} ({where}) gave no answer in time. Is it up, and the network between?"
    elif isinstance(error, ConnectionRefusedError):
        template = "{host} ({where}) refused the connection: no sshd listens there."
    elif isinstance(error, ConnectionError):
        template = "{host} ({where}) closed the connection before the SSH handshake was done."
    elif isinstance(error, OSError) and error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        template = "{host} ({where}) cannot be reached: no route to it."
    else:  # also what the library could not make sense of
        values["reason"] = clean_words(str(error)) or type(error).__name__
        template = "{host} ({where}) cannot be reached: {reason}."
    return failure(LinkDownError, template, **values)


def _not_forwarded(
    error: asyncssh.ChannelOpenError, values: dict[str, NoteValue]
) -> TransportError:
    reason = clean_words(error.reason)
    if error.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED:
        return failure(
            RefusedError,
            "The jump host {jump} does not forward to {host} ({where}): its sshd says "
            "AllowTcpForwarding no, or PermitOpen leaves it out.",
            **values,
        )
    return failure(
        LinkDownError,
        "The jump host {jump} cannot reach {host} ({where}): {reason}.",
        reason=reason.rstrip(".") or note("no reason given"),
        **values,
    )


def not_entered(error: asyncssh.Error, client: Client, where: str) -> TransportError:
    """Return the sentence for a host that answered and let us not in."""
    host, user = client.host, client.identity.user
    if isinstance(error, asyncssh.PermissionDenied):
        return _denied(client, where)
    if isinstance(error, asyncssh.KeyExchangeFailed):
        return _nothing_common(error, host, where)
    if isinstance(error, asyncssh.ConnectionLost):
        return failure(
            LinkDownError,
            "{host} ({where}) closed the connection before the SSH handshake was done.",
            host=host,
            where=where,
        )
    return failure(
        LinkDownError,
        "{host} ({where}) broke off the login of {user}: {reason}.",
        host=host,
        where=where,
        user=user,
        reason=clean_words(error.reason).rstrip("."),
    )


def _nothing_common(error: asyncssh.KeyExchangeFailed, host: str, where: str) -> TransportError:
    # The library's words: No matching KIND algorithm found, sent OURS and received THEIRS
    found = re.match(r"No matching (.+) algorithm found, .* and received (.*)$", error.reason)
    return failure(
        RefusedError,
        "{host} ({where}) shares no {kind} algorithm with this console; it offers {offer}.",
        host=host,
        where=where,
        kind=clean_words(found[1]) if found else "host key",
        offer=clean_words(found[2], 120) if found else note("none that we take"),
    )


def _denied(client: Client, where: str) -> TransportError:
    values: dict[str, NoteValue] = {
        "host": client.host,
        "where": where,
        "user": client.identity.user,
    }
    if client.declined:
        return failure(
            RefusedError,
            "{host} ({where}) was not entered as {user}: the question was declined.",
            **values,
        )
    bad = next((file for file in client.identity.files if file.problem), None)
    if bad is not None and client.identity.explicit:
        return failure(
            RefusedError,
            "{host} ({where}) did not let {user} in, and the key {file} cannot be used: {reason}.",
            file=str(bad.path),
            reason=bad.problem,
            **values,
        )
    if not client.tried:
        return failure(
            RefusedError,
            "{host} ({where}) did not let {user} in: there was no key to try, and it takes no "
            "password. Name a key in the inventory, or load one into the agent.",
            **values,
        )
    return failure(
        RefusedError,
        "{host} ({where}) did not let {user} in; tried {methods}. Check the user and the key.",
        methods=_methods(client.tried),
        **values,
    )


def _methods(tried: list[str]) -> Note:
    words: list[NoteValue] = [_METHODS[method] for method in tried]
    if len(words) == 1:
        return note("{one}", one=words[0])
    if len(words) == 2:
        return note("{one} and {two}", one=words[0], two=words[1])
    return note("{one}, {two} and {three}", one=words[0], two=words[1], three=words[2])


def key_changed(
    client: Client, known: KnownHosts, name: str, port: int, where: str
) -> TransportError:
    """Return the sentence for a host key that is not the known one. Nobody is asked."""
    assert client.stranger is not None  # noqa: S101 - the caller looked
    entry = known.entries(name, port)[0]
    return failure(
        RefusedError,
        "{host} ({where}) shows another host key than the known one: {new}, known is {old} "
        "({file}). Somebody may be in between; if the host was reinstalled, remove that line.",
        host=client.host,
        where=where,
        new=fingerprint(client.stranger),
        old=fingerprint(entry.key),
        file=entry.where,
    )


def key_of_other_kind(
    client: Client, known: KnownHosts, name: str, port: int, where: str
) -> TransportError:
    """Return the sentence for a host that has no key of the kind that known_hosts holds."""
    entry = known.entries(name, port)[0]
    return failure(
        RefusedError,
        "{host} ({where}) has no host key of the known kind {kind} ({file}). If its keys were "
        "renewed, remove that line and compare the new fingerprint.",
        host=client.host,
        where=where,
        kind=entry.key.get_algorithm(),
        file=entry.where,
    )


def key_refused(client: Client, reason: str, where: str) -> TransportError:
    """Return the sentence for a host key that is revoked, or a certificate that does not hold."""
    return failure(
        RefusedError,
        "{host} ({where}) was not entered: {reason}.",
        host=client.host,
        where=where,
        reason=clean_words(reason),
    )


def key_declined(client: Client, where: str) -> TransportError:
    """Return the sentence for an unknown host key that the operator did not trust."""
    assert client.stranger is not None  # noqa: S101 - the caller looked
    return failure(
        RefusedError,
        "{host} ({where}) shows a host key that is not in known_hosts ({fingerprint}), and it "
        "was not trusted.",
        host=client.host,
        where=where,
        fingerprint=fingerprint(client.stranger),
    )
