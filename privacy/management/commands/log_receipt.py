"""Write the receipt of one entry: two small files that prove it offline."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.log.notes import VerifierKey
from privacy.log.proofs import verify_proof
from privacy.log.queries import covering_checkpoint, entries_of, entry_of, proof_text, salts_of
from privacy.log.signing import own_keys, read_signed


class Command(BaseCommand):
    help = "Write the entry and its proof, and print how to check them with verify_receipt.py."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ref", type=UUID, help="reference of an entry, or of a record: then its latest entry")
        parser.add_argument(
            "--salt",
            action="append",
            default=[],
            metavar="NAME",
            help="add the salt of this committed text: whoever has the text can then prove that it is the one",
        )
        parser.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where to (the present folder)")

    def handle(self, *args: Any, **options: Any) -> None:
        ref: UUID = options["ref"]
        entry = entry_of(ref) or entries_of(ref).last()
        if entry is None:
            raise CommandError(f"The log has no entry {ref}, and none about a record {ref}.")
        checkpoint, proof = covering_checkpoint(entry), proof_text(entry)
        if checkpoint is None or proof is None:
            raise CommandError("No checkpoint covers this entry yet. Run log_sequence --once.")
        key = checkpoint.verifier_key
        try:
            signed = read_signed(checkpoint, own_keys())
            verify_proof(proof, entry.leaf.encode(), [VerifierKey.parse(key)], signed.origin)
        except ValueError as error:
            raise CommandError(f"The log does not hold ({error}): run log_verify. Nothing was written.") from error
        salts = salts_of(entry.ref)
        if unknown := [name for name in options["salt"] if name not in salts]:
            raise CommandError(f"The entry commits to no {unknown[0]}, or its salt was erased.")
        folder: Path = options["out"]
        folder.mkdir(parents=True, exist_ok=True)
        # Byte for byte: one more line feed would be another entry.
        name = f"{entry.ref}.json"
        (folder / name).write_bytes(entry.leaf.encode())
        receipt = f"{entry.ref}.tlog-proof"
        (folder / receipt).write_bytes(proof.encode())
        command = f"python3 verify_receipt.py {receipt} {name} --log '{key}' --record {entry.record_ref}"
        self.stdout.write("".join([command, *(f" --reveal {text} {salts[text]} TEXT" for text in options["salt"])]))
