"""Whether every catalogue is complete, fits the pages and is written in its own language."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from gettext import c2py
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError

from locales import DEFAULT_LANGUAGE, LANGUAGES
from locales.tools.exceptions import load_exceptions
from locales.tools.extraction import extract_messages
from locales.tools.faults import Fault, Rule, excuse
from locales.tools.files import files_of, ids_of, make_catalogue, messages_of, read_catalogue, texts_of
from locales.tools.wording import (
    SCRIPTS,
    Wording,
    ends_of,
    last_mark,
    may_end_in,
    placeholders_of,
    tags_of,
)

LEAST_SHARE_OF_SCRIPT: Final = 0.6

TWINS: Final = frozenset({"id", "ms"})
"""So near to each other that single messages may agree."""

MOST_AGREEING: Final = 1 / 3
"""Of the messages of more than two words, the share in which the twins may agree."""

_PARENTHESES: Final = re.compile(r"[\s()]")
"""Programs write the same plural rule with and without them."""

Reasons = Iterator[tuple[Rule, str]]


def check(folder: Path, root: Path, *, codes: Sequence[str] = tuple(LANGUAGES)) -> list[Fault]:
    """All faults of the catalogues in `folder`, measured by the sources in `root/market`."""
    template = extract_messages(root)
    exceptions = load_exceptions(folder)
    wording = Wording(exceptions.abbreviations)
    catalogues, faults = _read_all(folder, codes)
    for code, catalogue in catalogues.items():
        faults += _compare_with_sources(code, catalogue, template)
        faults += _check_texts(code, catalogue, template, wording)
    faults += _find_copies(catalogues, template, wording)
    return excuse(faults, exceptions)


def _read_all(folder: Path, codes: Sequence[str]) -> tuple[dict[str, Catalog], list[Fault]]:
    catalogues, faults = {}, []
    for code in codes:
        try:
            catalogues[code] = read_catalogue(folder, code)
        except FileNotFoundError:
            faults.append(Fault(code, Rule.ABSENT))
        except (PoFileError, ValueError) as problem:
            faults.append(Fault(code, Rule.UNREADABLE, detail=str(problem)))
    return catalogues, faults


def _compare_with_sources(code: str, catalogue: Catalog, template: Catalog) -> Iterator[Fault]:
    """By content, not by bytes: translators' own programs wrap lines otherwise and add headers."""
    ours = {_key(message): _place(message) for message in messages_of(catalogue)}
    theirs = {_key(message): _place(message) for message in messages_of(template)}
    for (ids, context), reason in [
        *((key, "is missing") for key in theirs if key not in ours),
        *((key, "is no longer used") for key in ours if key not in theirs),
    ]:
        yield Fault(code, Rule.OUT_OF_STEP, ids[0], context, reason)
    if ours.keys() == theirs.keys() and list(ours.items()) != list(theirs.items()):
        yield Fault(code, Rule.OUT_OF_STEP, detail="other order, places or comments")
    expected = make_catalogue(code).plural_forms
    if _PARENTHESES.sub("", catalogue.plural_forms) != _PARENTHESES.sub("", expected):
        yield Fault(code, Rule.PLURALS, detail=expected)


def _key(message: Message) -> tuple[tuple[str, ...], str | None]:
    return ids_of(message), message.context


def _place(message: Message) -> tuple[list[str], str]:
    """Comments are joined: writing wraps long ones."""
    return files_of(message), " ".join(" ".join(message.auto_comments).split())


def _check_texts(code: str, catalogue: Catalog, template: Catalog, wording: Wording) -> Iterator[Fault]:
    singular_form = _form_of_one(code)
    for message in messages_of(template):
        known = catalogue.get(message.id, message.context)
        if known is None or known.pluralizable != message.pluralizable:
            continue  # out of step, and said so
        for rule, detail in _check_text(code, known, wording, singular_form):
            yield Fault(code, rule, ids_of(message)[0], message.context, detail)


def _form_of_one(code: str) -> int | None:
    """The plural form that stands for one thing and nothing else, so that it need not show the number."""
    choose = c2py(make_catalogue(code).plural_expr)
    forms = [choose(number) for number in range(200)]
    return forms[1] if forms.count(forms[1]) == 1 else None


def _check_text(code: str, message: Message, wording: Wording, singular_form: int | None) -> Reasons:
    ids, texts = ids_of(message), texts_of(message)
    if code == DEFAULT_LANGUAGE:
        if not message.pluralizable and texts[0]:
            yield Rule.WRITTEN, ""
        if not all(texts):
            return
    elif not all(texts):
        yield Rule.UNTRANSLATED, ""
        return
    elif message.fuzzy:
        yield Rule.FUZZY, ""
    for form, text in enumerate(texts):
        english = ids if form == singular_form else ids[-1:]
        yield from _check_form(text, english)
        if code != DEFAULT_LANGUAGE:
            yield from _check_wording(code, text, ids, wording)
    if not any(may_end_in(last_mark(texts[-1]), code, last_mark(id_)) for id_ in ids):
        yield Rule.PUNCTUATION, f"{last_mark(ids[-1])} in English, {last_mark(texts[-1])} here"


def _check_form(text: str, english: tuple[str, ...]) -> Reasons:
    """What a page relies on. `english` are the ids this form may stand for."""
    if placeholders_of(text) not in [placeholders_of(id_) for id_ in english]:
        yield Rule.PLACEHOLDERS, ", ".join(sorted(placeholders_of(text) ^ placeholders_of(english[-1])))
    if tags_of(text) not in [tags_of(id_) for id_ in english]:
        yield Rule.TAGS, ", ".join(sorted(tags_of(text))) or "none"
    if ends_of(text) not in [ends_of(id_) for id_ in english]:
        yield Rule.SPACES, ""


def _check_wording(code: str, text: str, ids: tuple[str, ...], wording: Wording) -> Reasons:
    """Whether it is written in the language at all."""
    if _fold(text) in map(_fold, ids) and wording.is_sentence(ids[-1]):
        yield Rule.ENGLISH, ""
    script = LANGUAGES[code].script
    if script in SCRIPTS and (share := wording.share_of_script(text, script)) < LEAST_SHARE_OF_SCRIPT:
        yield Rule.SCRIPT, f"{share:.0%} {script}"


def _find_copies(catalogues: Mapping[str, Catalog], template: Catalog, wording: Wording) -> Iterator[Fault]:
    """Messages that two languages share, and twins that share too many."""
    compared = agreeing = 0
    for message in messages_of(template):
        ids = ids_of(message)
        if not wording.is_sentence(ids[-1]):
            continue
        texts = _last_forms(catalogues, message)
        if texts.keys() >= TWINS:
            compared += 1
            agreeing += len({texts[code] for code in TWINS}) == 1
        for code, others in _group_copies(texts, leave_out=_fold(ids[-1])):
            yield Fault(code, Rule.COPIED, ids[0], message.context, ", ".join(others))
    if compared and agreeing / compared > MOST_AGREEING:
        detail = f"{agreeing} of {compared} messages of more than two words"
        yield from (Fault(code, Rule.TWINS, detail=detail) for code in sorted(TWINS))


def _last_forms(catalogues: Mapping[str, Catalog], message: Message) -> dict[str, str]:
    """The plural of each language, or the only form it has."""
    known = {
        code: catalogue.get(message.id, message.context)
        for code, catalogue in catalogues.items()
        if code != DEFAULT_LANGUAGE
    }
    return {code: _fold(texts_of(entry)[-1]) for code, entry in known.items() if entry and all(texts_of(entry))}


def _group_copies(texts: Mapping[str, str], *, leave_out: str) -> Iterator[tuple[str, list[str]]]:
    """Each language with those whose text it shares. English left in place is another rule's matter."""
    groups = defaultdict(list)
    for code, text in texts.items():
        if text != leave_out:
            groups[text].append(code)
    for group in groups.values():
        for code in group:
            others = [other for other in group if other != code and {code, other} != TWINS]
            if others:
                yield code, others


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()
