"""A published decision (JSON) into ``Decision``. The format is in docs/deciding.md."""

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from participation.decisions.deciding.charter import LARGEST_RATING, Charter
from participation.decisions.deciding.decision import (
    BLANK,
    UNSTATED,
    Decision,
    Group,
    Option,
    Ratings,
    Sums,
    UnreadableDecision,
)
from participation.decisions.deciding.objections import Harm, LegalFinding, Objection, Petition, Signers, State
from participation.decisions.deciding.packages import Compensation, Condition, Measure

Word = TypeVar("Word", bound=StrEnum)

SHORT_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30}|/\d{1,30})?(e[+-]?\d)?", re.ASCII | re.IGNORECASE)
LARGEST_NUMBER = 10**18
LARGEST_FILE = 64 * 1024 * 1024
STATUS_QUO = "SQ"


def read_decision(raw: bytes) -> tuple[Decision, Compensation | list[Compensation] | None]:
    """Raises ``UnreadableDecision`` with the reason for whatever is not a decision."""
    data = _mapping(_parsed(raw), "The file")
    ratings = _mapping(data.get("ratings"), "ratings")
    options = _options(data, ratings)
    ids = [option.id for option in options]
    about = _mapping(data.get("groups", {}), "groups")
    if unknown := sorted(set(about) - set(ratings)):
        raise UnreadableDecision(f"groups: {unknown[0]} has no ratings.")
    decision = Decision(
        options=options,
        status_quo=_text(data.get("status_quo", STATUS_QUO), "status_quo"),
        groups=[_group(id_, columns, about.get(id_, {}), ids) for id_, columns in ratings.items()],
        weights=_weights(data.get("weights"), list(ratings)),
        charter=_charter(_mapping(data.get("params", {}), "params")),
        lot=[_text(id_, "lot") for id_ in _list(data.get("lot", []), "lot")],
        objections=[_objection(entry) for entry in _list(data.get("objections", []), "objections")],
        petitions=[_petition(entry) for entry in _list(data.get("petitions", []), "petitions")],
        round=_whole(data.get("round", 1), "round"),
        extensions_used=_whole(data.get("extensions_used", 0), "extensions_used"),
    )
    offered = data.get("compensation")
    if isinstance(offered, list):
        return decision, [_compensation(one, decision) for one in offered]
    return decision, _compensation(offered, decision) if offered else None


def _parsed(raw: bytes) -> Any:
    if len(raw) > LARGEST_FILE:
        raise UnreadableDecision(f"The file is larger than {LARGEST_FILE // 1024**2} MB.")
    try:
        return json.loads(
            raw.decode("utf-8-sig"),
            parse_float=_decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_repetition,
        )
    except UnicodeDecodeError as error:
        raise UnreadableDecision("The file is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        raise UnreadableDecision(f"This is not JSON: {error.msg} in line {error.lineno}.") from error
    except RecursionError as error:
        raise UnreadableDecision("The file is nested too deeply.") from error
    except ValueError as error:
        raise UnreadableDecision(str(error)) from error


def _decimal(text: str) -> Fraction:
    """Without its limit, a number of eleven characters could fill the memory with digits."""
    if not SHORT_NUMBER.fullmatch(text):
        raise UnreadableDecision(f"{text[:20]} is not a number that can be counted with.")
    return Fraction(text)


def _refuse_constant(name: str) -> None:
    raise UnreadableDecision(f"{name} is not a number.")


def _without_repetition(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UnreadableDecision(f"{key} is given twice.")
        found[key] = value
    return found


def _options(data: Mapping[str, Any], ratings: Mapping[str, Any]) -> list[Option]:
    """The options that are declared, else those of the first group that rated any."""
    if "options" in data:
        declared = _mapping(data["options"], "options")
        return [
            Option(id_, _ratio(_mapping(about, f"options, {id_}").get("cost", 0), f"The cost of {id_}"))
            for id_, about in declared.items()
        ]
    rated = [list(_mapping(columns, f"ratings of {group}")) for group, columns in ratings.items()]
    return [Option(id_) for id_ in next((ids for ids in rated if ids), [])]


def _group(id_: str, columns: Any, about: Any, options: Sequence[str]) -> Group:
    about = _mapping(about, f"groups, {id_}")
    strata = [
        UNSTATED if name is None else _text(name, f"strata of {id_}")
        for name in _list(about.get("strata", []), f"strata of {id_}")
    ]
    people = _mapping(about.get("population", {}), f"population of {id_}")
    is_open, is_told = about.get("open", False), about.get("told", True)
    if not isinstance(is_open, bool) or not isinstance(is_told, bool):
        raise UnreadableDecision(f"open and told of {id_} must be true or false.")
    return Group(
        id_,
        _ratings(id_, _mapping(columns, f"ratings of {id_}"), options),
        is_open=is_open,
        roster=None if about.get("roster") is None else _whole(about["roster"], f"roster of {id_}"),
        quorum=_whole(about.get("quorum", 0), f"quorum of {id_}"),
        strata=strata,
        population={name: _whole(number, f"population of {id_}") for name, number in people.items()},
        sums=None if about.get("sums") is None else _sums(id_, about["sums"], options),
        is_told=is_told,
    )


def _sums(group: str, given: Any, options: Sequence[str]) -> Sums:
    """[rated, sum of the ratings, accepting, heard, opposing] of every option; null where too few rated it."""
    what = f"sums of {group}"
    given = _mapping(given, what)
    columns = _mapping(given.get("options"), what)
    if odd := sorted(set(columns) ^ set(options)):
        raise UnreadableDecision(f"Every group rates the same options: look at {odd[0]} in {group}.")
    lists = [[0] * 5 if columns[option] is None else _list(columns[option], what) for option in options]
    if any(len(numbers) != 5 for numbers in lists):
        raise UnreadableDecision(f"The sums of {group} must have five numbers for each option, or null.")
    marks = np.array([[_whole(number, what) for number in numbers] for numbers in lists], dtype=np.int64).T
    return Sums(_whole(given.get("ballots"), what), marks)


def _ratings(group: str, columns: Mapping[str, Any], options: Sequence[str]) -> Ratings:
    if not columns:
        return np.empty((0, len(options)), dtype=np.int8)
    if odd := sorted(set(columns) ^ set(options)):
        raise UnreadableDecision(f"Every group rates the same options: look at {odd[0]} in {group}.")
    lists = [_list(columns[option], f"ratings of {group} for {option}") for option in options]
    if len({len(column) for column in lists}) > 1:
        raise UnreadableDecision(
            f"{group} must have one rating in every list for each ballot (null for an abstention)."
        )
    for option, column in zip(options, lists, strict=True):
        for ballot, rating in enumerate(column):
            if rating is not None and (type(rating) is not int or not 0 <= rating <= LARGEST_RATING):
                raise UnreadableDecision(
                    f"Ballot {ballot} of {group} rates {option} with {_shown(rating)}: "
                    f"ratings are whole numbers from 0 to {LARGEST_RATING}, or null."
                )
    return np.array([[BLANK if r is None else r for r in column] for column in lists], dtype=np.int8).T


def _weights(given: Any, groups: Sequence[str]) -> dict[str, Fraction]:
    """Scaled so that they add up to 1; equal where none are given."""
    if given is None:
        return {group: Fraction(1, len(groups)) for group in groups}
    weights = {group: _ratio(weight, f"The weight of {group}") for group, weight in _mapping(given, "weights").items()}
    if any(weight <= 0 for weight in weights.values()):
        raise UnreadableDecision("The weights of the groups must be above zero.")
    if set(weights) != set(groups):
        raise UnreadableDecision(f"weights: look at {min(set(weights) ^ set(groups))}; each group has one weight.")
    # The order of the ratings, whatever the order of the weights.
    return {group: weights[group] / sum(weights.values()) for group in groups}


def _charter(given: Mapping[str, Any]) -> Charter:
    defaults = Charter().values()
    if unknown := sorted(set(given) - set(defaults)):
        raise UnreadableDecision(f"params: {unknown[0]} is not a parameter. There are: {', '.join(defaults)}.")
    values: dict[str, Any] = {
        name: (_whole if isinstance(defaults[name], int) else _ratio)(value, f"The parameter {name}")
        for name, value in given.items()
    }
    try:
        return Charter(**values)
    except ValueError as error:
        raise UnreadableDecision(str(error)) from error


def _objection(entry: Any) -> Objection:
    entry = _mapping(entry, "An objection")
    return Objection(
        option=_text(entry.get("option"), "The option of an objection"),
        group=_text(entry.get("group"), "The group of an objection"),
        harm=_word(Harm, entry.get("harm"), "The harm of an objection"),
        part=_text(entry.get("part", ""), "The part of an objection"),
        state=_word(State, entry.get("state"), "The state of an objection"),
        ballot=None if entry.get("ballot") is None else _whole(entry["ballot"], "The ballot of an objection"),
        legal=_word(LegalFinding, entry.get("legal", LegalFinding.OPEN.value), "The legal finding of an objection"),
        integration_rounds=_whole(entry.get("integration_rounds", 0), "The rounds of an objection"),
    )


def _petition(entry: Any) -> Petition:
    entry = _mapping(entry, "A petition")
    return Petition(
        option=_text(entry.get("option"), "The option of a petition"),
        group=_text(entry.get("group"), "The group of a petition"),
        signers=_word(Signers, entry.get("signers"), "The signers of a petition"),
        signatures=_whole(entry.get("signatures"), "The signatures of a petition"),
        out_of=_whole(entry.get("out_of"), "The number of those who may sign a petition"),
        used_this_year=_whole(entry.get("used_this_year", 1), "The petitions of the year"),
        decisions_this_year=_whole(entry.get("decisions_this_year", 1), "The decisions of the year"),
        has_substance=entry.get("has_substance", False) is True,
        integration_rounds=_whole(entry.get("integration_rounds", 0), "The rounds of a petition"),
    )


def _compensation(given: Any, decision: Decision) -> Compensation:
    given = _mapping(given, "compensation")
    costs = _mapping(given.get("measures"), "The measures of compensation")
    conditional = _mapping(given.get("conditional", {}), "compensation, conditional")
    conditions = []
    for group, entries in conditional.items():
        for entry in _list(entries, f"The conditions of {group}"):
            if not isinstance(entry, list) or len(entry) != 3:
                raise UnreadableDecision(f"A condition of {group} must be [ballot, measure, rating].")
            ballot, measure, rating = entry
            what = f"A condition of {group}"
            conditions.append(Condition(group, _whole(ballot, what), _text(measure, what), _whole(rating, what)))
    return Compensation(
        decision,
        option=_text(given.get("option"), "The option of compensation"),
        measures=[Measure(id_, _ratio(cost, f"The cost of {id_}")) for id_, cost in costs.items()],
        conditions=conditions,
        limit=None if given.get("limit") is None else _ratio(given["limit"], "The limit of compensation"),
    )


def _shown(value: Any) -> str:
    """What was found, short enough for a message."""
    text = str(float(value)) if isinstance(value, Fraction) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnreadableDecision(f"{what} must be a JSON object.")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise UnreadableDecision(f"{what} must be a list.")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise UnreadableDecision(f"{what} must be text, not {_shown(value)}.")
    return value


def _whole(value: Any, what: str) -> int:
    if type(value) is not int or not 0 <= value <= 10**9:
        raise UnreadableDecision(f"{what} must be a whole number from 0 to a billion, not {_shown(value)}.")
    return value


def _ratio(value: Any, what: str) -> Fraction:
    """A number, or text such as "1/4" or "0.25"; exact."""
    try:
        number = _decimal(value) if isinstance(value, str) else value
        if isinstance(number, bool) or not isinstance(number, int | Fraction) or abs(Fraction(number)) > LARGEST_NUMBER:
            raise TypeError
        return Fraction(number)
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise UnreadableDecision(f"{what} must be a number or a ratio such as 1/4, not {_shown(value)}.") from error


def _word(words: type[Word], value: Any, what: str) -> Word:
    try:
        return words(value)
    except ValueError as error:
        raise UnreadableDecision(f"{what} must be one of {', '.join(words)}, not {_shown(value)}.") from error
