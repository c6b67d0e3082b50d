"""Currency rates of the demo, so that matching can compare prices: round figures of ours, not for business."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from market.matching.models import CurrencyRate

SOURCE = "Demo figures, rounded, not for business"
DOLLARS = {
    "CNY": "0.14", "EUR": "1.1", "SGD": "0.75", "BND": "0.75", "MYR": "0.23", "THB": "0.03", "PHP": "0.017",
    "IDR": "0.00006", "VND": "0.00004", "KHR": "0.00025", "LAK": "0.000046", "MMK": "0.00048", "USD": "1",
}  # fmt: skip


def seed_rates(session: Session, *, now: datetime) -> None:
    session.add_all(
        CurrencyRate(currency=currency, dollars=Decimal(dollars), source=SOURCE, stated_on=now.date())
        for currency, dollars in DOLLARS.items()
    )
