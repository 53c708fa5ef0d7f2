"""``python -m participation.deliberation.opinion_map``: the command without the portal, its settings or a database."""

import argparse
import sys

from participation.deliberation.opinion_map.rerunning import add_arguments, rerun
from participation.deliberation.opinion_map.votes import UnreadableVotes

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="opinion_map", description="Draw a published opinion map again.")
    add_arguments(parser)
    try:
        result, notes = rerun(parser.parse_args())
    except UnreadableVotes as error:
        sys.exit(str(error))
    sys.stderr.writelines(f"{note}\n" for note in notes)
    sys.stdout.write(f"{result}\n")
