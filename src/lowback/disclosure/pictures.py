"""Pictures with nothing in their file but pixels and what they show in words."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import overload

from lowback.disclosure.decoding import PNG

NEEDED = {b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"IDAT"}
"""The pieces that a PNG is drawn from; any other may hold text."""


@overload
def plain_picture(png: bytes, alt: str) -> bytes: ...
@overload
def plain_picture(png: str, alt: str) -> str: ...
def plain_picture(png: bytes | str, alt: str) -> bytes | str:
    """The PNG, as bytes or base64, with its pixels alone and `alt` as its description; what follows its end is dropped.

    Raises ValueError where it is no PNG. Pieces: PNG specification, third edition, W3C 2025, chapter 11.
    """
    if isinstance(png, str):
        return base64.b64encode(plain_picture(base64.b64decode(png), alt)).decode("ascii")
    if not png.startswith(PNG):
        raise ValueError("a figure that is no PNG image")
    pieces, at = [], len(PNG)
    while at + 12 <= len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind = png[at + 4 : at + 8]
        if kind in NEEDED:
            pieces.append(png[at : at + 12 + size])
        at += 12 + size
        if kind == b"IEND":
            break
    described = _piece(b"iTXt", b"Description\0\0\0\0\0" + alt.encode("utf-8"))
    return b"".join([PNG, pieces[0], described, *pieces[1:], _piece(b"IEND", b"")])


def _piece(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))
