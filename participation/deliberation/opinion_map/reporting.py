"""An opinion map as plain data, with the names of the Polis API inside the lists."""

from typing import Any

import numpy as np

from participation.deliberation.opinion_map.drawing import OpinionMap
from participation.deliberation.opinion_map.selecting import Selected
from participation.deliberation.opinion_map.tallies import Tallies, group_informed_consensus, priority

# Of positions and of what follows from them: further digits differ between processors.
DECIMALS = 12


def as_data(drawn: OpinionMap) -> dict[str, Any]:
    """Ready for JSON. Keys of ``participants``, ``group_informed_consensus``, ``representative`` and ``priority`` are
    ids as text. Statements nobody has voted on are in ``group_informed_consensus`` and ``priority`` as well, so that
    they can be routed."""
    ids = drawn.votes.statements.tolist()
    consensus = dict(zip(ids, drawn.consensus_agree.tolist(), strict=True))
    priorities = dict(zip(ids, drawn.priorities.tolist(), strict=True))
    for statement in drawn.unvoted:
        nothing = Tallies(*(np.zeros((len(drawn.group_ids), 1), np.int64) for _ in range(3)))
        consensus[statement.id] = float(group_informed_consensus(nothing)[0][0])
        priorities[statement.id] = float(priority(nothing, np.zeros(1), np.array([statement.is_meta]))[0])
    groups = [(id_, drawn.members(place)) for place, id_ in enumerate(drawn.group_ids)]
    return {
        "k": len(groups),
        "groups": [{"id": id_, "size": len(members), "members": members} for id_, members in groups],
        "participants": {
            str(id_): [_rounded(x), _rounded(y)]
            for id_, (x, y) in zip(
                drawn.votes.participants.tolist(), drawn.positions.participants.tolist(), strict=True
            )
        },
        "group_informed_consensus": {str(id_): consensus[id_] for id_ in sorted(consensus)},
        "consensus": {side: [_entry(selected) for selected in chosen] for side, chosen in drawn.consensus.items()},
        "representative": {
            str(id_): [_entry(selected) for selected in chosen]
            for id_, chosen in zip(drawn.group_ids, drawn.representative, strict=True)
        },
        "priority": {str(id_): _rounded(priorities[id_]) for id_ in sorted(priorities)},
    }


def _rounded(value: float) -> float:
    # Adding zero makes the negative zero positive.
    return round(value, DECIMALS) + 0.0


def _entry(selected: Selected) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "tid": selected.statement,
        "n-success": selected.count,
        "n-trials": selected.seen,
        "p-success": selected.probability,
        "p-test": selected.probability_test,
    }
    if selected.repness is None:
        return entry
    entry |= {"repness": selected.repness, "repness-test": selected.repness_test, "repful-for": selected.direction}
    return entry | {"n-agree": selected.count, "best-agree": True} if selected.is_best_agree else entry
