"""Classic bad files: each loads right or is refused with file, row and column. Expected values stand in the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from clinic_files import VISITS, Refused, assert_refused, pain, taken, with_keys

H = "id,week,pain\n"
LATIN = "id,week,pain\nMüller,0,4\nGroß,0,5\n"
GOOD = {("P1", 0.0): 4.0, ("P2", 0.0): 5.0}
COMMA = with_keys(decimal='","')
ARMS = """cohort: clinic
files:
  - file: visits.csv
    columns:
      id: {to: participant_id}
      group: {to: arm, recode: {"1": stretching, "2": usual care}}
"""
DATES = """cohort: clinic
files:
  - file: visits.csv
    columns:
      id: {to: participant_id}
      start: {to: randomised_on}
"""
HEIGHT = """cohort: clinic
files:
  - file: visits.csv
    columns:
      id: {to: participant_id}
      size: {to: height_cm, unit: cm}
"""

LOADS = {
    "plain": (H + "P1,0,4\nP2,0,5\n", VISITS, GOOD),
    "byte order mark": (b"\xef\xbb\xbf" + (H + "P1,0,4\nP2,0,5\n").encode(), VISITS, GOOD),
    "UTF-16 with a mark": ((H + "P1,0,4\nP2,0,5\n").encode("utf-16"), VISITS, GOOD),
    "UTF-16 without a mark, declared": (
        (H + "P1,0,4\nP2,0,5\n").encode("utf-16-le"),
        with_keys(encoding="utf-16-le"),
        GOOD,
    ),
    "latin-1, declared": (LATIN.encode("latin-1"), with_keys(encoding="latin-1"), {("Müller", 0.0): 4.0, ("Groß", 0.0): 5.0}),
    "Windows line ends": ("id,week,pain\r\nP1,0,4\r\nP2,0,5\r\n", VISITS, GOOD),
    "old Macintosh line ends": ("id,week,pain\rP1,0,4\rP2,0,5\r", VISITS, GOOD),
    "no line end at the end": (H + "P1,0,4\nP2,0,5", VISITS, GOOD),
    "blank lines at the end": (H + "P1,0,4\nP2,0,5\n\n\n", VISITS, GOOD),
    "a blank line in the middle": (H + "P1,0,4\n\nP2,0,5\n", VISITS, GOOD),
    "a line of blanks": (H + "P1,0,4\n   \nP2,0,5\n", VISITS, GOOD),
    "an empty row of separators": (H + "P1,0,4\n,,\nP2,0,5\n", VISITS, GOOD),
    "semicolons": ("id;week;pain\nP1;0;4\nP2;0;5\n", VISITS, GOOD),
    "semicolons and decimal commas": ("id;week;pain\nP1;0;4,5\nP2;0;5\n", COMMA, {("P1", 0.0): 4.5, ("P2", 0.0): 5.0}),
    "tabs": ("id\tweek\tpain\nP1\t0\t4\nP2\t0\t5\n", VISITS, GOOD),
    "bars": ("id|week|pain\nP1|0|4\nP2|0|5\n", VISITS, GOOD),
    "Excel's separator line": ("sep=;\nid;week;pain\nP1;0;4\nP2;0;5\n", VISITS, GOOD),
    "everything quoted": ('"id","week","pain"\n"P1","0","4"\n"P2","0","5"\n', VISITS, GOOD),
    "commas and quotes inside quotes": (H + '"P,1",0,4\n"P ""2""",0,5\n', VISITS, {("P,1", 0.0): 4.0, ('P "2"', 0.0): 5.0}),
    "a line end inside quotes": (H + '"P\n1",0,4\nP2,0,5\n', VISITS, {("P\n1", 0.0): 4.0, ("P2", 0.0): 5.0}),
    "identifiers with zeros in front": (H + "007,0,4\n7,0,5\n", VISITS, {("007", 0.0): 4.0, ("7", 0.0): 5.0}),
    "blanks around values": (H + " P1 ,0, 4 \nP2,0,5\n", VISITS, GOOD),
    "blanks around column names": (" id , week ,pain\nP1,0,4\nP2,0,5\n", VISITS, GOOD),
    "a plus sign and an exponent": (H + "P1,0,+4\nP2,0,5e0\nP3,0,1e1\n", VISITS, GOOD | {("P3", 0.0): 10.0}),
    "text that a spreadsheet would run": (H + "=1+1,0,4\n@SUM(A1),0,5\n", VISITS, {("=1+1", 0.0): 4.0, ("@SUM(A1)", 0.0): 5.0}),
    "one person": (H + "P1,0,4\nP1,4,3\n", VISITS, {("P1", 0.0): 4.0, ("P1", 4.0): 3.0}),
    "one row": (H + "P1,0,4\n", VISITS, {("P1", 0.0): 4.0}),
    "all missing": (H + "P1,0,\nP2,0,\n", VISITS, {}),
    "a column beyond the mapping": ("id,week,pain,notes\nP1,0,4,well\nP2,0,5,\n", VISITS, GOOD),
    "weeks that are no whole numbers": (H + "P1,0.5,4\n", VISITS, {("P1", 0.5): 4.0}),
    "missing codes, one written with a decimal": (
        H + "P1,0,-99\nP2,0,-99.0\nP3,0,NA\nP4,0,3\n",
        with_keys(missing='{"-99": declined, NA: not asked}'),
        {("P4", 0.0): 3.0},
    ),
}  # fmt: skip

REFUSED = {
    "the header again in the middle": (H + "P1,0,4\nid, week ,pain\nP2,0,5\n", VISITS, Refused(3, "", "the header stands again", "id,week,pain")),
    "a line of totals": (H + "P1,0,4\nTotal,0,4\n", VISITS, Refused(3, "id", "a line of totals, no person", "Total")),
    "a line of means, in German": (H + "P1,0,4\nMittelwert:,0,4\n", VISITS, Refused(3, "id", "a line of totals, no person", "Mittelwert:")),
    "cp1252 declared as latin-1": ("id,week,pain\nP1,0,4\nd’Or,0,5\n".encode("cp1252"), with_keys(encoding="latin-1"), Refused(3, "id", "latin-1 is the wrong encoding (cp1252?)")),
    "latin-1, not declared": (LATIN.encode("latin-1"), VISITS, Refused(2, "id", "declare the file's encoding", "M\\xfcller")),
    "UTF-8 declared as latin-1": (LATIN, with_keys(encoding="latin-1"), Refused(None, "", "declare encoding: utf-8")),
    "UTF-16 without a mark": ((H + "P1,0,4\n").encode("utf-16-le"), VISITS, Refused(None, "", "declare encoding: utf-16-le")),
    "empty": ("", VISITS, Refused(None, "", "the file is empty")),
    "only blanks": ("\n  \n", VISITS, Refused(None, "", "the file is empty")),
    "header only": (H, VISITS, Refused(1, "", "no rows beneath the header")),
    "an Excel workbook": (b"PK\x03\x04" + bytes(50), VISITS, Refused(None, "", "Excel workbook")),
    "duplicated header": ("id,week,pain,pain\nP1,0,4,5\n", VISITS, Refused(1, "pain", "written twice (columns 3, 4)")),
    "too many fields": (H + "P1,0,4\nP2,0,5,6\n", VISITS, Refused(3, "", "4 fields where the header has 3", "P2,0,5,6")),
    "no separator at all": (H + "P1 0 4\n", VISITS, Refused(2, "", "1 field where the header has 3")),
    "too few fields": (H + "P1,0\n", VISITS, Refused(2, "", "2 fields where the header has 3")),
    "decimal commas among commas": (H + "P1,0,4,5\n", VISITS, Refused(2, "", "4 fields where the header has 3")),
    "NUL byte": (H + "P1,0,4\nP\x002,0,5\n", VISITS, Refused(3, "id", "NUL byte")),
    "unclosed quote": (H + 'P1,0,4\n"P2,0,5\nP3,0,6\n', VISITS, Refused(3, "", "a quote is not closed")),
    "a stray quote": (H + 'P1,0,4\n"P"2,0,5\n', VISITS, Refused(3, "", "a quote is not closed, or stands inside")),
    "ambiguous separator": ("id;week,pain\n1;2,3\n", VISITS, Refused(None, "", "the separator is ambiguous")),
    "no column of identifiers": ("week,pain\n0,4\n", VISITS, Refused(1, "participant_id", "no column is mapped")),
    "a mapped column that is absent": ("id,week,pian\nP1,0,4\n", VISITS, Refused(1, "pain", "did you mean 'pian'?")),
    "a missing identifier": (H + "P1,0,4\n,0,5\n", VISITS, Refused(3, "id", "no participant id")),
    "a missing week": (H + "P1,,4\n", VISITS, Refused(2, "week", "no week")),
    "a person twice at one week": (H + "P1,0,4\nP2,0,5\nP1,0,6\n", VISITS, Refused(2, "id", "participant P1 at week 0 stands in rows 2 and 4", "P1")),
    "a person twice, the second row": (H + "P1,0,4\nP2,0,5\nP1,0,4\n", VISITS, Refused(4, "id", "stands in rows 2 and 4", "P1")),
    "11 on a scale from 0 to 10": (H + "P1,0,4\nP2,0,11\n", VISITS, Refused(3, "pain", "allowed 0 to 10 NRS points", "11")),
    "a visual analogue scale": (H + "P1,0,45\n", VISITS, Refused(2, "pain", "needs scale: {from: [0, 100], to: [0, 10]}", "45")),
    "a negative week": (H + "P1,-1,4\n", VISITS, Refused(2, "week", "0 to 5200 weeks", "-1")),
    "decimal comma, not declared": (H.replace(",", ";") + "P1;0;4,5\n", VISITS, Refused(2, "pain", "declare decimal: ','", "4,5")),
    "decimal point where commas are declared": (H.replace(",", ";") + "P1;0;4.5\n", COMMA, Refused(2, "pain", "declare decimal: '.'", "4.5")),
    "thousands separator": (H + 'P1,"1,234",4\n', VISITS, Refused(2, "week", "thousands separator", "1,234")),
    "Excel made a German date of 4.5": (H + "P1,0,04. Mai\n", VISITS, Refused(2, "pain", "a spreadsheet has turned it into", "04. Mai")),
    "Excel made an English date of 4-5": (H + "P1,0,4-May\n", VISITS, Refused(2, "pain", "a spreadsheet has turned it into", "4-May")),
    "Excel made a full date of 4.5": (H + "P1,0,2024-05-04\n", VISITS, Refused(2, "pain", "a spreadsheet has turned it into")),
    "a unit in the cell": (H + "P1,0,4 points\n", VISITS, Refused(2, "pain", "a unit is written in the cell")),
    "NaN": (H + "P1,0,NaN\n", VISITS, Refused(2, "pain", "declare it under missing", "NaN")),
    "an absent value of a spreadsheet": (H + "P1,0,#N/A\n", VISITS, Refused(2, "pain", "declare it under missing", "#N/A")),
    "a failed formula": (H + "P1,0,#DIV/0!\n", VISITS, Refused(2, "pain", "an error value of a spreadsheet")),
    "infinity": (H + "P1,0,inf\n", VISITS, Refused(2, "pain", "not a finite number")),
    "a number too large to be one": (H + "P1,0,1e999\n", VISITS, Refused(2, "pain", "not a finite number")),
    "full-width digits": (H + "P1,0,４\n", VISITS, Refused(2, "pain", "digits or signs other than 0-9", "４")),
    "a typographic minus": (H + "P1,−1,4\n", VISITS, Refused(2, "week", "digits or signs other than 0-9")),
    "words for a number": (H + "P1,0,severe\n", VISITS, Refused(2, "pain", "not a number", "severe")),
    "a shortened identifier": (H + "1.23E+11,0,4\n", VISITS, Refused(2, "id", "a spreadsheet has shortened")),
    "an identifier that is none": (H + "#REF!,0,4\n", VISITS, Refused(2, "id", "an error value of a spreadsheet")),
    "a code without a recode": ("id,group\nP1,1\nP2,3\n", ARMS, Refused(3, "group", "allowed: '1', '2'", "3")),
    "a person twice in a list of people": ("id,group\nP1,1\nP1,1\n", ARMS, Refused(3, "id", "participant P1 stands in rows 2 and 3")),
    "metres among centimetres": ("id,size\nP1,172\nP2,1.72\n", HEIGHT, Refused(3, "size", "50 to 250 cm", "1.72")),
    "mixed units in the cells": ("id,size\nP1,172 cm\nP2,1.72 m\n", HEIGHT, Refused(3, "size", "a unit is written in the cell", "1.72 m")),
    "a serial number for a date": ("id,start\nP1,45123\n", DATES, Refused(2, "start", "serial number", "45123")),
    "a date that depends on the country": ("id,start\nP1,04/05/2024\n", DATES, Refused(2, "start", "declare date_format")),
    "no such date": ("id,start\nP1,2024-02-30\n", DATES, Refused(2, "start", "no such date", "2024-02-30")),
    "no such file": ("id\nP1\n", VISITS.replace("visits.csv", "Visits2.csv"), Refused(None, "", "no such file", file="Visits2.csv")),
}  # fmt: skip


@pytest.mark.parametrize("case", LOADS)
def test_a_harmless_oddity_loads_right(case: str, tmp_path: Path) -> None:
    content, mapping, expected = LOADS[case]
    assert pain(taken(tmp_path, content, mapping)) == expected


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_file_is_refused_with_file_row_and_column(case: str, tmp_path: Path) -> None:
    content, mapping, expected = REFUSED[case]
    assert_refused(taken(tmp_path, content, mapping), expected)


def test_all_findings_come_in_one_pass(tmp_path: Path) -> None:
    intake = taken(tmp_path, H + "P1,0,11\nP2,x,5\n,0,5\nP4,0,4,4\nP5,0,-1\nP6,0,4\nP6,0,5\n")
    refused = intake.findings[intake.findings["severity"] == "refused"]
    assert refused[["row", "column"]].to_numpy().tolist() == [
        [2, "pain"], [3, "week"], [4, "id"], [5, ""], [6, "pain"], [7, "id"], [8, "id"],
    ]  # fmt: skip
    assert intake.quarantine["row"].tolist() == [2, 3, 4, 5, 6, 7, 8]


def test_rows_are_counted_as_records_and_blank_lines_as_rows(tmp_path: Path) -> None:
    assert_refused(
        taken(tmp_path, H + '"P\n1",0,4\n\nP2,0,11\n'), Refused(4, "pain", "allowed 0 to 10", "11")
    )
