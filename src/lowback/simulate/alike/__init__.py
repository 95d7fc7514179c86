"""Cohorts like a given one, with a known truth: fitted from a cohort, its study and one estimand.

What is kept of the cohort and what is drawn anew:

- People are drawn with replacement, whole, with covariates, baseline, findings that make them ineligible, and whatever is
  missing about them. In a randomised trial the realised allocation is then shuffled among them; in any other design people stay
  in their arm.
- Where people belong to sites, therapists or classes, these keep their sizes and their people of each arm; what people of one
  share of their scores is drawn with a covariance fitted by moments (`components`), and donors come together such that people
  of one are as alike before treatment as they are in the cohort.
- Scores at the visits after baseline (`AlikeTrial`) come from a normal regression on baseline and covariates with one
  unstructured covariance over visits, fitted by maximum likelihood to all scores, and are mapped to the distribution that the
  comparator has at each visit, in the instrument's steps and cut off at its ends. Effects differ between people as far as
  scores of an arm spread further than the comparator's.
- People leave, and miss single visits, by hazards fitted to the cohort: leaving depends on visit, arm and the score last seen.
- For an exposure (`AlikeSlopes`), people keep their whole record of exposures; outcomes are the fitted ones at a slope that
  is set, and each person's residuals, all with one random sign (wild bootstrap by person: Cameron, Gelbach & Miller 2008, Rev
  Econ Stat 90:414-427; by site or therapist where there are ten or more), so that the correlation in time and the measurement
  error of both are those of the cohort.
- `likeness` sets the figures of a cohort beside those of cohorts like it, and says what is not matched.
"""

from lowback.simulate.alike.fitting import alike_trial
from lowback.simulate.alike.slopes import AlikeSlopes, alike_slopes
from lowback.simulate.alike.trial import AlikeTrial, Potential
from lowback.simulate.alike.unlike import NotAlikeError

__all__ = ["AlikeSlopes", "AlikeTrial", "NotAlikeError", "Potential", "alike_slopes", "alike_trial"]
