"""What every part of a study file is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class StudyModel(BaseModel):
    """A part of a study file, in which an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
