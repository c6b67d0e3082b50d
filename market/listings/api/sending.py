"""From the JSON of a program to the form that an author fills in, and its faults back to the program's own names."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from market.kernel.errors import Fault, Faulty
from market.listings.forms import NO_AMOUNT, UNKNOWN_VALUE, IdentifiedListingForm, TextForm
from market.listings.models import Listing
from market.listings.presenting import find_zawgyi_fault, form_values
from market.web.apikit.calls import UNKNOWN_FIELD
from market.web.forms import FALLBACK, MESSAGES, collect_faults

OWN_NAMES = {"expires_on": "expires_at", "price_amount": "price", "price_currency": "price", "price_basis": "price"}
"""Name in the form → in the API, where they differ. Import and export say the same."""

JOINED = {"keywords": "\n", "ipc": ", "}
NUMBERS = frozenset(("trl", "fields"))
"""Whole numbers: a browser sends their figures as text, a program does not."""

PRICE = ("amount", "currency", "basis")
FORM_FIELDS = frozenset(OWN_NAMES.get(name, name) for name in IdentifiedListingForm.model_fields)
WORD_FIELDS = frozenset(TextForm.model_fields)
FormT = TypeVar("FormT", bound=TextForm)


def read_new(body: Mapping[str, Any]) -> IdentifiedListingForm:
    given = _to_form(body)
    _require_whole_price(given, given)
    return _parse_listing(given)


def read_changes(listing: Listing, body: Mapping[str, Any]) -> IdentifiedListingForm:
    """What is stored with the given fields changed, also those of a price one by one. `null` empties a field."""
    stored = form_values(listing) | {"external_id": listing.external_id or ""}
    stored = {name: value for name, value in stored.items() if value not in ("", [])}
    given = _to_form(body)
    emptied = {name for name, value in given.items() if value is None}
    changed = {name: value for name, value in {**stored, **given}.items() if name not in emptied}
    _require_whole_price(given, changed)
    return _parse_listing(changed)


def read_translation(body: Mapping[str, Any], language: str) -> TextForm:
    """All of it: what is left out is empty."""
    refuse_unknown(body, WORD_FIELDS)
    form = _parse(TextForm, _to_form(body))
    _refuse_zawgyi(form, language)
    return form


def refuse_unknown(body: Mapping[str, Any], known: Collection[str]) -> None:
    if faults := {str(name)[:100]: Fault(UNKNOWN_FIELD) for name in body if name not in known}:
        raise Faulty(faults)


def _to_form(body: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    faults: dict[str, Fault] = {}
    for name, value in body.items():
        if name == "price":
            values |= _read_price(value, faults)
        elif name == "expires_at":
            values["expires_on"] = value
            if not isinstance(value, str | None):
                faults[name] = Fault(FALLBACK)
        elif name in NUMBERS:
            values[name] = value
            numbers = value if isinstance(value, list) else [] if value is None else [value]
            if not all(type(number) is int for number in numbers):  # in Python a boolean is an int as well
                faults[name] = Fault(MESSAGES["int_type"])
        elif name in JOINED and isinstance(value, list):
            if not all(isinstance(part, str) for part in value):
                faults[name] = Fault(FALLBACK)
            else:
                values[name] = JOINED[name].join(value)
        else:
            values[name] = value
    if faults:
        raise Faulty(faults)
    return values


def _read_price(price: Any, faults: dict[str, Fault]) -> dict[str, Any]:
    if price is None:
        return dict.fromkeys((f"price_{part}" for part in PRICE), None)
    if not isinstance(price, dict) or not price.keys() <= set(PRICE):
        faults["price"] = Fault(FALLBACK)
        return {}
    amount = price.get("amount")
    if isinstance(amount, bool) or not isinstance(amount, str | int | float | None):
        faults["price"] = Fault(FALLBACK)
        return {}
    given = {f"price_{part}": value for part, value in price.items()}
    return given | ({} if amount is None else {"price_amount": str(amount)})


def _require_whole_price(given: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
    """The form drops a currency without an amount and takes US dollars where there is none. A page shows what came of
    it; a program would not notice.
    """
    has_amount = bool(str(whole.get("price_amount") or "").strip())
    if given.get("price_currency") and not has_amount:
        raise Faulty({"price": Fault(NO_AMOUNT)})
    if "price_currency" in given and not given["price_currency"] and has_amount:
        raise Faulty({"price": Fault(UNKNOWN_VALUE)})


def _parse_listing(values: Mapping[str, Any]) -> IdentifiedListingForm:
    form = _parse(IdentifiedListingForm, values)
    _refuse_zawgyi(form, form.language)
    return form


def _parse(form: type[FormT], values: Mapping[str, Any]) -> FormT:
    try:
        return form.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as problem:
        raise Faulty(rename_faults(collect_faults(problem))) from problem


def _refuse_zawgyi(form: TextForm, language: str) -> None:
    """The page asks back where words look like another language; a program means what it says, save for this."""
    if fault := find_zawgyi_fault(form, language):
        raise Faulty(fault)


def rename_faults(faults: Mapping[str, Fault]) -> dict[str, Fault]:
    renamed: dict[str, Fault] = {}
    for name, fault in faults.items():
        renamed.setdefault(OWN_NAMES.get(name, name), fault)
    return renamed
