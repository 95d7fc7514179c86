"""What is asked of one claim: naive analyses with the mistake they make, ours, and what is still to come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from answers import Answer, Finding, Holds
from as_recorded import AsRecorded
from days_and_waves import DaysAndWaves
from for_whom import DoesMore
from kept_up import RowOf
from our_analyses import Ours, Slope
from records import Records
from spells_and_doses import SpellsAndDoses
from within_the_day import WithinTheDay

from lowback.simulate.scenario import Scenario

NIL = "Altman & Bland 1995, BMJ 311:485"
ADHERERS = "Coronary Drug Project 1980, N Engl J Med 303:1038-1041"
AGREEMENT = "Cohen 1960, Educ Psychol Meas 20:37-46"
BERKSON = "Berkson 1946, Biometrics Bull 2:47-53"
BETWEEN = "Robinson 1950, Am Sociol Rev 15:351-357"
BIASES = "Sackett 1979, J Chronic Dis 32:51-63"
CONFOUNDED = "Hernán & Robins 2020, Causal Inference: What If, ch. 7"
MEDIATION = "Bullock, Green & Ha 2010, J Pers Soc Psychol 98:550-558"
NONSENSE = "Yule 1926, J R Stat Soc 89:1-63"
ONE_ARM = "Bland & Altman 2011, Trials 12:264"
PROGNOSIS = "Hancock, Herbert & Maher 2009, Phys Ther 89:698-704"
REGRESSION = "Barnett et al. 2005, Int J Epidemiol 34:215-220"
REVERSE = "Horwitz & Feinstein 1980, Am J Med 68:255-258"

POINTS = "NRS points"


@dataclass(frozen=True)
class Naive:
    """A naive analysis: what it does, who named its mistake, and the smallest worthwhile effect in its unit.

    One whose mistake is to read a test gives the answer itself and has no margin.
    """

    find: Callable[[Records], Finding | Answer]
    does: str
    source: str
    margin: float = 0.0
    unit: str = ""

    @property
    def reads_checkins(self) -> bool:
        """Whether it needs the check-ins."""
        return self.find.__module__ == "naive_diaries"


@dataclass(frozen=True)
class Asked:
    """The analyses of one claim; the first naive one is that which the trap is set for.

    `unit` is that of the margins of ours. `to_come` is the analysis that the claim needs and that there is not yet.
    `associations` are slopes that somebody could take for an answer to the claim, though they are none.
    """

    naive: tuple[Naive, ...]
    ours: tuple[Ours | AsRecorded | DaysAndWaves | DoesMore | RowOf | SpellsAndDoses | WithinTheDay, ...] = ()
    unit: str = POINTS
    to_come: str = ""
    associations: tuple[Slope, ...] = ()

    @property
    def days(self) -> int:
        """The days of check-ins that have to be written down."""
        ours = any(getattr(one, "of_checkins", False) for one in (*self.ours, *self.associations))
        return 84 if ours or any(one.reads_checkins for one in self.naive) else 1


@dataclass(frozen=True)
class Case:
    """A claim or a mistake with the scenario of each setting; in all settings but "true" the claim is false.

    `people` is the size of a cohort where it is part of the mistake.
    """

    name: str
    title: str
    settings: Mapping[str, Scenario]
    holds: Holds
    asked: Asked
    bias: str = ""
    people: int | None = None


def prognosis(find: Callable[[Records], Finding], does: str, ours: DoesMore) -> Asked:
    """A claim that some people gain more from hip work than others, naively answered from the treated alone."""
    return Asked((Naive(find, does, PROGNOSIS, ours.margin, POINTS),), (ours,))


def confused(
    find: Callable[[Records], Finding], margin: float, unit: str, slope: Slope, *ours: WithinTheDay | RowOf
) -> Asked:
    """A claim on what happens within a person, naively answered from half days in which cause and effect cannot be told apart."""
    does = "slope within persons in the same half day, moments taken for independent"
    return Asked((Naive(find, does, REVERSE, margin, unit),), ours, unit, associations=(slope,))
