"""What the browser tests serve: the development settings, with fast password hashing and without limits on how fast one
address may write."""

from portal.settings.development import *
from portal.settings.development import WRITE_RATES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WRITE_RATES = dict.fromkeys(WRITE_RATES, "100000/minute")
ACCOUNT_RATE_LIMITS = False
