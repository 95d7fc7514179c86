"""From a file's bytes to text: byte order marks, declared encodings, and what is no text at all."""

from __future__ import annotations

import codecs
import gzip
import zlib
from pathlib import Path

from lowback.frozen import read_bytes

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NOT_TEXT = {
    b"PK\x03\x04": "this is an Excel workbook or another zip archive; export the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "this is an old Excel workbook; export the sheet as CSV",
    b"PAR1": "this is Parquet; name it .parquet",
    b"%PDF": "this is a PDF, not a table of text",
}
ENCODING_HINT = (
    "bytes that are not {}; declare the file's encoding, such as encoding: latin-1 or encoding: cp1252"
)


class UnreadableError(ValueError):
    """A file that holds no table; the message is the rule that it meets."""


def file_bytes(path: Path) -> bytes:
    """What the file holds, unpacked when it is gzip."""
    try:
        raw = read_bytes(path)
        return gzip.decompress(raw) if path.suffix.lower() == ".gz" else raw
    except FileNotFoundError:
        raise UnreadableError("no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError(f"cannot be read ({error})") from None


def decoded(raw: bytes, declared: str | None) -> str:
    """The file's text; bytes that do not fit the encoding stay in it as lone surrogates, to be named by row.

    A byte order mark outranks the declared encoding, since it is part of the file; without either it is UTF-8.
    """
    for start, rule in _NOT_TEXT.items():
        if raw.startswith(start):
            raise UnreadableError(rule)
    encoding = next((name for mark, name in _MARKS.items() if raw.startswith(mark)), declared or "utf-8")
    _refuse_wide_characters(raw, encoding)
    if _is_one_byte(encoding) and _is_utf8_beyond_ascii(raw):
        raise UnreadableError(f"declared as {encoding}, and yet the bytes are UTF-8; declare encoding: utf-8")
    try:
        return raw.decode(encoding, errors="surrogateescape")
    except UnicodeError as error:
        raise UnreadableError(f"{ENCODING_HINT.format(encoding)} ({error})") from None


def _refuse_wide_characters(raw: bytes, encoding: str) -> None:
    start = raw[:200]
    if encoding.replace("-", "_").startswith(("utf_16", "utf_32")) or start.count(0) <= len(start) / 3:
        return
    order = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    raise UnreadableError(
        f"NUL bytes in every character: UTF-16 without a byte order mark; declare encoding: {order}"
    )


def _is_one_byte(encoding: str) -> bool:
    return codecs.lookup(encoding).name.startswith(("iso8859", "cp125", "mac", "latin"))


def _is_utf8_beyond_ascii(raw: bytes) -> bool:
    try:
        return not raw.decode("utf-8").isascii()
    except UnicodeDecodeError:
        return False
