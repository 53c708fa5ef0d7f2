"""From a published file to typed rows: mapping, reading, amounts, plan, checks. Nothing here writes to the database."""
