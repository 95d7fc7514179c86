"""Small tasks that workers can import."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np


def draw(seed: np.random.SeedSequence) -> dict[str, object]:
    """A few random numbers, one of them missing at times."""
    rng = np.random.default_rng(seed)
    chance = float(rng.random())
    return {
        "normal": float(rng.standard_normal()),
        "maybe": chance if chance < 0.5 else math.nan,
        "text": "é",
    }


@dataclass(frozen=True)
class DrawnSlowly:
    """A draw that takes a moment and leaves a mark of who made it."""

    marks: Path
    seconds: float = 0.05

    def __call__(self, seed: np.random.SeedSequence) -> list[float]:
        """The draw."""
        (self.marks / f"{os.getpid()}").touch()
        time.sleep(self.seconds)
        return [float(np.random.default_rng(seed).standard_normal())]


@dataclass(frozen=True)
class BreaksOff:
    """A draw that is interrupted at one replicate."""

    at: int

    def __call__(self, seed: np.random.SeedSequence) -> float:
        """The draw, or what a person who presses Ctrl-C causes."""
        if seed.spawn_key == (self.at,):
            raise KeyboardInterrupt
        return draw(seed)["normal"]


def counted(seed: np.random.SeedSequence) -> float:
    """The number that `BreaksOff` draws."""
    return draw(seed)["normal"]
