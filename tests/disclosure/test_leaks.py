"""Identifiers, typed texts and dates are found in any encoding, in any part of a notebook, and never repeated."""

from __future__ import annotations

import base64
import bz2
import codecs
import gzip
import json
import random
import struct
import urllib.parse
import zlib
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from canaries import identifiers, typed

from lowback.csv_text import csv_text
from lowback.disclosure import Private
from lowback.disclosure.pictures import plain_picture
from lowback.publish.failure import Failure
from lowback.publish.harvest import harvest
from lowback.publish.public import (
    KEPT_PRIVATE,
    not_for_the_public,
    public_failures,
    public_notebook,
)
from lowback.publish.release import public_inputs

WHO = identifiers(300, random.Random(4))
NUMBERS = [str(one) for one in range(4001, 4100)]
SAID = typed(40, random.Random(5))
PRIVATE = Private(frozenset([*WHO, *NUMBERS]), frozenset(SAID), frozenset({"1957-03-11", "11/03/1957"}))
LONG, SHORT, DIGITS, SIGNED, ACCENTED = WHO[0], WHO[1], WHO[2], WHO[3], WHO[4]


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def deflated(content: bytes) -> bytes:
    packed = zlib.compressobj(wbits=-15)
    return packed.compress(content) + packed.flush()


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda one: f"seen: {one}.",
    "upper and lower case": lambda one: f"seen: {one.swapcase()}.",
    "base64": lambda one: b64(f"see {one} here".encode()),
    "base64, one letter on": lambda one: b64(f"1see {one} here".encode()),
    "base64, two letters on": lambda one: b64(f"12see {one} here".encode()),
    "base64 after other letters": lambda one: "x" + b64(f"see {one} here".encode()),
    "base64 in lines": lambda one: base64.encodebytes(f"{'.' * 90}see {one} here".encode()).decode(),
    "base64 for addresses": lambda one: base64.urlsafe_b64encode(f">>>???>>> {one} here, and more of it".encode()).decode(),
    "base64 twice": lambda one: b64(b64(f"see {one} here".encode()).encode()),
    "base32": lambda one: base64.b32encode(f"see {one} here, and more of it".encode()).decode(),
    "hexadecimal": lambda one: f"see {one} here, and more of it".encode().hex(),
    "hexadecimal with colons": lambda one: f"see {one} here, and more of it".encode().hex(":"),
    "gzip": lambda one: b64(gzip.compress(f"see {one} here, and more of it".encode())),
    "zlib": lambda one: b64(zlib.compress(f"see {one} here, and more of it".encode())),
    "deflate": lambda one: b64(deflated(f"see {one} here, and more of it".encode())),
    "bzip2": lambda one: b64(bz2.compress(f"see {one} here, and more of it".encode())),
    "percent signs": lambda one: "".join(f"%{byte:02X}" for byte in f"see {one} here, and more".encode()),
    "quoted": lambda one: urllib.parse.quote(f"see {one} here, and more of it"),
    "JSON escapes": lambda one: "".join(f"\\u{ord(letter):04x}" for letter in f"see {one} here, and more"),
    "JSON in JSON": lambda one: json.dumps(json.dumps({"who": f"see {one} here, and more of it"})),
    "HTML entities": lambda one: "".join(f"&#{ord(letter)};" for letter in f"see {one} here, and more"),
    "UTF-16": lambda one: b64(f"see {one} here, and more of it".encode("utf-16")),
    "UTF-32": lambda one: b64(f"see {one} here, and more of it".encode("utf-32-be")),
}  # fmt: skip
ARRAYS = {
    f"{order}{kind}": np.arange(4003, 4013).astype(f"{order}{kind}")
    for order in "<>"
    for kind in ("i2", "i4", "i8", "f4", "f8")
}


def cell(source: str = "1", **parts: object) -> dict:
    return {
        "cell_type": "code",
        "metadata": {},
        "source": source,
        "execution_count": 1,
        "outputs": [],
        **parts,
    }


def refused(*cells: dict) -> list[Failure]:
    return not_for_the_public({"notes": list(cells)}, harvest([]), PRIVATE)


@pytest.mark.parametrize("who", [LONG, SHORT, DIGITS, SIGNED, ACCENTED, SAID[3]])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_identifier_or_a_typed_text_is_found_in_every_encoding(encoding, who):
    if encoding == "upper and lower case" and not who.isascii():
        pytest.skip("the accent changes its length")
    assert PRIVATE.stands_in(ENCODINGS[encoding](who))


@pytest.mark.parametrize("encoding", ["plain", "base64", "hexadecimal"])
def test_what_is_long_is_found_backwards_and_turned(encoding):
    assert PRIVATE.stands_in(
        ENCODINGS[encoding](LONG)[::-1] if encoding == "plain" else ENCODINGS[encoding](LONG[::-1])
    )
    assert PRIVATE.stands_in(codecs.encode(f"seen: {SAID[1]}", "rot13"))


def test_digits_with_a_letter_are_found_backwards_and_turned_as_whole_words_alone():
    private = Private(frozenset({"P00078"}))
    assert private.stands_in("xP0007841")
    assert private.stands_in("who: 87000P")
    assert private.stands_in("who: C00078")
    # The signature of a font in any Word document.
    assert not private.stands_in('<w:sig w:csb0="C0007841"/>')


@pytest.mark.parametrize("kind", ARRAYS)
def test_numbers_are_found_in_arrays_of_any_type(kind):
    assert PRIVATE.stands_in(json.dumps({"bdata": b64(ARRAYS[kind].tobytes()), "dtype": kind}))
    assert not PRIVATE.stands_in(json.dumps({"bdata": b64((ARRAYS[kind] + 3000).tobytes()), "dtype": kind}))


def test_the_description_of_a_font_is_no_list_of_people_one_of_whom_has_the_number_nought():
    private = Private(frozenset(f"P{one:05d}" for one in range(80)))
    assert not private.stands_in('<w:panose1 w:val="02000500000000000000"/>')
    assert private.stands_in(b64(np.arange(20).astype("<i2").tobytes()))


def test_numbers_are_found_in_a_list_but_a_year_alone_is_no_identifier():
    assert PRIVATE.stands_in("[4003, 4004, 4010]")
    assert not PRIVATE.stands_in("Pain 4003:1-9; weeks 0, 4, 8, 12; n=4010")


def test_dates_are_found_as_people_write_them():
    assert PRIVATE.stands_in(b64(b"born on 1957-03-11, it says"))
    assert PRIVATE.stands_in("11/03/1957")
    assert not PRIVATE.stands_in("March 1957")


def test_each_part_of_a_notebook_is_searched_and_the_cell_named_but_nobody_in_it():
    secret = b64(f"see {LONG} here".encode())
    cells = [
        cell(f"who = '{secret}'"),
        cell(metadata={"note": secret}),
        cell(attachments={"a.png": {"image/png": secret}}, cell_type="markdown"),
        cell(outputs=[{"output_type": "stream", "name": "stderr", "text": secret}]),
        cell(outputs=[{"output_type": "error", "ename": "E", "evalue": "e", "traceback": [secret]}]),
        cell(
            outputs=[
                {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {"alt": secret}}
            ]
        ),
        cell(),
    ]
    found = refused(*cells)
    assert {one.cell for one in found} == {1, 2, 3, 4, 5, 6}
    assert all(one.notebook == "notes" for one in found)
    assert not any(PRIVATE.stands_in(str(one)) for one in found)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ({"output_type": "stream", "name": "stdout", "text": "a"}, "prints text"),
        ({"output_type": "display_data", "data": {"application/vnd.plotly.v1+json": {}}}, "plotly"),
        ({"output_type": "execute_result", "data": {"text/plain": "a", "text/html": "<b>"}}, "has not passed disclosure"),
        ({"output_type": "display_data", "data": {"image/png": "aa"}}, "has not passed disclosure"),
    ],
)  # fmt: skip
def test_only_exhibits_pass(output, said):
    (found,) = refused(cell(outputs=[output]))
    assert said in found.error


def test_nothing_is_found_where_nothing_is_told():
    words = (
        "Mixed model by restricted maximum likelihood, doi:10.1002/sim.3697, 95 % CI -1.20 to 0.35, n=155, "
        * 50
    )
    assert not PRIVATE.stands_in(words + b64(random.Random(1).randbytes(6000)))


def test_a_picture_keeps_its_pixels_and_its_description_alone():
    def piece(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    packed = zlib.compress(LONG.encode())
    hidden = [
        piece(b"tEXt", b"Author\0" + LONG.encode()),
        piece(b"zTXt", b"who\0\0" + packed),
        piece(b"eXIf", LONG.encode()),
    ]
    pixels = piece(b"IDAT", zlib.compress(b"\0\0\0\0"))
    png = b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    whole = png + b"".join(hidden) + pixels + piece(b"IEND", b"") + LONG.encode()
    assert all(PRIVATE.stands_in(png + one + pixels + piece(b"IEND", b"")) for one in hidden)
    assert PRIVATE.stands_in(whole)
    plain = plain_picture(whole, "A dot")
    assert not PRIVATE.stands_in(plain)
    assert b"A dot" in plain
    assert pixels in plain


def test_a_notebook_for_the_public_has_no_paths_messages_or_attachments():
    cells = [
        cell("mapping = '/home/hart/map.yml'\nweeks = 12\nrelease = '/tmp/x'", metadata={"tags": ["injected-parameters"], "by": "Hart"}),
        cell(outputs=[{"output_type": "stream", "name": "stderr", "text": "warned"}]),
        cell(cell_type="markdown", attachments={"a": {}}),
    ]  # fmt: skip
    content = json.dumps(
        {"nbformat": 4, "metadata": {"authors": ["Hart"], "kernelspec": {}}, "cells": cells}
    ).encode()
    kept = public_notebook(content).decode().casefold()
    assert "weeks = 12" in kept
    for word in ("hart", "map.yml", "warned", "attachments", "/tmp"):
        assert word not in kept


def test_files_and_errors_are_told_without_their_words():
    assert public_inputs([{"role": "data", "path": "hart.csv", "bytes": 3, "sha256": "aa"}]) == [
        {"role": "data", "path": "data 1", "sha256": "aa"}
    ]
    told = public_failures(
        [Failure("notes", 3, f"KeyError: {LONG}"), Failure("notes", 4, "KeyError: weeks")], PRIVATE
    )
    assert [one.error for one in told] == [KEPT_PRIVATE, "KeyError: weeks"]


@pytest.mark.parametrize("private", ["Sore;=since March", "=A-Since-May", "@AB;-44917"])
def test_what_a_table_guards_against_spreadsheets_is_found_in_it(private):
    written = csv_text(pd.DataFrame({"term": [f"arm {private}", private], "estimate": [-0.5, 1.0]}))
    assert Private(texts=frozenset({private})).stands_in(written.encode())
    assert not Private(texts=frozenset({private[::-1] + "zz"})).stands_in(written.encode())
