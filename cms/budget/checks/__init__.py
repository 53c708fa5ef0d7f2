"""Cross-checks of a release: ``run_checks`` applies the rules, ``blocking`` says what is in the way."""

from cms.budget.checks.running import blocking, require_publishable, run_checks

__all__ = ["blocking", "require_publishable", "run_checks"]
