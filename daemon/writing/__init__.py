"""Summaries by a model: what all services that offer one have in common.

A summarizer is a `Model` with `Written` around it: the prompt, the parts of a long page, the look
at the answer, and the bounds of what it may cost.
"""

from .model import Model, Prompt, Usage
from .tokens import estimate
from .wishes import Wishes
from .written import Written

__all__ = ["Model", "Prompt", "Usage", "Wishes", "Written", "estimate"]
