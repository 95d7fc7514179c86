"""A certificate is read as it was written, and tells which of its parts still hold."""

from __future__ import annotations

import pytest

from lowback.certificate import (
    Certificate,
    Certified,
    CertifiedTerm,
    certificate_file,
    certificate_text,
    read_certificate,
    worst,
)


def certified(verdicts=("holds",), analysis="ancova", key="k1") -> Certified:
    terms = tuple(
        CertifiedTerm(
            f"term {at}",
            one,
            ("coverage 90 %",) if one != "holds" else (),
            {"none": {"bias": 0.1, "power": None}},
        )
        for at, one in enumerate(verdicts)
    )
    return Certified(analysis, "pain <week> 12", key, "2026-11-22", 5000, 1, terms)


def test_what_was_written_is_read(tmp_path):
    whole = Certificate((certified(), certified(("at risk", "fails"), "mmrm")))
    file = certificate_file(tmp_path / "trial.yml")
    assert file.name == "trial.certificate.json"
    file.write_text(certificate_text(whole), encoding="utf-8")
    assert read_certificate(file) == whole


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"kind": "lowback certificate", "certified": [{}]}', "\x00"]
)
def test_a_file_that_is_no_certificate_certifies_nothing(tmp_path, text):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert read_certificate(tmp_path / "a.json") == Certificate()
    assert read_certificate(tmp_path / "absent.json") == Certificate()


def test_the_verdict_is_the_worst_of_the_terms_and_its_reasons_name_them():
    one = certified(("holds", "fails", "at risk"))
    assert one.verdict == "fails"
    assert one.reasons == ("term 1: coverage 90 %",)
    assert worst([]) == "fails"


def test_parts_whose_key_has_changed_are_outdated():
    whole = Certificate((certified(key="old"), certified(analysis="mmrm", key="same")))
    now = whole.still_holding({("ancova", "pain <week> 12"): "new", ("mmrm", "pain <week> 12"): "same"})
    assert now.of("ancova", "pain <week> 12") is None
    assert now.of("mmrm", "pain <week> 12").key == "same"
    assert now.outdated == (("ancova", "pain <week> 12"),)
