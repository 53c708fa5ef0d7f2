"""Case codes: how they are made, written, handed out and looked up.

A code is the only thing that leads back to a case, so it is random, long enough never to be guessed (95 bits), and
easy to copy by hand: no two of its characters look alike. Only a keyed hash of it is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata

from django.core import signing

from privacy.sealing import ring
from privacy.sealing.keys import INDEX_ROOT

ALPHABET = "23456789ACDEFGHJKMNPQRTVWXY"
GROUPS, GROUP_CHARS = 5, 4
CODE_CHARS = GROUPS * GROUP_CHARS
# Letters that are left out because they look like a digit are read as that digit.
READ_AS = str.maketrans({"Z": "2", "S": "5", "B": "8"})
LONGEST_TYPED = 100
TICKET_SECONDS = 24 * 60 * 60
TICKET_SALT = "participation.whistleblowing.ticket"


def new_code() -> str:
    """Such as ``K7MQ-4XWD-9TRA-VC63-HN8P``."""
    return written("".join(secrets.choice(ALPHABET) for _number in range(CODE_CHARS)))


def written(plain: str) -> str:
    return "-".join(plain[at : at + GROUP_CHARS] for at in range(0, len(plain), GROUP_CHARS))


def plain(typed: str) -> str:
    """What was typed, without what people and keyboards add: blanks, dashes, small and full-width letters."""
    text = unicodedata.normalize("NFKC", typed[:LONGEST_TYPED]).upper()
    return "".join(character for character in text if character.isalnum()).translate(READ_AS)


def digests(typed: str) -> list[bytes]:
    """What a case with this code may be found by, 32 bytes each: under the present index root, by which a new case is
    kept, and under each earlier one. Slow on purpose, and as slow for what is no code at all.

    The hash is keyed: whoever steals only the database cannot even try a code that they have seen somewhere. We do not
    know the codes, so what is kept of an earlier case stays under the root that it was made with.
    """
    stretched = hashlib.scrypt(plain(typed).encode(), salt=b"gongzhi/case-code/v1", n=2**14, r=8, p=1, dklen=32)
    keys = [ring.derived_key(root_id, b"gongzhi/case-code/v1") for root_id in ring.root_ids(INDEX_ROOT)]
    return [hmac.digest(key, stretched, "sha256") for key in keys]


def new_ticket() -> str:
    """A code of ours, signed, for the form to bring back: a report that is sent twice is one report with one code.

    It stands in the form from the beginning, so that an answer which is lost on its way does not take the code along.
    """
    return signing.TimestampSigner(salt=TICKET_SALT).sign(new_code())


def code_of(ticket: str) -> str | None:
    """The code of a ticket; None for one that is not ours, or older than a day."""
    try:
        return signing.TimestampSigner(salt=TICKET_SALT).unsign(ticket, max_age=TICKET_SECONDS)
    except signing.BadSignature:
        return None
