"""The three requests on real people, from the command line to estimates.csv.

Expected figures are those of the READMEs beside the data: the trial report of Ashar 2022 (JAMA Psychiatry 79(1)), means of the
sciatica file, and means by diagnosis of the vertebral-column set. Each request runs once for all tests.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
REQUESTS = ("prt-back-pain", "sciatica-trial", "vertebral-column")
PRT_ARMS = ("PRT", "placebo", "usual care")


@dataclass(frozen=True)
class Published:
    """What one request printed and published."""

    printed: str
    estimates: pd.DataFrame
    page: str

    def row(self, analysis: str, term: str) -> pd.Series:
        """The one row of a term."""
        rows = self.estimates
        found = rows[(rows["analysis"] == analysis) & (rows["term"] == term)]
        assert len(found) == 1, f"{analysis}: {term!r} stands {len(found)} times"
        return found.iloc[0]

    def of(self, estimand: str) -> Published:
        """What was published of one estimand."""
        return replace(self, estimates=self.estimates[self.estimates["estimand"] == estimand])

    def values(self, analysis: str, *terms: str) -> list[float]:
        """The estimates of several terms."""
        return [float(self.row(analysis, term)["estimate"]) for term in terms]


def lowback(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lowback", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)


@pytest.fixture(scope="module")
def published(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Published]:
    """The report of a request by name; the three run side by side."""
    out = tmp_path_factory.mktemp("reports")

    def run(name: str) -> Published:
        ran = lowback("report", f"reports/{name}.yml", "--data", shared_data / name, "--out", out)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        estimates = pd.read_csv(out / name / "estimates.csv", keep_default_na=False, na_values=[""])
        return Published(ran.stdout, estimates, (out / name / "report.html").read_text(encoding="utf-8"))

    with ThreadPoolExecutor(len(REQUESTS)) as runs:
        running = {name: runs.submit(run, name) for name in REQUESTS}
    return lambda name: running[name].result()


def test_prt_baseline_is_that_of_the_trial_report(published):
    report = published("prt-back-pain")
    for statistic, expected in (("mean", [4.22, 4.16, 3.91]), ("SD", [1.21, 1.33, 1.24])):
        found = report.values("table_one", *(f"baseline_pain_nrs, {arm}: {statistic}" for arm in PRT_ARMS))
        assert found == pytest.approx(expected, abs=0.005)


def test_prt_pain_after_treatment_is_that_of_the_trial_report(published):
    report = published("prt-back-pain")
    for statistic, expected in (("mean", [1.18, 2.84, 3.13]), ("SD", [1.24, 1.64, 1.45])):
        terms = [f"pain_nrs at week 4, {arm}: {statistic}" for arm in PRT_ARMS]
        assert report.values("outcome_means", *terms) == pytest.approx(expected, abs=0.005)
        assert [report.row("outcome_means", term)["n_participants"] for term in terms] == [44, 44, 47]


def test_prt_responders_are_counted_among_all_randomised(published):
    report = published("prt-back-pain")
    counts = [f"{arm}: responders, score of at most 1" for arm in PRT_ARMS]
    people = [f"{arm}: randomised, score of at most 1" for arm in PRT_ARMS]
    for control in ("placebo", "usual care"):
        against = report.of(f"pain-free or nearly so, against {control}")
        assert against.values("responders", *counts) == [33, 10, 5]
        assert against.values("responders", *people) == [50, 51, 50]
    assert "33/50" in report.page


def test_prt_mixed_model_has_the_digits_of_lmertest(published):
    report = published("prt-back-pain")
    expected = {"PRT vs placebo": (-1.7894, 0.2953, 137.63), "PRT vs usual care": (-2.3736, 0.2918, 135.69)}
    for term, (estimate, std_error, df) in expected.items():
        row = report.row("mixed", term)
        assert row["estimate"] == pytest.approx(estimate, abs=5e-5)
        assert row["std_error"] == pytest.approx(std_error, abs=5e-5)
        assert row["df"] == pytest.approx(df, abs=5e-3)


def test_sciatica_means_are_those_of_the_file_at_ten_visits(published):
    report = published("sciatica-trial")
    weeks = (0, 2, 4, 8, 12, 26, 38, 52, 78, 104)
    leg = [54.86, 43.53, 36.26, 27.46, 21.66, 13.51, 11.85, 10.60, 11.03, 8.39]
    back = [36.72, 34.58, 33.19, 26.04, 24.05, 16.90, 15.56, 15.78, 12.91, 10.00]
    for outcome, expected in (("leg_pain_vas", leg), ("pain_vas", back)):
        terms = [f"{outcome} at week {week}, all: mean" for week in weeks]
        assert report.values("outcome_means", *terms) == pytest.approx(expected, abs=0.0051)


def test_sciatica_names_the_impossible_813_with_its_row_and_counts_it_as_missing(published):
    report = published("sciatica-trial")
    line = next(line for line in report.printed.splitlines() if "813" in line)
    assert "756" in line
    assert "set aside" in line
    term = "pain_vas at week 104, all: missing, impossible value set aside"
    assert report.values("missingness", term) == [1]


def test_sciatica_refuses_an_effect_because_nobody_is_compared(published):
    report = published("sciatica-trial")
    assert not set(report.estimates["analysis"]) & {"ancova", "mixed", "responders"}
    assert "regression to the mean" in report.page


def test_sciatica_counts_those_who_began_neither_in_flare_nor_calm(published):
    # Counted in the file: vas1_b is 30 or more in 116 of 142 and 10 or less in 3.
    report = published("sciatica-trial").of("return of leg pain")
    term = "leg pain of 30 mm or more after 10 mm or less: people at first between flare and calm"
    assert report.values("recurrence", term) == [142 - 116 - 3]
    assert "whoever is between the two at first counts from the first" in report.page


def test_vertebral_means_are_those_of_the_file_with_tilt_turned_round(published):
    report = published("vertebral-column")
    expected = {
        "pelvic_incidence_deg": (60.497, 17.237),
        "pelvic_tilt_deg": (-17.543, 10.008),
        "lordosis_deg": (51.931, 18.554),
        "sacral_slope_deg": (42.954, 13.423),
        "pelvic_radius_as_published": (117.921, 13.317),
        "spondylolisthesis_grade": (26.297, 37.559),
    }
    for name, numbers in expected.items():
        terms = [f"{name} at week 0, all: {statistic}" for statistic in ("mean", "SD")]
        assert report.values("table_one", *terms) == pytest.approx(list(numbers), abs=0.00051)


def test_vertebral_mapping_without_the_sign_of_tilt_is_refused_with_an_explanation(shared_data, tmp_path):
    mapping = (ROOT / "data" / "vertebral-column" / "mapping.yml").read_text(encoding="utf-8")
    unsaid = tmp_path / "mapping.yml"
    unsaid.write_text(mapping.replace(" sign: positive is posterior,", ""), encoding="utf-8")
    assert unsaid.read_text(encoding="utf-8") != mapping
    ran = lowback("check", unsaid, "--data", shared_data / "vertebral-column")
    said = " ".join((ran.stdout + ran.stderr).split())
    assert ran.returncode == 5, said
    assert "pelvic_tilt" in said
    assert "radiographic pelvic tilt grows as the pelvis turns backwards" in said
    assert "write sign: positive is anterior or sign: positive is posterior" in said


def test_prt_mediation_cannot_be_split_with_published_error_and_is_shown_by_reliability(published):
    report = published("prt-back-pain")
    whole = report.estimates.loc[report.estimates["analysis"] == "mediation", "term"]
    assert "PRT vs usual care: total effect" in set(whole)
    assert whole.str.endswith(": total effect").all()
    assert "cannot be split by fear of movement" in report.page
    lead = "PRT vs usual care, fear of movement, TSK-11"
    naive = report.row("mediation_sensitivity", f"{lead}: indirect effect at a reliability of 1")
    assert naive["conf_high"] < 0
    # Taking error into account can only make more run by way of the mediator here: the naive part is the smallest.
    at_90 = report.row("mediation_sensitivity", f"{lead}: indirect effect at a reliability of 0.9")
    assert at_90["estimate"] < naive["estimate"]
    # Without a correlation of what is left unexplained the sensitivity analysis is the naive one.
    at_none = report.row("mediation_sensitivity", f"{lead}: indirect effect at a correlation of 0")
    assert at_none["estimate"] == pytest.approx(naive["estimate"], rel=1e-9)


def test_prt_naive_split_has_the_digits_of_lm_on_people_without_gaps(shared_data):
    # R 4.2.2, people with both scores at both visits, all arms: lm(post ~ arm + age + sex + pain0 + tsk0) less
    # lm(post ~ arm + age + sex + pain0 + tsk0 + tsk4), the coefficient of PRT against usual care (tests/reference/mediation/prt.R).
    from lowback.analyses.mediation_sensitivity import mediation_sensitivity
    from lowback.intake import read_cohort
    from lowback.study import read_study

    folder = ROOT / "data" / "prt-back-pain"
    cohort = read_cohort(folder / "mapping.yml", shared_data / "prt-back-pain")
    visits = cohort.visits[cohort.visits["weeks"] <= 4]
    seen = visits.dropna(subset=["pain_nrs", "fear_of_movement_tsk11"]).groupby("participant_id").size()
    complete = cohort.restricted_to(pd.Index(seen[seen == 2].index))
    result = mediation_sensitivity(complete, read_study(folder / "study.yml"))
    rows = result.estimates.set_index("term")["estimate"]
    expected = pd.read_csv(ROOT / "tests" / "reference" / "mediation" / "prt.csv").set_index("name")[
        "estimate"
    ]
    lead = "PRT vs usual care, fear of movement, TSK-11"
    assert rows[f"{lead}: indirect effect at a reliability of 1"] == pytest.approx(
        expected["indirect"], rel=1e-6
    )
    assert rows[f"{lead}: direct effect at a reliability of 1"] == pytest.approx(expected["direct"], rel=1e-6)
