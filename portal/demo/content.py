"""What the city is made of, as written down in ``content/``: people, departments, codes and stories."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "content"


@cache
def read(name: str) -> dict[str, Any]:
    """The file ``content/<name>.toml``."""
    with (FOLDER / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def stories() -> list[dict[str, Any]]:
    """Every consultation with what was said in it and what came of it, the one announced first on top."""
    found = [read(f"stories/{path.stem}") for path in (FOLDER / "stories").glob("*.toml")]
    return sorted(found, key=lambda story: story["timeline"]["announced"])
