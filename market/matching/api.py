"""Matches for programs."""

from typing import Any

from market.listings import queries as listing_queries
from market.matching import queries
from market.matching.presenting import describe_match, present_matches
from market.web.apikit.answers import Answer
from market.web.apikit.calls import MOST_ITEMS, Call
from market.web.apikit.doors import ApiRouter

router = ApiRouter()

EXAMPLE: dict[str, Any] = {
    "items": [
        {
            "reference": "TD-VN-4QWK2M",
            "kind": "demand",
            "country": "VN",
            "language": "vi",
            "title": "Máy sấy sắn lát cho hợp tác xã",
            "written_in": "vi",
            "organization": {"slug": "dong-nai-cooperative", "name": "Hợp tác xã Đồng Nai"},
            "score": 1.12,
            "strength": "strong",
            "reasons": [
                {"part": "meaning", "speaks": "for", "weight": 0.8, "text": "Both are about nearly the same matter."},
                {
                    "part": "languages",
                    "speaks": "against",
                    "weight": -0.015,
                    "text": "The two sides share no language: they need an interpreter.",
                },
            ],
            "passages": [
                {"language": "zh-Hans", "text": "每天烘干两吨木薯片。"},
                {"language": "vi", "text": "Cần sấy hai tấn sắn lát mỗi ngày."},
            ],
            "url": "https://market.example/en/listings/TD-VN-4QWK2M",
        }
    ]
}


@router.get(
    "/listings/{reference}/matches", "api.list_matches", summary="Counterparts of a listing, with reasons",
    parameters={"limit": f"How many items, at most {MOST_ITEMS}; 20 if left out."},
    gives="MatchList", example=EXAMPLE, refusals=(400, 404, 422, 429, 503),
)  # fmt: skip
def list_matches(call: Call) -> Answer:
    """Demands that an offer may answer, or offers that may answer a demand, the best first. Each carries its reasons as
    sentences in the reader's language, also those that speak against it, and the two passages that agree most, the
    listing's own first, each in its own language.
    """
    listing = listing_queries.get_listing(call.db, call.parts["reference"], viewer=None)
    found = queries.list_matches(call.db, listing, today=call.now.date(), limit=call.limit)
    pages = call.pages("listings")
    return Answer({"items": [describe_match(one, pages) for one in present_matches(call.db, found, call.reader)]})
