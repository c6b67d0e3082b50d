"""From what a file says of a session to the session, or to what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from market.kernel.errors import N_
from market.programme.formats import limits
from market.programme.formats.addresses import make_address
from market.programme.formats.identifiers import read_guid
from market.programme.formats.naming import CODE, derive_guid
from market.programme.formats.neutral import FileLink, FilePerson, FileSession
from market.programme.formats.parts import Part
from market.programme.formats.persons import People, read_person_number
from market.programme.formats.problems import Problems, Where
from market.programme.formats.reading import NO_GUID, NO_NUMBER, NOT_FOLLOWED, TEXT_TOO_LONG, PartReader
from market.programme.formats.times import ONE_DAY, Moment, exists, find_day, place_on_day

NO_FLAG = N_("This is neither true nor false.")
NO_SUCH_TIME = N_("There is no such time on that day: the clocks are put forward over it.")
TWO_STARTS = N_("The date and the start of this session name different times.")
OTHER_DAY = N_("This session stands under %(day)s, but it is on %(date)s.")
SAME_ON_LINE = N_("The session on line %(line)s has the same %(name)s.")
SAME_ELSEWHERE = N_("%(place)s is the same.")
TOO_MANY_HERE = N_("There are more than %(most)s of them.")

_TRUE: Final = frozenset({"true", "1", "yes"})
_FALSE: Final = frozenset({"", "false", "0", "no"})


@dataclass(slots=True)
class Known:
    """What holds for all sessions of a file, and what those read before have taken."""

    problems: Problems
    people: People
    numbers: frozenset[int]
    """Those that sessions of the file have. The others are free."""
    acronym: str
    zone: str
    base: str = ""
    day_change: int = 0
    taken: dict[tuple[str, object], Where] = field(default_factory=dict)
    same_titles: dict[str, int] = field(default_factory=dict)
    """How many sessions with neither guid nor number have the title."""
    last_free: int = 0


class SessionReader(PartReader):
    def __init__(self, part: Part, known: Known) -> None:
        super().__init__(part, known.problems)
        self._known = known

    def read(self, *, room: str = "", day: date | None = None) -> FileSession | None:
        """None where something is wrong. `room` and `day` are those that the file has it under."""
        told = self.problems.count
        self.tell_faults()
        number = self._read_number()
        title = self.required_line("title", limits.LONGEST_TITLE)
        session = FileSession(
            guid=self._read_guid(number, title),
            number=number or self._take_free_number(),
            title=title,
            subtitle=self.line("subtitle", limits.LONGEST_TITLE),
            room=room or self.required_line("room", limits.LONGEST_ROOM),
            starts_at=self._read_start(day),
            minutes=self._read_minutes(),
            code=self._read_code(),
            slug=self.line("slug", limits.LONGEST_SLUG),
            track=self.line("track", limits.LONGEST_NAME),
            kind=self.line("type", limits.LONGEST_KIND),
            language=self.line("language", limits.LONGEST_LANGUAGE),
            abstract=self.text("abstract"),
            description=self.text("description"),
            persons=self._read_persons(),
            links=self._read_links("links"),
            attachments=self._read_links("attachments"),
            url=self._read_url(),
            logo=self.web_address("logo", base=self._known.base),
            licence=self.line("license", limits.LONGEST_LICENCE),
            may_not_be_recorded=self._read_flag("optout"),
            line=self.part.line,
        )
        return session if self.problems.count == told else None

    def _read_number(self) -> int | None:
        number = self.number("id", least=1)
        if number is not None:
            self._take("id", number)
        return number

    def _take_free_number(self) -> int:
        known = self._known
        known.last_free += 1
        while known.last_free in known.numbers:
            known.last_free += 1
        return known.last_free

    def _read_guid(self, number: int | None, title: str) -> UUID:
        """One that is missing is derived from what stays the same when the file is made again."""
        known = self._known
        if text := self.part.text("guid").strip():
            guid = read_guid(text)
            if guid is None:
                self.add("guid", NO_GUID)
            else:
                self._take("guid", guid)
            return guid or derive_guid(text)
        if number is not None:
            return derive_guid(known.acronym, "id", str(number))
        nth = known.same_titles[title] = known.same_titles.get(title, 0) + 1
        return derive_guid(known.acronym, "title", title, str(nth))

    def _take(self, name: str, value: object) -> None:
        where = self.part.at(name)
        first = self._known.taken.setdefault((name, value), where)
        if first is where:
            return
        if first.line is not None:
            self.add(name, SAME_ON_LINE, line=first.line, name=name)
        else:
            self.add(name, SAME_ELSEWHERE, place=first.place)

    def _read_start(self, day: date | None) -> datetime:
        moment = self.moment("date")
        wall = self._find_start(moment, day)
        if wall is None:
            self.miss("date" if moment is None else "start")
            return datetime.min  # noqa: DTZ901 - stands for none, and goes no further
        if (moment is None or moment.offset is None) and not exists(wall, self._known.zone):
            self.add("date", NO_SUCH_TIME)
        if day and abs(find_day(wall, self._known.day_change) - day) > ONE_DAY:
            self.add("date", OTHER_DAY, day=day.isoformat(), date=wall.date().isoformat())
        return wall

    def _find_start(self, moment: Moment | None, day: date | None) -> datetime | None:
        """An instant says it all. A start alone is that of the day that the session stands under."""
        clock = self.clock("start")
        if moment is None or not moment.has_time:
            date_ = moment.wall.date() if moment else day
            if clock is None or date_ is None:
                return None
            return place_on_day(date_, clock, self._known.day_change if date_ == day else 0)
        wall = moment.in_zone(self._known.zone)
        if clock and clock.replace(second=0) not in {one.time().replace(second=0) for one in (wall, moment.wall)}:
            self.add("start", TWO_STARTS)
        return wall

    def _read_minutes(self) -> int:
        self.miss("duration")
        return self.minutes("duration") or 0

    def _read_code(self) -> str:
        code = self.part.text("code").strip()
        return code if CODE.fullmatch(code) else ""

    def _read_url(self) -> str:
        """A guid as an address stands for none: some formats ask for one."""
        if read_guid(self.part.text("url")):
            return ""
        return self.web_address("url", base=self._known.base)

    def _read_flag(self, name: str) -> bool:
        text = self.part.text(name).strip().lower()
        if text not in _TRUE | _FALSE:
            self.add(name, NO_FLAG)
        return text in _TRUE

    def _read_persons(self) -> tuple[FilePerson, ...]:
        return tuple(dict.fromkeys(self._find_person(reader) for reader in self._list_within("persons")))

    def _find_person(self, reader: PartReader) -> FilePerson:
        reader.required_line("name", limits.LONGEST_NAME)
        reader.text("biography")
        if (text := reader.part.text("guid").strip()) and read_guid(text) is None:
            reader.add("guid", NO_GUID)
        if (text := reader.part.text("id").strip()) and read_person_number(text) is None:
            reader.add("id", NO_NUMBER)
        return self._known.people.find(reader.part)

    def _read_links(self, name: str) -> tuple[FileLink, ...]:
        links = [_read_link(reader, self._known.base) for reader in self._list_within(name)]
        return tuple(link for link in links if link.address)

    def _list_within(self, name: str) -> Iterator[PartReader]:
        parts = self.part.list_parts(name)
        if len(parts) > limits.MOST_IN_SESSION:
            self.add(name, TOO_MANY_HERE, most=limits.MOST_IN_SESSION)
            return
        for part in parts:
            reader = PartReader(part, self.problems)
            reader.tell_faults()
            yield reader


def _read_link(reader: PartReader, base: str) -> FileLink:
    address = make_address(reader.part.text("address"), base=base)
    if address is None:
        reader.add("address", NOT_FOLLOWED)
    elif len(address) > limits.LONGEST_LINK:
        reader.add("address", TEXT_TOO_LONG, count=len(address), most=limits.LONGEST_LINK)
    return FileLink(reader.line("title", limits.LONGEST_TITLE), address or "")
