"""The charter of rights and duties (角色、职责和权利): one matrix, for permissions, tests and the public page."""
