"""Short value lists. Sources: EEN Partnering Profile Quality Guidelines v1.2 (stage, partnership, IPR status), WIPO
GREEN
(licence, sale, joint venture), the Law on Promoting the Transformation of Scientific and Technological Achievements
of China,
Art. 16 (assignment, licence, equity contribution), UN Sustainable Development Goals; read November 2026.
Industries are our own list: the sectors of the region's plans, not a statistical classification.
"""

from enum import StrEnum

from market.kernel.errors import N_

COUNTRIES = ("CN", "BN", "KH", "ID", "LA", "MY", "MM", "PH", "SG", "TH", "TL", "VN")
"""China and ASEAN's eleven (Timor-Leste joined on 26 October 2025)."""


class Stage(StrEnum):
    CONCEPT = "concept"
    UNDER_DEVELOPMENT = "under_development"
    LAB_TESTED = "lab_tested"
    AVAILABLE_FOR_DEMONSTRATION = "available_for_demonstration"
    ON_THE_MARKET = "on_the_market"


STAGES = {
    Stage.CONCEPT: N_("Concept stage"),
    Stage.UNDER_DEVELOPMENT: N_("Under development"),
    Stage.LAB_TESTED: N_("Lab tested"),
    Stage.AVAILABLE_FOR_DEMONSTRATION: N_("Available for demonstration"),
    Stage.ON_THE_MARKET: N_("Already on the market"),
}

STAGE_TRL = {
    Stage.CONCEPT: (1, 2),
    Stage.UNDER_DEVELOPMENT: (3, 3),
    Stage.LAB_TESTED: (4, 5),
    Stage.AVAILABLE_FOR_DEMONSTRATION: (6, 7),
    Stage.ON_THE_MARKET: (8, 9),
}
"""Lowest and highest TRL that a stage usually means. Derived by us: the form hints at a mismatch and refuses none."""

TRL = {
    1: N_("TRL 1: basic principles observed"),
    2: N_("TRL 2: concept formulated"),
    3: N_("TRL 3: proof of concept"),
    4: N_("TRL 4: validated in the laboratory"),
    5: N_("TRL 5: validated in a relevant environment"),
    6: N_("TRL 6: demonstrated in a relevant environment"),
    7: N_("TRL 7: demonstrated in operation"),
    8: N_("TRL 8: complete and qualified"),
    9: N_("TRL 9: proven in operation"),
}


class IprStatus(StrEnum):
    NONE = "none"
    SECRET_KNOW_HOW = "secret_know_how"  # noqa: S105 - a kind of right
    PATENT_APPLIED = "patent_applied"
    PATENT_GRANTED = "patent_granted"
    UTILITY_MODEL = "utility_model"
    INDUSTRIAL_DESIGN = "industrial_design"
    SOFTWARE_COPYRIGHT = "software_copyright"
    PLANT_VARIETY = "plant_variety"
    LAYOUT_DESIGN = "layout_design"
    TRADE_MARK = "trade_mark"
    GEOGRAPHICAL_INDICATION = "geographical_indication"


IPR_STATUSES = {
    IprStatus.NONE: N_("No rights applied for"),
    IprStatus.SECRET_KNOW_HOW: N_("Secret know-how"),
    IprStatus.PATENT_APPLIED: N_("Patent applied for"),
    IprStatus.PATENT_GRANTED: N_("Patent granted"),
    IprStatus.UTILITY_MODEL: N_("Utility model"),
    IprStatus.INDUSTRIAL_DESIGN: N_("Industrial design"),
    IprStatus.SOFTWARE_COPYRIGHT: N_("Software copyright"),
    IprStatus.PLANT_VARIETY: N_("Plant variety right"),
    IprStatus.LAYOUT_DESIGN: N_("Layout design of integrated circuits"),
    IprStatus.TRADE_MARK: N_("Trade mark"),
    IprStatus.GEOGRAPHICAL_INDICATION: N_("Geographical indication"),
}


class PartnershipType(StrEnum):
    LICENCE = "licence"
    ASSIGNMENT = "assignment"
    JOINT_VENTURE = "joint_venture"
    EQUITY_CONTRIBUTION = "equity_contribution"
    COMMERCIAL_WITH_ASSISTANCE = "commercial_with_assistance"
    RESEARCH_COOPERATION = "research_cooperation"
    TECHNICAL_SERVICE = "technical_service"
    MANUFACTURING = "manufacturing"
    INVESTMENT = "investment"
    SUPPLY = "supply"


PARTNERSHIP_TYPES = {
    PartnershipType.LICENCE: N_("Licence agreement"),
    PartnershipType.ASSIGNMENT: N_("Sale of the technology"),
    PartnershipType.JOINT_VENTURE: N_("Joint venture"),
    PartnershipType.EQUITY_CONTRIBUTION: N_("Technology as equity contribution"),
    PartnershipType.COMMERCIAL_WITH_ASSISTANCE: N_("Commercial agreement with technical assistance"),
    PartnershipType.RESEARCH_COOPERATION: N_("Research and development cooperation"),
    PartnershipType.TECHNICAL_SERVICE: N_("Technical service and consulting"),
    PartnershipType.MANUFACTURING: N_("Manufacturing agreement"),
    PartnershipType.INVESTMENT: N_("Investment agreement"),
    PartnershipType.SUPPLY: N_("Supply agreement"),
}

MAX_PARTNERSHIP_TYPES = 3
MAX_FIELDS = 3
MAX_INDUSTRIES = 3
MAX_KEYWORDS = 10
MAX_IPC = 10
MAX_SDGS = 5


class PriceBasis(StrEnum):
    TOTAL = "total"
    PER_YEAR = "per_year"
    PER_UNIT = "per_unit"
    NEGOTIABLE = "negotiable"


PRICE_BASES = {
    PriceBasis.TOTAL: N_("in total"),
    PriceBasis.PER_YEAR: N_("per year"),
    PriceBasis.PER_UNIT: N_("per unit"),
    PriceBasis.NEGOTIABLE: N_("negotiable"),
}

INDUSTRIES = {
    "automobile": N_("Automobile"),
    "machinery": N_("Machinery"),
    "nonferrous_metals": N_("Nonferrous metals"),
    "steel_minerals": N_("Steel and minerals"),
    "electronics": N_("Electronics"),
    "ict": N_("Information and communication"),
    "biomedicine": N_("Biomedicine"),
    "medical_devices": N_("Medical devices"),
    "new_materials": N_("New materials"),
    "chemicals": N_("Chemicals"),
    "marine": N_("Marine industry"),
    "fisheries": N_("Fisheries and aquaculture"),
    "advanced_manufacturing": N_("Advanced manufacturing"),
    "sugar_cane": N_("Sugar and sugar cane"),
    "rice_grains": N_("Rice and grains"),
    "silk_textiles": N_("Silk and textiles"),
    "fruit_vegetables": N_("Fruit and vegetables"),
    "cassava_starch": N_("Cassava and starch"),
    "herbal_medicine": N_("Herbal medicine"),
    "livestock": N_("Livestock"),
    "food_processing": N_("Food processing"),
    "forestry_paper": N_("Forestry and paper"),
    "rubber_oil_palm": N_("Rubber and oil palm"),
    "tea_coffee_spices": N_("Tea, coffee and spices"),
    "energy": N_("Energy"),
    "environment_water": N_("Environment and water"),
    "construction": N_("Construction"),
    "transport_logistics": N_("Transport and logistics"),
}

SDGS = {
    "1": N_("1 No poverty"),
    "2": N_("2 Zero hunger"),
    "3": N_("3 Good health and well-being"),
    "4": N_("4 Quality education"),
    "5": N_("5 Gender equality"),
    "6": N_("6 Clean water and sanitation"),
    "7": N_("7 Affordable and clean energy"),
    "8": N_("8 Decent work and economic growth"),
    "9": N_("9 Industry, innovation and infrastructure"),
    "10": N_("10 Reduced inequalities"),
    "11": N_("11 Sustainable cities and communities"),
    "12": N_("12 Responsible consumption and production"),
    "13": N_("13 Climate action"),
    "14": N_("14 Life below water"),
    "15": N_("15 Life on land"),
    "16": N_("16 Peace, justice and strong institutions"),
    "17": N_("17 Partnerships for the goals"),
    "none": N_("Not relevant"),
}


class OrganizationKind(StrEnum):
    FIRM = "firm"
    INSTITUTE = "institute"
    UNIVERSITY = "university"
    TRANSFER_CENTRE = "transfer_centre"
    INCUBATOR = "incubator"
    INVESTOR = "investor"
    ASSOCIATION = "association"
    PUBLIC_BODY = "public_body"


ORGANIZATION_KINDS = {
    OrganizationKind.FIRM: N_("Firm"),
    OrganizationKind.INSTITUTE: N_("Research institute"),
    OrganizationKind.UNIVERSITY: N_("University"),
    OrganizationKind.TRANSFER_CENTRE: N_("Technology transfer centre"),
    OrganizationKind.INCUBATOR: N_("Incubator"),
    OrganizationKind.INVESTOR: N_("Investor"),
    OrganizationKind.ASSOCIATION: N_("Association or cooperative"),
    OrganizationKind.PUBLIC_BODY: N_("Public body"),
}
