"""WIPO's 35 fields of technology and the IPC symbols that belong to each.

Source: WIPO IPC-Technology Concordance Table (Schmoch 2008, as published by WIPO; read November 2026). Subclasses
newer than
the table (`NEWER`) are placed by their origin: a suggestion of ours until WIPO's table has them.
"""

import re
from dataclasses import dataclass
from functools import cache

from market.kernel.errors import N_


@dataclass(frozen=True, slots=True)
class Field:
    """`code` is WIPO's number, `sector` one of its five sectors."""

    code: int
    sector: str
    label: str


SECTORS = {
    "electrical_engineering": N_("Electrical engineering"),
    "instruments": N_("Instruments"),
    "chemistry": N_("Chemistry"),
    "mechanical_engineering": N_("Mechanical engineering"),
    "other_fields": N_("Other fields"),
}

FIELDS = {
    field.code: field
    for field in (
        Field(1, "electrical_engineering", N_("Electrical machinery, apparatus, energy")),
        Field(2, "electrical_engineering", N_("Audio-visual technology")),
        Field(3, "electrical_engineering", N_("Telecommunications")),
        Field(4, "electrical_engineering", N_("Digital communication")),
        Field(5, "electrical_engineering", N_("Basic communication processes")),
        Field(6, "electrical_engineering", N_("Computer technology")),
        Field(7, "electrical_engineering", N_("IT methods for management")),
        Field(8, "electrical_engineering", N_("Semiconductors")),
        Field(9, "instruments", N_("Optics")),
        Field(10, "instruments", N_("Measurement")),
        Field(11, "instruments", N_("Analysis of biological materials")),
        Field(12, "instruments", N_("Control")),
        Field(13, "instruments", N_("Medical technology")),
        Field(14, "chemistry", N_("Organic fine chemistry")),
        Field(15, "chemistry", N_("Biotechnology")),
        Field(16, "chemistry", N_("Pharmaceuticals")),
        Field(17, "chemistry", N_("Macromolecular chemistry, polymers")),
        Field(18, "chemistry", N_("Food chemistry")),
        Field(19, "chemistry", N_("Basic materials chemistry")),
        Field(20, "chemistry", N_("Materials, metallurgy")),
        Field(21, "chemistry", N_("Surface technology, coating")),
        Field(22, "chemistry", N_("Micro-structural and nano-technology")),
        Field(23, "chemistry", N_("Chemical engineering")),
        Field(24, "chemistry", N_("Environmental technology")),
        Field(25, "mechanical_engineering", N_("Handling")),
        Field(26, "mechanical_engineering", N_("Machine tools")),
        Field(27, "mechanical_engineering", N_("Engines, pumps, turbines")),
        Field(28, "mechanical_engineering", N_("Textile and paper machines")),
        Field(29, "mechanical_engineering", N_("Other special machines")),
        Field(30, "mechanical_engineering", N_("Thermal processes and apparatus")),
        Field(31, "mechanical_engineering", N_("Mechanical elements")),
        Field(32, "mechanical_engineering", N_("Transport")),
        Field(33, "other_fields", N_("Furniture, games")),
        Field(34, "other_fields", N_("Other consumer goods")),
        Field(35, "other_fields", N_("Civil engineering")),
    )
}

_RULES = {
    1: "F21(HKLSVWY); H01(BCFGHJKMRT); H02(BGHJKMNPS); H05(BCF); H99(Z)",
    2: "G09(FG); G11(B); H04N/ 3,5,7,9,11,13,15,17,19,101; H04(RS); H05(K)",
    3: "G08(C); H01(PQ); H04(BHJKMQ); H04N/ 1",
    4: "H04(LW); H04N/ 21",
    5: "H03(BCDFGHJKLM)",
    6: "G06(CDEFGJKMNT); G10(L); G11(C)",
    7: "G06(Q)",
    8: "H01(L)",
    9: "G02(BCF); G03(BCDFGH); H01(S)",
    10: (
        "G01(BCDFGHJKLMPQRSVW); G01N/ 1,3,5,7,9,11,13,15,17,19,21,22,23,24,25,27,29,30,31,35,37; "
        "G04(BCDFGR); G12(B); G99(Z)"
    ),
    11: "G01N/ 33",
    12: "G05(BDF); G07(BCDFG); G08(BG); G09(BCD)",
    13: "A61(BCDFGHJLMN); H05(G); G16(H)",
    14: "A61K/ 8; A61(Q); C07(BCDFHJ); C40(B)",
    15: "C07(GK); C12(MNPQRS)",
    16: "A61K/ 6,9,31,33,35,36,38,39,41,45,47,48,49,50,51,101,103,125,127,129,131,133,135; A61(P)",
    17: "C08(BCFGHKL)",
    18: "A01(H); A21(D); A23(BCDFGJKL); C12(CFGHJ); C13B/ 10,20,30,35,40,50,99; C13(DFJK)",
    19: "A01(NP); C05(BCDFG); C06(BCDF); C09(BCDFGHJK); C10(BCFGHJKLMN); C11(BCD); C99(Z)",
    20: "B22(CDF); C01(BCDFG); C03(C); C04(B); C21(BCD); C22(BCF)",
    21: "B05(CD); B32(B); C23(CDFG); C25(BCDF); C30(B)",
    22: "B81(BC); B82(BY)",
    23: (
        "B01(BFJL); "
        "B01D/ 1,3,5,7,8,9,11,12,15,17,19,21,24,25,27,29,33,35,36,37,39,41,43,57,59,61,63,65,67,69,71; "
        "B02(C); B03(BCD); B04(BC); B05(B); B06(B); B07(BC); B08(B); C14(C); D06(BCL); F25(J); F26(B); "
        "H05(H)"
    ),
    24: ("A62(C); B01D/ 45,46,47,49,50,51,52,53; B09(BC); B65(F); C02(F); E01F/ 8; F01(N); F23(GJ); G01(T)"),
    25: "B25(J); B65(BCDGH); B66(BCDF); B67(BCD)",
    26: ("A62(D); B21(BCDFGHJKL); B23(BCDFGHKPQ); B24(BCD); B25(BCDFGH); B26(BDF); B27(BCDFGHJKLMN); B30(B)"),
    27: "F01(BCDKLMP); F02(BCDFGKMNP); F03(BCDGH); F04(BCDF); F23(R); F99(Z); G21(BCDFGHJK)",
    28: (
        "A41(H); A43(D); A46(D); B31(BCDF); B41(BCDFGJKLMN); C14(B); D01(BCDFGH); D02(GHJ); D03(CDJ); "
        "D04(BCGH); D05(BC); D06(GHJMPQ); D21(BCDFGHJ); D99(Z)"
    ),
    29: (
        "A01(BCDFGJKLM); A21(BC); A22(BC); A23(NP); B02(B); B28(BCD); B29(BCDKL); B33(Y); B99(Z); C03(B); "
        "C08(J); C12(L); C13B/ 5,15,25,45; C13(CGH); F41(ABCFGHJ); F42(BCD)"
    ),
    30: "F22(BDG); F23(BCDHKLMNQ); F24(BCDFHJSTV); F25(BC); F27(BD); F28(BCDFG)",
    31: "F15(BCD); F16(BCDFGHJKLMNPST); F17(BCD); G05(G)",
    32: "B60(BCDFGHJKLMNPQRSTVW); B61(BCDFGHJKL); B62(BCDHJKLM); B63(BCGHJ); B64(BCDFG)",
    33: "A47(BCDFGHJKL); A63(BCDFGHJK)",
    34: (
        "A24(BCDF); A41(BCDFG); A42(BC); A43(BC); A44(BC); A45(BCDF); A46(B); A62(B); A99(Z); B42(BCDF); "
        "B43(KLM); B44(BCDF); B68(BCFG); D04(D); D06(FN); D07(B); F25(D); G10(BCDFGHK)"
    ),
    35: (
        "E01(BCDH); E01F/ 1,3,5,7,9,11,13,15; E02(BCDF); E03(BCDF); E04(BCDFGH); E05(BCDFG); E06(BC); E21(BCDF); E99(Z)"
    ),
}
"""`H01(BC)` stands for the subclasses H01B and H01C, `H04N/ 1,3` for main groups of a subclass that is split over
fields.
"""

NEWER = {
    **dict.fromkeys(("G06V", "G16B", "G16C", "G16Y", "G16Z"), 6),
    **dict.fromkeys(("H10B", "H10D", "H10F", "H10H", "H10K", "H10N", "H10P", "H10W"), 8),
    "B64U": 32,
}

_SYMBOL = re.compile(r"([A-H][0-9]{2}[A-Z])(?:\s*([0-9]{1,4})(?:/[0-9]{2,6})?)?")
_RULE = re.compile(r"([A-H][0-9]{2})\(([A-Z]+)\)|([A-H][0-9]{2}[A-Z])/ ([0-9,]+)")


def normalize_ipc(symbol: str) -> str | None:
    """`a23b 7/154` → `A23B 7/154`; None where it is no IPC symbol down to at least the subclass."""
    compact = " ".join(symbol.upper().split())
    match = _SYMBOL.fullmatch(compact)
    if match is None:
        return None
    rest = compact[4:].strip()
    return f"{match.group(1)} {rest}" if rest else match.group(1)


def find_fields(symbol: str) -> tuple[int, ...]:
    """The fields an IPC symbol belongs to: one, save for a split subclass given without its main group."""
    match = _SYMBOL.fullmatch(symbol)
    if match is None:
        return ()
    subclass, group = match.groups()
    whole, split = _tables()
    if subclass in split:
        groups = split[subclass]
        return (groups[int(group)],) if group and int(group) in groups else tuple(sorted(set(groups.values())))
    return (whole[subclass],) if subclass in whole else ()


@cache
def _tables() -> tuple[dict[str, int], dict[str, dict[int, int]]]:
    whole: dict[str, int] = dict(NEWER)
    split: dict[str, dict[int, int]] = {}
    for field, rules in _RULES.items():
        for ipc_class, letters, subclass, groups in _RULE.findall(rules):
            whole.update({ipc_class + letter: field for letter in letters})
            if subclass:
                split.setdefault(subclass, {}).update({int(group): field for group in groups.split(",")})
    return whole, split
