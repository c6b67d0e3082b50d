from enum import StrEnum

from market.kernel.errors import N_


class Part(StrEnum):
    """What a score is put together from."""

    MEANING = "meaning"
    WORDS = "words"
    FIELD = "field"
    IPC = "ipc"
    INDUSTRY = "industry"
    KEYWORDS = "keywords"
    READINESS = "readiness"
    PRICE = "price"
    COUNTRY = "country"
    PARTNERSHIP = "partnership"
    LANGUAGES = "languages"
    FRESHNESS = "freshness"
    PROFILE = "profile"


class Constraint(StrEnum):
    """What keeps two listings apart however near they are."""

    OWN_ORGANIZATION = "own_organization"
    EXPIRED = "expired"
    COUNTRY_OF_DEMAND = "country_of_demand"  # the offer is not meant for it
    COUNTRY_OF_OFFER = "country_of_offer"  # the demand does not look there
    PARTNERSHIP = "partnership"
    NOT_FOR_US = "not_for_us"


CONSTRAINTS = {
    Constraint.OWN_ORGANIZATION: N_("Both are of the same organization."),
    Constraint.EXPIRED: N_("One of the two has expired."),
    Constraint.COUNTRY_OF_DEMAND: N_("The offer is not meant for the country of the demand."),
    Constraint.COUNTRY_OF_OFFER: N_("The demand does not look for partners in the country of the offer."),
    Constraint.PARTNERSHIP: N_("The two sides seek partnerships of other types."),
    Constraint.NOT_FOR_US: N_("One of the two sides has said that it does not fit."),
}


class Verdict(StrEnum):
    """What a side says of a match."""

    INTERESTED = "interested"
    IN_CONTACT = "in_contact"
    NOT_FOR_US = "not_for_us"


VERDICTS = {
    Verdict.INTERESTED: N_("Interested"),
    Verdict.IN_CONTACT: N_("Already in contact"),
    Verdict.NOT_FOR_US: N_("Not for us"),
}


class Unfit(StrEnum):
    """Why a match is not for a side."""

    SUBJECT = "subject"
    MATURITY = "maturity"
    PRICE = "price"
    PARTNER = "partner"
    SOLVED = "solved"
    OTHER = "other"


UNFIT = {
    Unfit.SUBJECT: N_("It is about something else"),
    Unfit.MATURITY: N_("The stage of development does not fit"),
    Unfit.PRICE: N_("The price does not fit"),
    Unfit.PARTNER: N_("The partner does not fit"),
    Unfit.SOLVED: N_("We have found another solution"),
    Unfit.OTHER: N_("Another reason"),
}
