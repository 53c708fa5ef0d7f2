"""Signing in, second factors, and what reaches people: codes by telephone, letters."""

from portal.settings.environment import env

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "participation:me"
ACCOUNT_ADAPTER = "participation.stakeholders.accounts.AccountAdapter"
ACCOUNT_FORMS = {"signup": "participation.stakeholders.forms.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
# People may sign in, read and draft before the address is confirmed; what they publish waits for it.
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
# "strict" wants either confirmed addresses before signing in, or addresses that may occur twice: we have neither.
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Offices cannot be used before their holder has set up a second factor for signing in.
REQUIRE_MFA = env.bool("REQUIRE_MFA", default=True)
MFA_ADAPTER = "participation.stakeholders.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Gongzhi"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
# An account with another provider, by OpenID Connect: all three, or none.
OIDC_SERVER_URL = env("OIDC_SERVER_URL", default="")
OIDC_CLIENT_ID = env("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env("OIDC_CLIENT_SECRET", default="")
# What the button calls it.
OIDC_NAME = env("OIDC_NAME", default="OpenID Connect")
_OIDC_APPS = [
    {
        "provider_id": "oidc",
        "name": OIDC_NAME,
        "client_id": OIDC_CLIENT_ID,
        "secret": OIDC_CLIENT_SECRET,
        "settings": {"server_url": OIDC_SERVER_URL, "oauth_pkce_enabled": True},
    }
]
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": _OIDC_APPS if OIDC_SERVER_URL else []}}
SOCIALACCOUNT_ADAPTER = "participation.stakeholders.accounts.SocialAdapter"
SOCIALACCOUNT_FORMS = {"signup": "participation.stakeholders.forms.SocialSignupForm"}
# The public name is chosen here, never taken over from a provider that knows the real one.
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
# Who sends codes to telephones: dotted path of a class with send(number, text); empty: telephones are not confirmed.
SMS_BACKEND = env("SMS_BACKEND", default="")
# Dotted path of what translates comments on demand; empty: nothing does, and no button is shown.
TRANSLATOR = env("TRANSLATOR", default="")
# Notifications: at most so many letters a day to one person, two of them kept for digests; hour at which these are due.
MAILS_PER_DAY = env.int("MAILS_PER_DAY", default=8)
DIGEST_HOUR = env.int("DIGEST_HOUR", default=8)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Gongzhi <no-reply@localhost>")
