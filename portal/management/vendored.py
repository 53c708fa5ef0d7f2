"""Scripts of others that we serve ourselves: fetched once, checked, and kept with our own files.

``portal/static/vendor/vendor.toml`` says which package in which version, the digest (SHA-512) of what its registry
hands out, and which of its files we take, each with its own digest. Running the portal needs neither npm nor Node.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

VENDOR_DIR = Path(__file__).resolve().parents[1] / "static" / "vendor"


class WrongDigest(Exception):
    """A file is not the one that was locked."""


@dataclass(frozen=True)
class Package:
    """``files``: path in the package -> (name under our folder, digest). Digests as in npm: ``sha512-...``."""

    name: str
    version: str
    integrity: str
    files: dict[str, tuple[str, str]]


def locked() -> list[Package]:
    content = tomllib.loads((VENDOR_DIR / "vendor.toml").read_text("utf-8"))
    return [
        Package(
            name,
            entry["version"],
            entry["integrity"],
            {path: (each["to"], each["integrity"]) for path, each in entry["files"].items()},
        )
        for name, entry in content.items()
    ]


def digest(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def problems() -> list[str]:
    """What differs between the lock file and the files that are kept; empty where all is well."""
    expected = {VENDOR_DIR / "vendor.toml"}
    found = []
    for package in locked():
        for to, integrity in package.files.values():
            path = VENDOR_DIR / package.name / to
            expected.add(path)
            if not path.exists():
                found.append(f"{package.name}/{to} is missing")
            elif digest(path.read_bytes()) != integrity:
                found.append(f"{package.name}/{to} is not the locked file")
    kept = {path for path in VENDOR_DIR.rglob("*") if path.is_file()}
    found += [f"{path.relative_to(VENDOR_DIR)} is not in the lock file" for path in sorted(kept - expected)]
    return found


def fetch() -> list[str]:
    """Fetch every package by ``npm pack``, check it, and copy what the lock file lists; what was copied."""
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm")
    copied = []
    for package in locked():
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(  # noqa: S603
                [npm, "pack", "--silent", f"{package.name}@{package.version}"],
                cwd=folder,
                check=True,
                capture_output=True,
            )
            [archive] = Path(folder).glob("*.tgz")
            if digest(archive.read_bytes()) != package.integrity:
                raise WrongDigest(f"{package.name}@{package.version}")
            with tarfile.open(archive) as tar:
                for source, (to, integrity) in package.files.items():
                    handle = tar.extractfile(f"package/{source}")
                    content = handle.read() if handle else b""
                    if digest(content) != integrity:
                        raise WrongDigest(f"{package.name}/{source}")
                    path = VENDOR_DIR / package.name / to
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
                    copied.append(f"{package.name}/{to}")
    return copied
