"""A cohort whose identifiers, typed texts and dates are canaries: words that stand nowhere else and are found wherever they go.

    .venv/bin/python tests/disclosure/canaries.py

publishes the `cohort`, `effect` and `ledger` notebooks, as page, PDF and Word document, for the public on 1,000 people who bear 3,000 canaries, decodes
every published file and prints how many canaries it finds (a few minutes).
"""

from __future__ import annotations

import argparse
import base64
import html
import io
import json
import random
import re
import string
import sys
import tempfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from pypdf import PdfReader

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
MAPPING = """\
cohort: canaries
variables:
  remark: {label: what the clinic wrote, kind: text, tables: [participants]}
files:
  - file: participants.csv
    columns:
      id: {to: participant_id}
      arm: {to: arm}
      age: {to: age_years, unit: years}
      sex: {to: sex}
      born: {to: randomised_on, date_format: "%Y-%m-%d"}
      remark: {to: remark}
      why: {to: withdrawal_reason}
  - file: visits.csv
    columns:
      id: {to: participant_id}
      week: {to: weeks, unit: weeks}
      pain: {to: pain_nrs, unit: NRS points}
"""
STUDY = """\
title: Does stretching ease low back pain?
design: randomised trial
weeks: [0, 12]
arms: [stretching, usual care]
control_arm: usual care
estimands:
  - name: pain at week 12
    summary: mean difference
    outcome: pain_nrs
    week: 12
    smallest_worthwhile: 1
  - name: better at week 12
    summary: risk difference
    outcome: pain_nrs
    week: 12
    responders:
      - minimal_important_change: true
"""


def identifiers(count: int, chance: random.Random) -> list[str]:
    """Identifiers of every kind: long and short, letters and digits, digits alone, with signs and accents."""
    made: dict[str, None] = {}
    while len(made) < count:
        kind = len(made) % 6
        if kind == 0:
            one = "".join(chance.choices(LETTERS + string.digits, k=10))
        elif kind == 1:
            one = f"{chance.choice(LETTERS)}{chance.choice(string.digits)}{''.join(chance.choices(LETTERS, k=2))}"
        elif kind == 2:
            one = str(chance.randrange(20_000_000, 90_000_000))
        elif kind == 3:
            one = f"NHS-{chance.randrange(10**6):06d}/{chance.choice(LETTERS)}"
        elif kind == 4:
            one = f"Mü{''.join(chance.choices(LETTERS.lower(), k=6))} {chance.choice(LETTERS)}."
        else:
            one = "".join(chance.choices("0123456789abcdef", k=12)) + "z"
        made[one] = None
    return list(made)


def typed(count: int, chance: random.Random) -> list[str]:
    """Sentences as a clinic types them."""
    words = ("".join(chance.choices(string.ascii_lowercase, k=7)) for _ in range(2 * count))
    return [f"Dr {first.title()} said {second}" for first, second in zip(words, words, strict=True)]


def write_cohort(folder: Path, people: int, seed: int = 1) -> dict[str, list[str]]:
    """Write data, mapping, study and a request for the public; returns the canaries by kind."""
    chance = random.Random(seed)
    who, said = identifiers(people, chance), typed(people, chance)
    days = [(date(1951, 1, 1) + timedelta(days=7 * n)).isoformat() for n in range(people)]
    participants, visits = ["id,arm,age,sex,born,remark,why"], ["id,week,pain"]
    for n, one in enumerate(who):
        arm, sex = ("stretching", "usual care")[n % 2], ("female", "male")[n // 2 % 2]
        why = said[n] if n % 5 == 0 else ""
        participants.append(f"{one},{arm},{20 + n % 60},{sex},{days[n]},{said[n]},{why}")
        start = chance.randrange(3, 10)
        visits.append(f"{one},0,{start}")
        if n % 5:
            visits.append(f"{one},12,{max(0, start - chance.randrange(0, 4) - n % 2)}")
    files = {"participants.csv": "\n".join(participants), "visits.csv": "\n".join(visits)}
    for name, text in {**files, "mapping.yml": MAPPING, "study.yml": STUDY}.items():
        (folder / name).write_text(text + "\n", encoding="utf-8")
    return {"identifiers": who, "texts": said, "dates": days}


def write_request(folder: Path, notebooks: str, name: str = "trial", more: str = "") -> Path:
    """A request for the public of these notebooks, with `more` lines."""
    request = folder / f"{name}.yml"
    asked = f"title: A trial\nmapping: mapping.yml\nstudy: study.yml\nnotebooks: [{notebooks}]\naudience: public\n"
    request.write_text(asked + more, encoding="utf-8")
    return request


def found_in(folder: Path, canaries: dict[str, list[str]]) -> list[str]:
    """The canaries that stand in any file under the folder, however encoded: looked for without the software's own search."""
    said = "\n".join(texts_in(folder))
    words = set(re.findall(r"\w+", said))
    found = []
    for kind, ones in canaries.items():
        for one in ones:
            is_plain = re.fullmatch(r"\w+", one) is not None
            if (one in words) if is_plain else (one in said):
                found.append(f"{kind}: {one}")
    return found


def texts_in(folder: Path) -> Iterator[str]:
    """Every text that a file under the folder holds."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from _texts(path.read_bytes())


def _texts(content: bytes, depth: int = 0) -> Iterator[str]:
    """The bytes as text, and all that a run of base64 or hex or a packed piece in it holds."""
    if content[:4] == b"%PDF":
        pages = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        pages = re.sub("[\u200b\u00ad]", "", pages)
        yield from (pages, re.sub(r"\s+", " ", pages), re.sub(r"\s*\n\s*", "", pages))
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                inside = archive.read(name)
                yield from _texts(inside, depth + 3)
                yield re.sub(r"<[^<>]*>", "", inside.decode("utf-8", "replace"))
        return
    text = content.decode("utf-8", "replace")
    plain = html.unescape(urllib.parse.unquote(text))
    yield text
    yield plain
    if depth > 3 or content[:4] == b"\x89PNG":
        return
    for window in (31, 15):
        try:
            yield from _texts(zlib.decompressobj(window).decompress(content), depth + 1)
        except zlib.error:
            continue
    for run in re.findall(r"[A-Za-z0-9+/]{12,}={0,2}", plain):
        part = run.rstrip("=")
        yield from _texts(base64.b64decode(part[: len(part) // 4 * 4]), depth + 1)
    for run in re.findall(r"(?:[0-9a-f]{2}){8,}", plain):
        yield from _texts(bytes.fromhex(run), depth + 4)


def main() -> None:
    """Publish, search, print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    from lowback.delivery import Order, deliver

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        canaries = write_cohort(folder, 1000)
        request = write_request(folder, "cohort, effect, ledger", more="pdf: true\ndocx: true\n")
        (done,) = deliver(Order((request,), None, None, (), False, 1, None, 0))
        found = found_in(folder / "trial", canaries)
        files = sum(path.is_file() for path in (folder / "trial").rglob("*"))
        total = sum(map(len, canaries.values()))
        told = {"ending": done.ending.name, "files": files, "canaries": total, "found": found[:5]}
        sys.stdout.write(
            json.dumps(told) + f"\n{len(found)} of {total} canaries in {files} published files\n"
        )
        sys.stdout.write("\n".join(done.failures) + "\n")


if __name__ == "__main__":
    main()
