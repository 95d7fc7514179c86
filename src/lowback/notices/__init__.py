"""What is told by webhook and mail after a run, and the triggers that a request declares beforehand."""

from __future__ import annotations

from lowback.notices.declared import Notices, Trigger, trigger_problems
from lowback.notices.message import EditionOutcome
from lowback.notices.telling import Watch, tell, watch

__all__ = ["EditionOutcome", "Notices", "Trigger", "Watch", "tell", "trigger_problems", "watch"]
