"""A mixed model written in names of columns: each coefficient multiplies a product of them, and no text is ever run as code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from lowback.estimators import NotEstimable
from lowback.estimators.columns import near
from lowback.estimators.terms import INTERCEPT

# A column's name, "arm:week", or ("arm", "week") where a name itself holds a colon.
Product = str | tuple[str, ...]


@dataclass(frozen=True)
class NamedModel:
    """Which columns are the outcome and the groups' labels, which of them each coefficient multiplies, and which vary by group.

    `products` are the columns of each coefficient, none for the intercept; `slopes` the columns with random effects.
    """

    outcome: str
    groups: str
    products: tuple[tuple[str, ...], ...]
    slopes: tuple[str, ...]
    random_intercept: bool

    @property
    def names(self) -> tuple[str, ...]:
        """What the coefficients are called."""
        return tuple(":".join(product) if product else INTERCEPT for product in self.products)

    @property
    def random_names(self) -> tuple[str, ...]:
        """What the random effects are called."""
        return (INTERCEPT, *self.slopes) if self.random_intercept else self.slopes

    @property
    def intercept(self) -> int | None:
        """The position of the intercept."""
        return self.products.index(()) if () in self.products else None

    @property
    def explaining(self) -> tuple[str, ...]:
        """The columns that some coefficient multiplies, once each."""
        return tuple(dict.fromkeys(chain.from_iterable(self.products)))

    @property
    def numbers(self) -> tuple[str, ...]:
        """All columns that must hold numbers, once each."""
        return tuple(dict.fromkeys((self.outcome, *self.slopes, *self.explaining)))


@dataclass(frozen=True)
class Wanted:
    """A model as it was asked for, before it is known which columns there are."""

    outcome: str
    groups: str
    terms: Sequence[Product]
    random: Sequence[str]
    intercept: bool
    random_intercept: bool

    def among(self, known: Sequence[str]) -> NamedModel:
        """The model of these columns; terms of lower order come first, as in `design`.

        Raises `NotEstimable` for a name that is not known, a text that is a column and an interaction, and a coefficient
        that is there twice.
        """
        products = sorted((_product(term, known) for term in _listed(self.terms, "terms")), key=len)
        slopes = tuple(_listed(self.random, "random"))
        model = NamedModel(
            self.outcome,
            self.groups,
            ((), *products) if self.intercept else tuple(products),
            slopes,
            self.random_intercept,
        )
        for name in (model.groups, *model.numbers):
            if name not in known:
                raise NotEstimable(f"no column {name!r}; {near(name, known)}")
        _refuse_repeated(model.names, "term")
        _refuse_repeated(model.random_names, "random effect")
        if not model.names or not model.random_names:
            raise NotEstimable("a mixed model needs a coefficient and a random effect; there is none")
        return model


def _listed(given: Sequence[Any], what: str) -> Sequence[Any]:
    if isinstance(given, str):
        raise NotEstimable(f"{what} are the text {given!r}; allowed: a list of names")
    return given


def _product(term: Product, known: Sequence[str]) -> tuple[str, ...]:
    """The columns that a term multiplies; a colon parts them unless it belongs to a column's name."""
    if isinstance(term, tuple):
        return _of_different_columns(term)
    parts = tuple(part.strip() for part in term.split(":"))
    if term not in known:
        return _of_different_columns(parts)
    if len(parts) > 1 and all(part in known for part in parts):
        raise NotEstimable(f"{term!r} is a column and an interaction; write {(term,)!r} or {parts!r}")
    return (term,)


def _of_different_columns(term: tuple[str, ...]) -> tuple[str, ...]:
    if not term or len(set(term)) < len(term):
        raise NotEstimable(f"the term {':'.join(term)!r}; allowed: one or more different columns")
    return term


def _refuse_repeated(names: tuple[str, ...], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise NotEstimable(f"the {what} {name!r} is there {names.count(name)} times; allowed: once")
