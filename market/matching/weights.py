"""What each part of a score weighs, with the reason. Tuned on the tuning halves of the judged
sets (`docs/matching.md`).

A part says a value between -1 (speaks against) and 1 (speaks for); one that knows nothing says nothing. The score is
the sum of values by weights.
"""

from dataclasses import dataclass
from typing import Final

from market.matching.enums import Part


@dataclass(frozen=True, slots=True)
class Weight:
    weight: float
    reason: str


SCORING: Final = 1
"""Counts the changes of weights and parts: matches of an older scoring are computed anew, little by little."""

WEIGHTS: Final = {
    Part.MEANING: Weight(1.0, "the only part that sees across languages; the others are set against it"),
    Part.WORDS: Weight(0.40, "sure where both are written in one language, silent elsewhere"),
    Part.FIELD: Weight(0.25, "thirty-five fields are wide, and none in common is an objection"),
    Part.IPC: Weight(0.45, "narrower than fields and the same in every language, but few give symbols"),
    Part.INDUSTRY: Weight(0.30, "who would use it; language plays no part in it"),
    Part.KEYWORDS: Weight(0.10, "chosen by the author to be found by"),
    Part.READINESS: Weight(0.06, "an offer that is not ready is less useful, and still worth a talk"),
    Part.PRICE: Weight(0.05, "prices are negotiated"),
    Part.COUNTRY: Weight(0.03, "named among the target countries rather than merely not excluded"),
    Part.PARTNERSHIP: Weight(0.03, "the same type rather than one that can meet it"),
    Part.LANGUAGES: Weight(0.03, "an interpreter can be had"),
    Part.FRESHNESS: Weight(0.03, "parts equals"),
    Part.PROFILE: Weight(0.03, "parts equals: who says more can be judged better"),
}

LEAST_SCORE: Final = 0.8
"""Below it a pair is no match and is not kept: nine in ten of the relevant pairs of the tuning half lie above."""

FAIR_SCORE: Final = 1.1
CLEAR_SCORE: Final = 1.5
"""From them on a match is called good, and strong: there two in five and two in three are relevant."""
