"""The count itself, without Django: anybody can run it again on a published ballot file.

``election`` holds projects and ballots, ``pabulib`` reads and writes them, ``equal_shares`` is one run of the Method of
Equal Shares, ``completion`` what is done with the rest, ``reference_rules`` the rules it is compared with, ``lot`` the
order of ties, ``certificate`` a second count in fractions only, ``explaining`` a result in numbers for the people it
concerns. Money is exact: ``fractions.Fraction`` in the currency of the election. See docs/allocation.md.
"""
