import hashlib

from market.kernel.ids import REFERENCE_ALPHABET, hash_token, new_reference_code, new_token


def test_a_reference_code_has_six_characters_that_can_be_read_aloud() -> None:
    codes = [new_reference_code() for _ in range(500)]

    assert {len(code) for code in codes} == {6}
    assert set("".join(codes)) == set(REFERENCE_ALPHABET)
    assert not set("01OILU") & set(REFERENCE_ALPHABET)


def test_reference_codes_do_not_follow_each_other() -> None:
    codes = [new_reference_code() for _ in range(500)]

    assert len(set(codes)) == 500
    assert codes not in (sorted(codes), sorted(codes, reverse=True))


def test_a_token_has_256_bits_and_fits_an_address() -> None:
    tokens = {new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}
    assert all(token.replace("-", "").replace("_", "").isalnum() for token in tokens)


def test_what_is_stored_of_a_token_can_be_looked_up_and_not_turned_back() -> None:
    token = new_token()

    assert hash_token(token) == hashlib.sha256(token.encode()).hexdigest()
    assert token not in hash_token(token)


def test_a_made_up_token_with_a_lone_surrogate_is_just_unknown() -> None:
    assert len(hash_token("\ud800")) == 64
