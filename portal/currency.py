"""How many minor units a currency has (ISO 4217). Amounts are stored in them, so reading and writing agree here."""

from decimal import Decimal

# Digits after the decimal mark, where it is not 2.
WITHOUT_MINOR = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
    *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
)
THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
MINOR_DIGITS = {**dict.fromkeys(WITHOUT_MINOR, 0), **dict.fromkeys(THOUSANDTHS, 3)}


def minor_digits(currency: str) -> int:
    """Digits after the decimal mark of ``currency``."""
    return MINOR_DIGITS.get(currency, 2)


def in_major_units(minor_units: int | Decimal, currency: str) -> Decimal:
    """The exact amount in yuan, euro or yen for one in fen, cent or yen."""
    return Decimal(minor_units).scaleb(-minor_digits(currency))
