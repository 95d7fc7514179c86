"""Everything that bytes or text may say once they are decoded: text within text, in the encodings that notebooks and files use."""

from __future__ import annotations

import base64
import binascii
import bz2
import codecs
import html
import io
import lzma
import quopri
import re
import struct
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterator

from lowback.csv_text import unguarded
from lowback.disclosure.pdf_text import other_streams, words_of_pdf

DEEPEST = 6
LARGEST = 64_000_000
"""Bytes that one compressed piece may hold; a larger one is not unpacked, and said to be unreadable."""
SHORTEST_RUN = 6
LONG_RUN = 1_000
"""Letters of base64 from which a run is taken for a file, and read once by itself."""
PNG = b"\x89PNG\r\n\x1a\n"
PIXELS = {b"IDAT", b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"IEND"}
WRAPPED_BASE64 = re.compile(r"(?:[A-Za-z0-9+/\-_]{20,}\s{1,2})+[A-Za-z0-9+/\-_]+={0,2}")
BASE64 = re.compile(rf"[A-Za-z0-9+/\-_]{{{SHORTEST_RUN},}}={{0,2}}")
LONG_BASE64 = re.compile(rf"[A-Za-z0-9+/\-_]{{{LONG_RUN},}}={{0,2}}")
BASE32 = re.compile(r"[A-Z2-7]{8,}={0,6}")
HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){3,}|(?:[0-9A-Fa-f]{2}[\s:,-]){3,}[0-9A-Fa-f]{2}")
ESCAPED = re.compile(r"\\+(?:u\{?([0-9A-Fa-f]{4})\}?|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-7]{3}))")
MARKUP = re.compile(r"\s*<[!?a-zA-Z]")
INSIDE_WORDS = re.compile(
    r"</?(?:span|b|i|em|strong|code|mark|a|sub|sup|u|small|wbr|font|w:(?!(?:p|tab|br|cr|tc|tr)\b)\w+)\b[^<>]{0,5000}>"
)
"""Tags that may stand inside a word of a page or a Word document."""
TAG = re.compile(r"<[^<>]{1,5000}>")
Said = str | bytes


def readings(content: Said) -> Iterator[Said]:
    """The content and every text and bytes that it decodes to, each once."""
    seen: set[Said] = set()
    waiting: list[tuple[Said, int]] = [(content, 0)]
    while waiting:
        one, depth = waiting.pop()
        # Equal letters and bytes have equal hashes, but are never equal.
        if one in seen or not one:
            continue
        seen.add(one)
        yield one
        if depth < DEEPEST:
            within = _of_text(one) if isinstance(one, str) else _of_bytes(one)
            waiting += [(found, depth + 1) for found in within]


def _of_text(text: str) -> Iterator[Said]:
    short = LONG_BASE64.sub(" ", text)
    if len(short) < len(text):
        for run in LONG_BASE64.finditer(text):
            yield from _of_base64(run.group())
        yield short
        return
    if MARKUP.match(text):
        yield TAG.sub("\n", INSIDE_WORDS.sub("", text))
    for decoded in (html.unescape(text), urllib.parse.unquote(text), _unescaped(text), unguarded(text)):
        if decoded != text:
            yield decoded
    if re.search(r"=[0-9A-F]{2}", text):
        yield quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    if "\\n" in text:
        yield text.replace("\\n", "\n")
    for pattern in (BASE64, WRAPPED_BASE64):
        for run in pattern.finditer(text):
            yield from _of_base64(run.group())
    for run in BASE32.finditer(text):
        letters = run.group().rstrip("=")
        yield from _tried(base64.b32decode, letters + "=" * (-len(letters) % 8))
    for run in HEX.finditer(text):
        digits = re.sub(r"[^0-9A-Fa-f]", "", run.group())
        for start in (0, 1):
            yield from _tried(bytes.fromhex, digits[start : len(digits) - (len(digits) - start) % 2])


def _of_base64(run: str) -> Iterator[bytes]:
    """A run of base64 read from each of its first four letters, since text before it may have run into it."""
    letters = "".join(run.split()).rstrip("=").replace("-", "+").replace("_", "/")
    for start in range(4):
        part = letters[start:]
        part = part[:-1] if len(part) % 4 == 1 else part
        for found in _tried(base64.b64decode, part + "=" * (-len(part) % 4)):
            yield found
            if found.startswith(PNG):
                return


def _of_bytes(content: bytes) -> Iterator[Said]:
    if content.startswith(PNG):
        yield from _of_png(content)
        return
    if content.startswith(b"PK\x03\x04") and zipfile.is_zipfile(io.BytesIO(content)):
        yield from _of_zip(content)
        return
    if content.startswith(b"%PDF"):
        yield from words_of_pdf(content, LARGEST)
        yield from other_streams(content, LARGEST)
        return
    yield from _unpacked(content)
    text = content.decode("utf-8", "replace")
    yield text if "\ufffd" not in text else content.decode("latin-1")
    if b"\0" in content:
        for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            for start in (0, 1):
                yield content[start:].decode(name, "ignore").replace("\0", " ")


def _of_png(content: bytes) -> Iterator[bytes]:
    """The pieces of a picture that hold no pixels, and whatever follows its end."""
    at = len(PNG)
    while at + 12 <= len(content):
        (size,) = struct.unpack(">I", content[at : at + 4])
        kind, piece = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        at += 12 + size
        if kind not in PIXELS:
            yield piece
            # Compressed text stands after its keyword, a zero and the method.
            for place in re.finditer(b"\0", piece[:200]):
                yield piece[place.end() + 1 :]
                yield piece[place.end() :]
        if kind == b"IEND":
            break
    yield content[at:]


def _of_zip(content: bytes) -> Iterator[Said]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield archive.comment
            for entry in archive.infolist():
                yield entry.filename
                if entry.file_size <= LARGEST:
                    yield archive.read(entry)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, zlib.error, NotImplementedError):
        return


def _unpacked(content: bytes) -> Iterator[bytes]:
    """What is in the bytes if they are packed: gzip, zlib, bare deflate, bzip2 or xz."""
    for window in (31, 15, -15):
        packed = zlib.decompressobj(window)
        try:
            found = packed.decompress(content, LARGEST)
        except zlib.error:
            continue
        # Almost any bytes begin a bare deflate stream; only one that ends as it should is one.
        if found and (window > 0 or packed.eof):
            yield found
    if content.startswith(b"BZh"):
        yield from _tried(bz2.decompress, content)
    if content.startswith(b"\xfd7zXZ"):
        yield from _tried(lzma.decompress, content)


def _unescaped(text: str) -> str:
    def letter(found: re.Match[str]) -> str:
        digits = next(one for one in found.groups() if one)
        code = int(digits, 8 if found.group(4) else 16)
        return chr(code) if code < 0x110000 else ""

    return ESCAPED.sub(letter, text) if "\\" in text else text


def _tried(decode: Callable[..., bytes], content: Said) -> Iterator[bytes]:
    try:
        yield decode(content)
    except (binascii.Error, ValueError, OSError, EOFError, lzma.LZMAError):
        return


def turned(text: str) -> str:
    """The text by ROT13."""
    return codecs.encode(text, "rot13")
