"""Which of the formats a file is in: by what it begins with, not by its name."""

import re
from typing import Final

from market.kernel.errors import N_
from market.programme.formats.frab_json import read_frab_json
from market.programme.formats.frab_xml import read_frab_xml
from market.programme.formats.limits import MOST_BYTES, TOO_LARGE
from market.programme.formats.neutral import ReadProgramme
from market.programme.formats.problems import NOWHERE, make_problem

UNKNOWN = N_("This is no programme that we can read. We read XML and JSON as frab and pretalx write them.")

_FIRST_SIGN: Final = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*([<{\[])")
"""Behind a byte order mark and blanks, which have two or four bytes in UTF-16 and UTF-32."""

_ARCHIVE: Final = b"PK\x03\x04"
"""How workbooks and other packed files begin."""


def is_table(content: bytes) -> bool:
    """Whether it can only be one: everything that begins as no other format does."""
    return bool(content.strip()) and _FIRST_SIGN.match(content) is None and not content.startswith(_ARCHIVE)


def read_programme(content: bytes) -> ReadProgramme:
    if len(content) > MOST_BYTES:  # first: cut off it would look like something else
        return ReadProgramme(None, [make_problem(NOWHERE, TOO_LARGE, most=MOST_BYTES >> 20)])
    match = _FIRST_SIGN.match(content)
    if match is None:
        return ReadProgramme(None, [make_problem(NOWHERE, UNKNOWN)])
    return read_frab_xml(content) if match[1] == b"<" else read_frab_json(content)
