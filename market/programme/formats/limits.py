"""How much a file may hold. Texts have the lengths that a programme has room for."""

from typing import Final

from market.kernel.errors import N_

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_SESSIONS: Final = 20_000
MOST_PARTS: Final = 200_000
"""Sessions, speakers and links together: a file of real sessions has about four of them to a session."""
MOST_VALUES: Final = 1_500_000
"""Of JSON, told from its commas and brackets: read, each takes many times the memory that it has in the file."""
MOST_DAYS: Final = 366
MOST_ROOMS: Final = 1_000
MOST_TRACKS: Final = 1_000
MOST_IN_SESSION: Final = 200
"""Speakers, links or attachments of one session."""

LONGEST_TEXT: Final = 50_000
LONGEST_TITLE: Final = 300
LONGEST_ROOM: Final = 120
LONGEST_NAME: Final = 160
"""Of a person or a track."""
LONGEST_KIND: Final = 80
LONGEST_LANGUAGE: Final = 35
LONGEST_SLUG: Final = 200
LONGEST_LICENCE: Final = 200
LONGEST_ADDRESS: Final = 500
"""Of a session's page and picture."""
LONGEST_LINK: Final = 2_000
LONGEST_ACRONYM: Final = 80
LONGEST_VERSION: Final = 80
LARGEST_NUMBER: Final = 2**31 - 1
"""What fits a column of whole numbers."""

TOO_LARGE = N_("This file is larger than %(most)s MB.")
TOO_MANY_SESSIONS = N_("This file has more than %(most)s sessions.")
TOO_MUCH = N_("There is more in this file than a programme can hold.")
