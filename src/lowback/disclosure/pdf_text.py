"""The words of a PDF as a reader sees and copies them: glyph numbers turned back by the maps that each font brings along.

For files as a compiler writes them: plain objects, streams packed by deflate or not at all (ISO 32000-2, 7.3.4, 9.10.3).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping

OBJECT = re.compile(rb"(?<!\d)(\d+) \d+ obj\b(.*?)\bendobj", re.DOTALL)
STREAM = re.compile(rb"\bstream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
DRAWN = re.compile(rb"/Subtype\s*/(?:Image|CIDFontType0C|Type1C|OpenType)|/Length1\b")
"""What the dictionary of a picture or a font says."""
FONTS = re.compile(rb"/Font\s*<<(.*?)>>", re.DOTALL)
NAME = re.compile(rb"/[^\s/<>\[\]()]{3,}")
NAMED = re.compile(rb"/([^\s/<>\[\]()]+)\s+(\d+) \d+ R")
TO_UNICODE = re.compile(rb"/ToUnicode\s+(\d+) \d+ R")
SECTION = re.compile(rb"beginbf(char|range)(.*?)endbf", re.DOTALL)
TARGETS = re.compile(rb"<([0-9A-Fa-f\s]+)>|\[([^\]]*)\]")
LITERAL = rb"\((?>[^()\\]+|\\.)*+\)"
for _ in range(4):
    # Brackets within one need no sign before them where each has its other half.
    LITERAL = rb"\((?>[^()\\]+|\\.|" + LITERAL + rb")*+\)"
SHOWN = re.compile(
    rb"/([^\s/<>\[\]()]+)\s+[-\d.]+\s+Tf|(\[(?:" + LITERAL + rb"|[^\](])*\]|" + LITERAL + rb"|<[0-9A-Fa-f\s]+>)\s*(?:TJ|Tj|'|\")",
    re.DOTALL,
)  # fmt: skip
STRING = re.compile(LITERAL + rb"|<[0-9A-Fa-f\s]+>", re.DOTALL)
ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
LETTERS = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"b": b"\b",
    b"f": b"\f",
    b"\n": b"",
    b"\r": b"",
    b"\r\n": b"",
}
BREAKS = re.compile("[\u200b\u00ad]")
"""What stands in a word where a line may end."""
Glyphs = Mapping[bytes, str]


def words_of_pdf(content: bytes, largest: int) -> Iterator[str]:
    """What the pages show, with a space between its pieces and without, and the texts beside them, such as titles.

    A stream that holds more than `largest` bytes is passed over.
    """
    objects = dict(OBJECT.findall(content))
    streams = {number: _unpacked(one, largest) for number, one in objects.items()}
    fonts = _fonts(objects, streams)
    for stream in filter(None, streams.values()):
        if b" Tf" in stream:
            for turn in range(max(map(len, fonts.values()), default=1)):
                pieces = list(_pieces(stream, fonts, turn))
                yield from (BREAKS.sub("", between.join(pieces)) for between in (" ", ""))
    outside = STREAM.sub(b"", content)
    yield "\n".join(_told(_bytes(one)) for one in STRING.findall(outside))


def other_streams(content: bytes, largest: int) -> Iterator[bytes]:
    """What is in the streams that are neither pages nor pixels, fonts or their maps, and the names outside of streams."""
    for _, body in OBJECT.findall(content):
        found = STREAM.search(body)
        if found is not None and not DRAWN.search(body[: found.start()]):
            stream = _unpacked(body, largest)
            yield b"" if b" Tf" in stream or b"begincmap" in stream else stream
    yield b" ".join(sorted(set(NAME.findall(STREAM.sub(b"", content)))))


def _unpacked(body: bytes, largest: int) -> bytes:
    found = STREAM.search(body)
    if found is None:
        return b""
    if b"/FlateDecode" not in body[: found.start()]:
        return found.group(1)
    packed = zlib.decompressobj()
    try:
        read = packed.decompress(found.group(1), largest)
    except zlib.error:
        return b""
    return b"" if packed.unconsumed_tail else read


def _fonts(objects: Mapping[bytes, bytes], streams: Mapping[bytes, bytes]) -> dict[bytes, list[Glyphs]]:
    """The letters of each font's glyphs by the name that pages give it; pages may mean several by one name."""
    found: dict[bytes, list[Glyphs]] = {}
    read: dict[bytes, Glyphs] = {}
    for listed in FONTS.findall(b"\n".join(objects.values())):
        for name, number in NAMED.findall(listed):
            map_of = TO_UNICODE.search(objects.get(number, b""))
            if map_of is not None:
                place = map_of.group(1)
                read.setdefault(place, _glyphs(streams.get(place, b"")))
                if read[place] not in found.setdefault(name, []):
                    found[name].append(read[place])
    return found


def _glyphs(stream: bytes) -> Glyphs:
    found: dict[bytes, str] = {}
    for kind, section in SECTION.findall(stream):
        told = list(TARGETS.finditer(section))
        if kind == b"char":
            for code, text in zip(told[::2], told[1::2], strict=False):
                found[_hex(code.group(1))] = _letters(text.group(1))
        else:
            for first, last, text in zip(told[::3], told[1::3], told[2::3], strict=False):
                found |= _range(_hex(first.group(1)), _hex(last.group(1)), text)
    return found


def _range(first: bytes, last: bytes, text: re.Match[bytes]) -> dict[bytes, str]:
    """The letters of glyphs that follow one another: one each, or the first, from which they count on."""
    start, size = int.from_bytes(first), len(first)
    codes = [code.to_bytes(size) for code in range(start, min(int.from_bytes(last), start + 65_535) + 1)]
    if text.group(2) is not None:
        each = [_letters(one.group(1)) for one in TARGETS.finditer(text.group(2))]
        return dict(zip(codes, each, strict=False))
    begins = _letters(text.group(1))
    return {code: begins[:-1] + chr(ord(begins[-1]) + n) for n, code in enumerate(codes)} if begins else {}


def _pieces(stream: bytes, fonts: Mapping[bytes, list[Glyphs]], turn: int) -> Iterator[str]:
    """Each run of text by the map of its font, of several that its name may mean by the one whose turn it is."""
    maps: list[Glyphs] = []
    for name, shown in SHOWN.findall(stream):
        if name:
            maps = fonts.get(name, [])
        else:
            run = b"".join(_bytes(one) for one in STRING.findall(shown))
            yield _read(run, maps[turn % len(maps)]) if maps else _told(run)


def _read(run: bytes, glyphs: Glyphs) -> str:
    size = len(next(iter(glyphs), b" "))
    return "".join(glyphs.get(run[at : at + size], "") for at in range(0, len(run), size))


def _bytes(string: bytes) -> bytes:
    """What a string in brackets of either kind holds."""
    inside = string[1:-1]
    return _hex(inside) if string[:1] == b"<" else ESCAPE.sub(_letter, inside)


def _letter(found: re.Match[bytes]) -> bytes:
    one = found.group(1)
    return bytes([int(one, 8) & 255]) if one.isdigit() else LETTERS.get(one, one)


def _hex(digits: bytes) -> bytes:
    plain = b"".join(digits.split())
    return bytes.fromhex((plain + b"0" * (len(plain) % 2)).decode("ascii"))


def _letters(digits: bytes) -> str:
    return _hex(digits).decode("utf-16-be", "ignore")


def _told(text: bytes) -> str:
    return text[2:].decode("utf-16-be", "replace") if text[:2] == b"\xfe\xff" else text.decode("latin-1")
