"""The unified social credit code (统一社会信用代码), GB 32100-2015."""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18


def is_well_formed(code: str) -> bool:
    """Whether ``code`` has 18 characters of the standard's alphabet."""
    return len(code) == LENGTH and all(character in ALPHABET for character in code)


def check_character(code: str) -> str:
    """The 18th character for the first 17: weights are the powers of 3 modulo 31 (GB 32100-2015, 5.3)."""
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(code[: LENGTH - 1]))
    return ALPHABET[(31 - total % 31) % 31]


def has_valid_check(code: str) -> bool:
    """Whether the check character fits. Some codes in real use do not: warn, never refuse."""
    return is_well_formed(code) and check_character(code) == code[-1]
