"""Cells that a spreadsheet would take for a formula get an apostrophe in front, and lose it when read again.

A cell is one when it begins with such a sign, or has only quotation marks before it: some programs drop those.
"""

import re
from typing import Final

_FORMULA: Final = re.compile("""['"]*[=+\\-@\t\r\n\x00＝＋－＠]""")


def looks_like_formula(cell: str) -> bool:
    return _FORMULA.match(cell) is not None


def neutralize(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def restore(cell: str) -> str:
    """The exact inverse of `neutralize`: what begins with the apostrophe that it sets loses one."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
