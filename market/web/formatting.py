"""Dates, numbers, money and names of countries and languages as the reader writes them (CLDR through Babel).

Decided (docs/decisions/0006-dates-and-digits.md): Thai dates carry the Buddhist year; figures are in Western digits
everywhere, as business papers of all twelve countries write them.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property
from operator import itemgetter
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval, format_skeleton, format_timedelta
from babel.numbers import format_currency, format_decimal

from locales import LANGUAGES, Language
from market.kernel.money import SHOWN_WITHOUT_DECIMALS, Money

BUDDHIST_OFFSET = 543
"""Thai solar calendar: year of the Common Era + 543."""


class Formatter:
    def __init__(self, language: Language) -> None:
        self.code = language.code
        self._locale = Locale.parse(language.locale)

    @cached_property
    def _country_names(self) -> dict[str, str]:
        return dict(self._locale.territories)

    @cached_property
    def _language_names(self) -> dict[str, str]:
        names = self._locale.languages
        return {
            code: names.get(known.locale) or names.get(known.locale.split("_")[0], known.own_name)
            for code, known in LANGUAGES.items()
        }

    def long_date(self, day: date | datetime | None) -> str:
        if day is None:
            return ""
        if self.code == "th":
            # Babel writes the Common Era year with its era; Thais write the Buddhist year alone.
            plain = format_date(day, "d MMMM", locale=self._locale)
            return f"{plain} {day.year + BUDDHIST_OFFSET}"
        return format_date(day, "long", locale=self._locale)

    def short_date(self, day: date | datetime | None) -> str:
        if day is None:
            return ""
        if self.code == "th":
            return f"{format_date(day, 'd MMM', locale=self._locale)} {day.year + BUDDHIST_OFFSET}"
        return format_date(day, "medium", locale=self._locale)

    def days(self, first: date, last: date) -> str:
        """From one day to another, said as short as the language says it."""
        if first == last:
            return self.long_date(first)
        if self.code in ("th", "lo"):  # CLDR has no Buddhist years here, and bare figures for Lao
            return f"{self.long_date(first)} – {self.long_date(last)}"
        return str(format_interval(first, last, "yMMMMd", locale=self._locale))

    def weekday(self, day: date) -> str:
        """A day among few: its weekday, without the year."""
        return str(format_skeleton("MMMMEEEEd", datetime.combine(day, datetime.min.time()), locale=self._locale))

    def month(self, day: date) -> str:
        if self.code == "th":
            return f"{format_date(day, 'LLLL', locale=self._locale)} {day.year + BUDDHIST_OFFSET}"
        return str(format_skeleton("yMMMM", datetime.combine(day, datetime.min.time()), locale=self._locale))

    def time(self, moment: datetime) -> str:
        """24 hours, as programmes are written in all of our countries."""
        return f"{moment:%H:%M}"

    def moment(self, moment: datetime, zone: str = "UTC") -> str:
        there = moment.astimezone(ZoneInfo(zone))
        return f"{self.short_date(there)} {format_datetime(there, 'HH:mm', locale=self._locale)} {zone}"

    def age(self, moment: datetime, now: datetime) -> str:
        return format_timedelta(moment - now, add_direction=True, locale=self._locale)

    def number(self, number: float) -> str:
        if isinstance(number, int) and 0 <= number < 1000:  # noqa: PLR2004 - no separator yet in any of our languages
            return str(number)
        return format_decimal(number, locale=self._locale)

    def money(self, money: Money) -> str:
        whole = money.currency in SHOWN_WITHOUT_DECIMALS or money.decimal == int(money.decimal)
        pattern = "¤¤ #,##0" if whole else "¤¤ #,##0.00"
        return format_currency(money.decimal, money.currency, pattern, locale=self._locale, currency_digits=False)

    def country(self, code: str) -> str:
        return self._country_names.get(code, code)

    def name_countries(self, codes: Iterable[str]) -> list[tuple[str, str]]:
        """(code, name) in the order of the names."""
        return sorted(((code, self.country(code)) for code in codes), key=itemgetter(1))

    def language(self, code: str) -> str:
        """The name of a language in the reader's own."""
        return self._language_names.get(code, code)

    def join(self, items: Iterable[str]) -> str:
        separator = {"zh-Hans": "、", "my": "၊ "}.get(self.code, ", ")
        return separator.join(items)
