import re

from market.kernel.text import normalize

MIN_PASSWORD = 10
MAX_PASSWORD = 200

COMMON_PASSWORDS = frozenset(
    [
        "password123",
        "1234567890",
        "12345678910",
        "0123456789",
        "qwertyuiop",
        "qwerty12345",
        "1q2w3e4r5t",
        "asdfghjkl1",
        "iloveyou12",
        "password12",
        "password1234",
        "passw0rd123",
        "welcome123",
        "administrator",
        "letmein1234",
        "technology",
        "techmarket",
        "marketplace",
        "aaaaaaaaaa",
        "1111111111",
        "0000000000",
        "1qaz2wsx3edc",
        "zxcvbnm123",
        "abcdefghij",
        "abcd123456",
        "a123456789",
        "123456789a",
        "qq123456789",
        "woaini1314",
        "5201314520",
        "asean123456",
        "guangxi123",
        "nanning123",
        "xinchao123",
        "sawasdee12",
        "bismillah1",
        "sayang12345",
        "mahalkita1",
        "anhyeuem12",
    ]
)
"""The most used ones of at least ten characters, and words of this place. Length does most of the work (NIST SP
800-63B).
"""

_ADDRESS = re.compile(r"[^@\s,;<>()\"\\]{1,64}@([^@\s.,;<>()\"\\]{1,63}\.)+[^@\s.,;<>()\"\\]{2,63}")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd\ud800-\udfff]")
"""Control and direction characters, zero widths, what stands for a broken one: no mail server takes them."""


def fold_email(email: str) -> str:
    """One spelling per address: NFKC, lower case. What an address means left of the @ is its server's business, but no
    server in use tells capitals apart."""
    return normalize(email, "NFKC").strip().casefold()


def is_address(email: str) -> bool:
    """The form of an address; whether it exists only a mail can tell. Line ends and commas would reach the mail's
    header.
    """
    if len(email) > 254 or _UNSEEN.search(email):  # noqa: PLR2004 - RFC 5321 §4.5.3
        return False
    return _ADDRESS.fullmatch(email) is not None


def is_guessable(password: str, *, email: str, name: str) -> bool:
    """Whether it is among those tried first: a common one, one repeated character, or the person's own name or
    address.
    """
    folded = password.casefold()
    own = {email.casefold(), email.split("@", 1)[0].casefold(), name.casefold()}
    return folded in COMMON_PASSWORDS or len(set(folded)) < 3 or folded in own  # noqa: PLR2004 - one or two characters repeated
