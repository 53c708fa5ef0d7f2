"""How a decision among options is made, without Django: anybody can run it again on the published ballots.

``reading`` understands a published file, ``decision`` and ``charter`` hold options, ballots and frozen rules,
``figures`` has the support of each group, ``objections`` what stands in the way, ``choosing`` the grades and the
choice, ``packages`` the cheapest compensation, ``robustness`` what would have changed the result, ``explaining`` the
reasons in numbers, ``reporting`` all of it as plain data. Every number that decides is an exact
``fractions.Fraction``; utilities are ratings divided by ten.
"""
