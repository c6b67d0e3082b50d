"""Takes texts out of a part of a file, cleaned, and tells what is wrong with them."""

from datetime import time
from typing import Final

from market.kernel.errors import N_
from market.kernel.text import clean_line, clean_text
from market.programme.formats.addresses import make_web_address
from market.programme.formats.identifiers import read_number
from market.programme.formats.limits import LONGEST_ADDRESS, LONGEST_TEXT
from market.programme.formats.parts import Part
from market.programme.formats.problems import Problems
from market.programme.formats.times import Moment, read_clock, read_minutes, read_moment

EMPTY = N_("This must not be empty.")
TEXT_TOO_LONG = N_("This has %(count)s characters. There is room for %(most)s.")
NO_GUID = N_("This is no guid.")
NO_NUMBER = N_("This is no whole number that we can use.")
NO_MOMENT = N_("This is no date like 2026-11-24, or with its time like 2026-11-24T09:30:00+08:00.")
NO_CLOCK = N_("This is no time like 09:30.")
NO_DURATION = N_("This is no duration like 00:45.")
NO_LENGTH = N_("This must be a minute at least.")
LONGER_THAN_A_DAY = N_("This is longer than a day.")
NOT_FOLLOWED = N_("This is no address that we can link to.")

_DAY: Final = 24 * 60


class PartReader:
    """What cannot be used counts as not said, once it is told."""

    def __init__(self, part: Part, problems: Problems) -> None:
        self.part = part
        self.problems = problems

    def tell_faults(self) -> None:
        """Those that were found before anybody asked."""
        for fault in self.part.faults.values():
            self.problems.take(fault)

    def add(self, name: str, message: str, /, **values: object) -> None:
        self.problems.add(self.part.at(name), message, **values)

    def line(self, name: str, most: int) -> str:
        return self._limit(name, clean_line(self.part.text(name)), most)

    def required_line(self, name: str, most: int) -> str:
        line = clean_line(self.part.text(name))
        if not line and name not in self.part.faults:
            self.add(name, EMPTY)
        return self._limit(name, line, most)

    def text(self, name: str) -> str:
        return self._limit(name, clean_text(self.part.text(name)), LONGEST_TEXT)

    def miss(self, name: str) -> None:
        """Tells that it is not there, if it is not."""
        if name not in self.part.faults and not self.part.text(name).strip():
            self.add(name, EMPTY)

    def number(self, name: str, *, least: int) -> int | None:
        if not (text := self.part.text(name).strip()):
            return None
        number = read_number(text, least=least)
        if number is None:
            self.add(name, NO_NUMBER)
        return number

    def moment(self, name: str) -> Moment | None:
        if not (text := self.part.text(name).strip()):
            return None
        moment = read_moment(text)
        if moment is None:
            self.add(name, NO_MOMENT)
        return moment

    def clock(self, name: str) -> time | None:
        if not (text := self.part.text(name).strip()):
            return None
        clock = read_clock(text)
        if clock is None:
            self.add(name, NO_CLOCK)
        return clock

    def minutes(self, name: str) -> int | None:
        """Between a minute and a day."""
        if not (text := self.part.text(name).strip()):
            return None
        minutes = read_minutes(text)
        if minutes is None:
            self.add(name, NO_DURATION)
        elif minutes <= 0:
            self.add(name, NO_LENGTH)
        elif minutes > _DAY:
            self.add(name, LONGER_THAN_A_DAY)
        else:
            return minutes
        return None

    def web_address(self, name: str, *, base: str) -> str:
        address = make_web_address(self.part.text(name), base=base)
        if address is None:
            self.add(name, NOT_FOLLOWED)
        return self._limit(name, address or "", LONGEST_ADDRESS)

    def _limit(self, name: str, text: str, most: int) -> str:
        if len(text) <= most:
            return text
        self.add(name, TEXT_TOO_LONG, count=len(text), most=most)
        return ""
