"""A stream of random numbers for each component of the model and each block of people."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np


@dataclass(frozen=True)
class Streams:
    """The random streams of one block of people: a generator for each component by name, always the same one.

    A component draws from its own stream, so that a new component leaves the draws of all others as they were. `root` is
    the cohort's seed; the truth has a root that no cohort can have. Names enter by their CRC-32, far above the number
    of any block, so that no component shares the stream `[seed, block]` that people themselves are drawn from.
    """

    root: int
    block: int

    def __call__(self, component: str) -> np.random.Generator:
        """The generator of one component of this block, from its beginning."""
        return np.random.default_rng([self.root, crc32(component.encode()), self.block])
