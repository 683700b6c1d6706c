"""System call errors in the words of glibc, the same wherever Python runs."""

from __future__ import annotations

import errno

_WORDS = {
    errno.EPERM: "Operation not permitted",
    errno.ENOENT: "No such file or directory",
    errno.ESRCH: "No such process",
    errno.EINTR: "Interrupted system call",
    errno.EIO: "Input/output error",
    errno.ENOEXEC: "Exec format error",
    errno.EBADF: "Bad file descriptor",
    errno.ECHILD: "No child processes",
    errno.EAGAIN: "Resource temporarily unavailable",
    errno.EACCES: "Permission denied",
    errno.EBUSY: "Device or resource busy",
    errno.EEXIST: "File exists",
    errno.ENOTDIR: "Not a directory",
    errno.EISDIR: "Is a directory",
    errno.EINVAL: "Invalid argument",
    errno.EFBIG: "File too large",
    errno.ENOSPC: "No space left on device",
    errno.ESPIPE: "Illegal seek",
    errno.EROFS: "Read-only file system",
    errno.EPIPE: "Broken pipe",
    errno.ENAMETOOLONG: "File name too long",
    errno.ENOTEMPTY: "Directory not empty",
    errno.ELOOP: "Too many levels of symbolic links",
}


def failure(number: int, path: str | None = None) -> OSError:
    """Return the ``OSError`` for an error number; Python picks the fitting subclass."""
    words = _WORDS.get(number, f"Unknown error {number}")
    return OSError(number, words, path) if path is not None else OSError(number, words)


def words_of(error: OSError) -> str:
    """Return what strerror(3) says of an error."""
    return _WORDS.get(error.errno or 0, error.strerror or str(error))
