"""How often somebody may try. Figures follow PyPI's (research of November 2026): they stop guessing, not people.

Counts live in the process: with several processes each allows its share, which still bounds guessing.
"""

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from market.kernel.clock import utc_now
from market.kernel.errors import TooMany

SIGN_IN_PER_ACCOUNT = parse("10/5minute")
SIGN_IN_PER_ADDRESS = parse("30/5minute")
REGISTER_PER_ADDRESS = parse("20/hour")
RESET_PER_ACCOUNT = parse("5/day")
CONFIRM_PER_ACCOUNT = parse("5/6hour")
SEARCH_PER_ADDRESS = parse("120/minute")
UPLOAD_PER_ACCOUNT = parse("30/hour")
EXPORT_PER_ACCOUNT = parse("30/hour")
WRITE_PER_ACCOUNT = parse("120/minute")
API_PER_ADDRESS = parse("300/minute")
API_PER_TOKEN = parse("600/minute")


class Limits:
    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, limit: RateLimitItem, *keys: str) -> None:
        """Count one attempt; `TooMany` with the seconds to wait where the limit is reached."""
        if self._limiter.hit(limit, *keys):
            return
        reset_time, _remaining = self._limiter.get_window_stats(limit, *keys)
        raise TooMany(seconds=max(1, int(reset_time - utc_now().timestamp()) + 1))
