"""What this room holds: nothing about people, but who did what in office."""

from __future__ import annotations

from privacy.rights.registry import in_office, nothing_personal, register

register(
    in_office(
        "participation.Answer",
        "answered_by reviewed_by",
        not_personal="consultation department outcome reason published_at version corrected_at",
    ),
    in_office("participation.AnswerPart", "written_by", "text", not_personal="answer department version"),
    nothing_personal("participation.AnsweredInput", "answer feedback evaluation"),
    in_office(
        "participation.AnswerDraft",
        "written_by reviewed_by",
        "reason why review_note",
        not_personal="consultation answer department outcome state created submitted_at",
    ),
    nothing_personal("participation.DraftInput", "draft feedback evaluation"),
    in_office(
        "participation.PartAsked", "asked_by written_by", "text", not_personal="draft department asked_at given_at"
    ),
    in_office("participation.Theme", "made_by", not_personal="consultation name created"),
    in_office("participation.ThemeTag", "tagged_by", not_personal="theme feedback evaluation created"),
)
