"""How large, how long and how often: sizes of what comes in, terms, rates."""

from portal.settings.environment import env

# A budget file larger than this is refused before it is read (bytes).
BUDGET_FILE_MAX_BYTES = env.int("BUDGET_FILE_MAX_BYTES", default=256 * 1024 * 1024)
# A spreadsheet or archive that unpacks to more is refused before it is unpacked (bytes).
BUDGET_UNPACKED_MAX_BYTES = env.int("BUDGET_UNPACKED_MAX_BYTES", default=1024 * 1024 * 1024)
# What the process that reads a spreadsheet may take: memory (bytes) and processor time (seconds).
BUDGET_READING_MAX_BYTES = env.int("BUDGET_READING_MAX_BYTES", default=2 * 1024 * 1024 * 1024)
BUDGET_READING_MAX_SECONDS = env.int("BUDGET_READING_MAX_SECONDS", default=300)
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=10 * 1024 * 1024)
# What people attach is held in memory until it is sealed: above this, Django writes uploads to the temporary folder.
FILE_UPLOAD_MAX_MEMORY_SIZE = ATTACHMENT_MAX_BYTES + 2 * 1024 * 1024
# A socket frame and the text of one message (bytes, characters).
SOCKET_FRAME_MAX_BYTES = 16 * 1024
MESSAGE_MAX_CHARS = 4000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# How long an organisation stays verified, in days, where its papers do not say otherwise.
ORGANISATION_VALID_DAYS = env.int("ORGANISATION_VALID_DAYS", default=730)
# How long the report of a closed case is kept, in days from its closing, before its key may be destroyed.
CASE_RETENTION_DAYS = env.int("CASE_RETENTION_DAYS", default=1095)
# Writes, and reading by programs: name -> rate, in the notation of the `limits` library.
WRITE_RATES = {
    "feedback": "10/minute;60/hour",
    "message": "5/2second;30/minute",
    "follow": "30/minute;300/hour",
    # Ending e-mails: the programs of a mail provider do it for many people, from few addresses.
    "unsubscribe": "120/minute",
    "evaluation": "10/minute;30/hour",
    # A draft saves itself while somebody types.
    "autosave": "60/minute;1500/hour",
    "moderation": "60/minute",
    # Proposing projects and what is done with them.
    "proposal": "10/minute;60/hour",
    # Voting on projects, rating options, objecting, signing petitions.
    "ballot": "20/minute;200/hour",
    # Ballot files that somebody has counted.
    "file_count": "10/10minute;60/day",
    # Registering, speaking and voting in meetings.
    "meeting": "30/minute;300/hour",
    # Answers to statements of opinion maps, and statements handed in.
    "map_vote": "60/minute;1500/hour",
    "statement": "5/10minute;20/day",
    "reaction": "30/minute;300/hour",
    "similar": "60/minute",
    "translation": "20/minute;200/hour",
    # Reports on what others said.
    "flag": "10/minute;60/day",
    # Of accounts that are younger than NEW_ACCOUNT_DAYS, besides the above.
    "new_feedback": "5/10minute;20/day",
    "new_message": "10/minute;60/hour",
    "new_evaluation": "5/10minute;20/day",
    "new_flag": "5/10minute;10/day",
    "account": "20/minute",
    # Requests about personal data, with and without an account.
    "data_request": "5/hour;20/day",
    # Identity numbers that one person enters.
    "identity": "5/day",
    # Codes sent to one person and to one number, and codes typed.
    "phone_code": "3/hour;6/day",
    "phone_try": "10/10minute",
    # By those who report wrongdoing: counted by a mark of the address that changes every day, never by the address.
    "report": "10/hour;20/day",
    "report_message": "30/hour",
    "case_code": "10/minute;60/hour",
    # Answers to the quiz of a course, and looking up certificates by their code.
    "quiz": "20/minute;200/hour",
    "certificate": "20/minute;100/hour",
    "api": "300/minute",
    # Sums over all lines, of which only a few are made at a time; and words proposed while somebody types.
    "question": "30/minute;300/hour",
    "suggestion": "240/minute",
    "download": "120/minute",
    "connect": "60/minute",
    # Messages of all people together in one discussion.
    "room": "50/second",
}

# How often in a day everything that is held about one person or organisation is put together for them.
EXPORTS_PER_DAY = env.int("EXPORTS_PER_DAY", default=3)
# Accounts younger than this write more slowly: see the rates that begin with "new_".
NEW_ACCOUNT_DAYS = 3
