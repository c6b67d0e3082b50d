"""What can be wrong with a catalogue, and how it is said."""

import json
from dataclasses import dataclass
from enum import StrEnum

from locales.tools.exceptions import Exceptions


class Rule(StrEnum):
    """The value is the reason as people read it."""

    ABSENT = "there is no catalogue: make language L=<code>"
    COPIED = "is the same in another language"
    ENGLISH = "is the English text"
    FUZZY = "is marked fuzzy"
    NEEDLESS = "is in exceptions.toml and does not need to be"
    OUT_OF_STEP = "out of step with the sources: make messages"
    PLACEHOLDERS = "has other placeholders than the English"
    PLURALS = "has other plural forms than the language"
    PUNCTUATION = "ends otherwise than the English"
    SCRIPT = "has too few letters of the language's script"
    SPACES = "has other white space at its ends than the English"
    TAGS = "has other tags than the English"
    TWINS = "Indonesian and Malay agree too often: one is copied"
    UNREADABLE = "the catalogue cannot be read"
    UNTRANSLATED = "is not translated"
    WRITTEN = "is English already: change the source, not the English catalogue"


EXCUSABLE = frozenset({Rule.COPIED, Rule.ENGLISH, Rule.PUNCTUATION, Rule.SCRIPT, Rule.SPACES, Rule.TAGS})
"""An exception helps with these only. The others break a page or leave it in English."""

WARNINGS = frozenset({Rule.PUNCTUATION})


@dataclass(frozen=True, slots=True)
class Fault:
    """`message` is the msgid; empty where the whole catalogue is meant."""

    language: str
    rule: Rule
    message: str = ""
    context: str | None = None
    detail: str = ""

    @property
    def is_warning(self) -> bool:
        return self.rule in WARNINGS

    def __str__(self) -> str:
        message = json.dumps(self.message, ensure_ascii=False) if self.message else "(all)"
        context = f" [{self.context}]" if self.context else ""
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.language}: {message}{context}: {self.rule}{detail}"


def excuse(faults: list[Fault], exceptions: Exceptions) -> list[Fault]:
    """The faults that remain, and one for each exception that excused nothing: the list must not outlive its use."""
    excused = {
        (language, exemption.message, exemption.context): exemption
        for exemption in exceptions.exception
        for language in exemption.languages
    }
    remaining, used = [], set()
    for fault in faults:
        key = (fault.language, fault.message, fault.context)
        if fault.rule in EXCUSABLE and key in excused:
            used.add(key)
        else:
            remaining.append(fault)
    needless = [
        Fault(language, Rule.NEEDLESS, message, context)
        for language, message, context in excused
        if (language, message, context) not in used
    ]
    return remaining + needless
