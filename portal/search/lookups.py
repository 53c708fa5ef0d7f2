"""``name__folded_contains="educacion"``: finds Educación, ＥＤＵＣＡＣＩÓＮ and so on, on both databases alike.

The query is widened, not the column folded: there is no second column to keep in step, and no function to install.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Lookup, TextField

from portal.search.folding import glob_pattern, regular_expression


@CharField.register_lookup
@TextField.register_lookup
class FoldedContains(Lookup[Any]):
    lookup_name = "folded_contains"

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[str, ...]]:
        make = regular_expression if connection.vendor == "postgresql" else glob_pattern
        return "%s", (make(str(value)),)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, column_params = self.process_lhs(compiler, connection)
        pattern, params = self.process_rhs(compiler, connection)
        operator = "~" if connection.vendor == "postgresql" else "GLOB"
        return f"{column} {operator} {pattern}", (*column_params, *params)
