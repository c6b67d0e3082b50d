"""From the JSON of a program to the form that an author fills in, and its faults back to the program's own names."""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from market.kernel.errors import Fault, Faulty
from market.listings.forms import IdentifiedListingForm
from market.listings.models import Listing
from market.listings.presenting import form_values, guess_language_fault
from market.web.apikit.calls import UNKNOWN_FIELD
from market.web.forms import FALLBACK, collect_faults

OWN_NAMES = {"expires_on": "expires_at", "price_amount": "price", "price_currency": "price", "price_basis": "price"}
"""Name in the form → in the API, where they differ. Import and export say the same."""

JOINED = {"keywords": "\n", "ipc": ", "}
PRICE = ("amount", "currency", "basis")
FORM_FIELDS = frozenset(OWN_NAMES.get(name, name) for name in IdentifiedListingForm.model_fields)


def read_new(body: Mapping[str, Any]) -> IdentifiedListingForm:
    return _parse(_to_form(body))


def read_changes(listing: Listing, body: Mapping[str, Any]) -> IdentifiedListingForm:
    """What is stored with the given fields changed. `null` empties a field."""
    stored = form_values(listing) | {"external_id": listing.external_id or ""}
    stored = {name: value for name, value in stored.items() if value not in ("", [])}
    given = _to_form(body)
    emptied = {name for name, value in given.items() if value is None}
    return _parse({name: value for name, value in {**stored, **given}.items() if name not in emptied})


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
    return {f"price_{part}": value for part, value in price.items()} | {
        "price_amount": None if amount is None else str(amount)
    }


def _parse(values: Mapping[str, Any]) -> IdentifiedListingForm:
    try:
        form = IdentifiedListingForm.model_validate(
            {name: value for name, value in values.items() if value is not None}
        )
    except ValidationError as problem:
        raise Faulty(rename_faults(collect_faults(problem))) from problem
    # The page asks back where words look like another language; a program means what it says, save for Zawgyi.
    if fault := guess_language_fault(form, confirmed=True):
        raise Faulty(fault)
    return form


def rename_faults(faults: Mapping[str, Fault]) -> dict[str, Fault]:
    renamed: dict[str, Fault] = {}
    for name, fault in faults.items():
        renamed.setdefault(OWN_NAMES.get(name, name), fault)
    return renamed
