#!/usr/bin/env python3
"""Check the receipt of a consent offline. Needs Python 3.9 or later, and verify_receipt.py of the log beside it.
离线核验同意回执。需要 Python 3.9 或更高版本，并把日志的 verify_receipt.py 放在同一文件夹。

    python3 verify_consent.py RECEIPT.json --log KEY

KEY  the verifying key of the log. Take it from somewhere else than the receipt: a printed report, another person

It ends with status 0: the log's key signed just this; 1: it did not; 2: it could not be checked.
What is proven is that the operator confirmed this consent in these words. Rules: RFC 8032, C2SP signed-note.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import sys

from verify_receipt import (  # type: ignore[import-not-found]  # beside it, when it runs
    ED25519,
    Key,
    Unchecked,
    from_base64,
    is_signed,
)

TYPE = "gongzhi/consent-receipt/v1"
PROVEN, NOT_PROVEN, NOT_CHECKED = 0, 1, 2


def is_proven(file: str, key: Key) -> bool:
    held = json.loads(file)
    text, separator, signatures = held["note"].rpartition("\n\n")
    said = json.loads(text)
    if not separator or said != held["receipt"] or said["type"] != TYPE or said["log"] != key.name:
        return False
    for line in signatures.splitlines():
        found = re.fullmatch("\N{EM DASH} ([^\\s+]+) (\\S+)", line)
        data = from_base64(found[2]) if found else b""
        if found and found[1] == key.name and data[:4] == key.key_id:
            return bool(is_signed(key.public_key, (text + "\n").encode(), data[4:]))
    return False


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("receipt", type=pathlib.Path)
    parser.add_argument("--log", required=True, metavar="KEY")
    arguments = parser.parse_args(argv)
    try:
        key = Key(arguments.log, ED25519)
        file = arguments.receipt.read_text("utf-8")
    except (OSError, UnicodeDecodeError, Unchecked) as error:
        print(f"COULD NOT BE CHECKED. 无法核验。 {error}")  # noqa: T201 - a program for the command line
        return NOT_CHECKED
    try:
        proven = is_proven(file, key)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        proven = False
    if not proven:
        print("NOT VERIFIED. 未通过核验。")  # noqa: T201
        return NOT_PROVEN
    said = json.loads(file)["receipt"]
    print(f"VERIFIED. 已核验。 {said['purpose']}: {said['state']}, {said['time']}, {said['notice']['sha256']}")  # noqa: T201
    return PROVEN


if __name__ == "__main__":
    sys.exit(main())
