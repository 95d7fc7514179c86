from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from lowback.simulate import SCENARIOS, SimulationError, parameters, parameters_table


def test_every_parameter_cites_a_source_or_says_assumption():
    sources = parameters_table()["source"]
    cited = sources.str.contains(r"https?://|github\.com|PMID|assumption")
    assert cited.all(), parameters_table()[~cited]


def test_every_symbol_stands_once_with_a_unit_and_a_value_in_each_scenario():
    table = parameters_table()
    assert table["symbol"].is_unique
    assert not table[["name", "unit", *SCENARIOS, "source"]].isna().any().any()


def test_what_differs_from_the_literature_is_called_an_assumption():
    table = parameters_table()
    differs = (table["mechanism"] != table["literature"]) | (table["null"] != table["literature"])
    own = table.loc[differs & table["source"].str.contains("http|github|PMID"), ["symbol", "source"]]
    plain = own["source"].str.contains(r"(?:mechanism|null).*: assumption")
    # "No difference" is what the literature found and what the null scenario takes over.
    assert plain.all(), own[~plain]


@pytest.fixture
def evidence(shared_data: Path) -> Path:
    folder = shared_data.parent / "evidence"
    if not folder.is_dir():
        pytest.skip(f"no evidence at {folder}")
    return folder


def test_every_address_cited_is_one_that_was_read(evidence):
    read = " ".join((evidence / name).read_text() for name in ("parameters.csv", "reviews.csv", "README.md"))
    cited = {
        address.rstrip(".,;)")
        for source in parameters_table()["source"]
        for address in re.findall(r"https?://[^\s,;)]+|PMC\d+|PMID \d+", source)
    }
    assert [address for address in sorted(cited) if address not in read] == []


def test_values_taken_over_unchanged_are_those_of_the_evidence(evidence):
    published = pd.read_csv(evidence / "parameters.csv").set_index("symbol")
    ours = parameters("literature")
    same = {
        "hip_mean": "hipext_lbp",
        "tilt_mean": "tilt_lbp_med",
        "tilt_sem": "sem_palm",
        "lordosis_mean": "lla_lbp",
        "hip_gain_stretching": "d_hipext_acute",
        "tilt_per_hip_within": "k_tilt_per_hipext",
        "odi_mean": "odi_base",
        "odi_pain_correlation": "r_pain_odi",
        "programme_weeks": "dose_weeks",
        "red_flag_share": "p_serious",
    }
    assert {one: ours[one] for one in same} == {
        one: float(published.loc[symbol, "value"]) for one, symbol in same.items()
    }
    spread = {"age_sd": 15.6, "hip_sd": float(published.loc["hipext_soldier", "sd"])}
    spread |= {
        "lordosis_sd": float(published.loc["lla_lbp", "sd"]),
        "odi_sd": float(published.loc["odi_base", "sd"]),
    }
    assert {one: ours[one] for one in spread} == spread


def test_an_unknown_scenario_is_refused_with_the_ones_there_are():
    with pytest.raises(SimulationError, match="no scenario 'litterature'.*did you mean 'literature'"):
        parameters("litterature")
