from decimal import Decimal

import pytest

from market.kernel.money import LARGEST_AMOUNT, MINOR_UNITS, Money, UnreadableAmount, parse_money


@pytest.mark.parametrize(
    ("written", "currency", "money"),
    [
        pytest.param("120000", "CNY", Money(12_000_000, "CNY"), id="whole"),
        pytest.param("1500.50", "USD", Money(150_050, "USD"), id="with cents"),
        pytest.param("1500.5", "USD", Money(150_050, "USD"), id="one decimal"),
        pytest.param("1,234,567.80", "USD", Money(123_456_780, "USD"), id="commas between thousands"),
        pytest.param("12,34,567", "USD", Money(123_456_700, "USD"), id="groups as in India"),
        pytest.param("1 234 567", "VND", Money(1_234_567, "VND"), id="spaces between thousands"),
        pytest.param("25\u00a0000", "VND", Money(25_000, "VND"), id="no-break space"),
        pytest.param(" 500 ", "THB", Money(50_000, "THB"), id="space around"),
        pytest.param("๑๒๐๐", "THB", Money(120_000, "THB"), id="Thai digits"),
        pytest.param("၅၀၀", "MMK", Money(50_000, "MMK"), id="Burmese digits"),
        pytest.param("25000.00", "VND", Money(25_000, "VND"), id="empty decimals of a currency without"),
        pytest.param("0", "USD", Money(0, "USD"), id="nothing"),
        pytest.param("10000000000000", "USD", Money(LARGEST_AMOUNT, "USD"), id="the largest"),
    ],
)
def test_an_amount_becomes_smallest_units(written: str, currency: str, money: Money) -> None:
    assert parse_money(written, currency) == money


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            " ",
            ".",
            ".5",
            "5.",
            "-1",
            "+1",
            "1-2",
            "US$ 5",
            "five",
            "0x10",
            "1_000",
            "1e3",
            "1e999999",
            "NaN",
            "inf",
        ),
        *("0.001", "10000000000000.01", "1" * 400, "\ud800", "1\n2", "1,2,3"),
        pytest.param("1.500", id="a dot between thousands"),
        pytest.param("1.500.000", id="dots between thousands"),
        pytest.param("1,5", id="a decimal comma"),
        pytest.param("1500,50", id="a decimal comma and cents"),
    ],
)
def test_what_is_no_plain_amount_is_refused_and_never_guessed(written: str) -> None:
    with pytest.raises(UnreadableAmount):
        parse_money(written, "USD")


def test_decimals_are_refused_in_a_currency_without_them() -> None:
    with pytest.raises(UnreadableAmount):
        parse_money("25000.5", "VND")


@pytest.mark.parametrize("currency", ["", "usd", "XXX", "$"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(UnreadableAmount):
        parse_money("5", currency)


@pytest.mark.parametrize("currency", MINOR_UNITS)
def test_what_is_shown_can_be_read_back(currency: str) -> None:
    money = Money(123_456_789, currency)

    assert parse_money(str(money.decimal), currency) == money


def test_the_dong_has_no_smaller_unit() -> None:
    assert (Money(150, "VND").decimal, Money(150, "CNY").decimal) == (Decimal(150), Decimal("1.50"))
