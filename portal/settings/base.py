"""Settings that every environment shares. Whatever differs, or is secret, is read from the environment."""

from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal.settings.accounts import *
from portal.settings.environment import BASE_DIR, VAR_DIR, env
from portal.settings.limits import *

INSTALLED_APPS = [
    "daphne",
    "portal",
    "participation",
    "cms",
    "privacy",
    "wagtail_localize",
    "wagtail_localize.locales",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_tasks",
    "django_tasks_db",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Outside of everything that a page kept from before does not need.
    "portal.page_cache.PageCacheMiddleware",
    # Outside of WhiteNoise, so that files it has no compressed copy of travel small as well.
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "portal.api_rules.ApiRulesMiddleware",
    "django.middleware.common.CommonMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.security.AdminPolicyMiddleware",
    "portal.security.PrivatePagesMiddleware",
    "portal.posted.PostedAddressMiddleware",
    "portal.errors.ErrorPageMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "privacy.history.middleware.ActorMiddleware",
    "privacy.access.middleware.ReadingsMiddleware",
    "privacy.incidents.middleware.ReadOnlyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "participation.stakeholders.second_factor.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "portal.urls"
ASGI_APPLICATION = "portal.asgi.application"
AUTH_USER_MODEL = "participation.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.ui.navigation.site_furniture",
                "portal.demo.notice.fictitious_city",
            ],
            "libraries": {
                "money": "portal.ui.money",
                "charts": "portal.ui.charts",
                "furniture": "portal.ui.furniture",
            },
        },
    }
]
FORM_RENDERER = "portal.ui.forms.FormRenderer"

# Data ------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'gongzhi.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Writers take the lock when they begin, so that none has to be refused half-way through.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
        # What INSERT OR REPLACE removes counts as deleted, for the triggers of the log.
        "PRAGMA recursive_triggers=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

REDIS_URL = env("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL},
        "pages": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "pages",
        },
        "asked_pages": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "asked_pages",
        },
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }
else:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        # Of its own, so that pages never push out anything else.
        "pages": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "pages",
            "OPTIONS": {"MAX_ENTRIES": 500},
        },
        # Pages with a question behind their address, of which there are very many.
        "asked_pages": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "asked_pages",
            "OPTIONS": {"MAX_ENTRIES": 200},
        },
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # What people attach is only ever handed out by a view that asks who wants it.
    "attachments": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env("ATTACHMENTS_DIR", default=str(VAR_DIR / "attachments")), "base_url": None},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = env("MEDIA_DIR", default=str(VAR_DIR / "media"))
MEDIA_URL = "/media/"
# Files made of public data, which are kept for good; served by a view that counts and answers ranges.
OPEN_DATA_DIR = env("OPEN_DATA_DIR", default=str(VAR_DIR / "open-data"))
# What questions are asked of: made of public data and thrown away at will; never served.
ANALYSIS_DIR = env("ANALYSIS_DIR", default=str(VAR_DIR / "analysis"))
STATIC_URL = "/static/"
STATIC_ROOT = env("STATIC_DIR", default=str(VAR_DIR / "static"))

# Keys ------------------------------------------------------------------------------------------

SECRET_KEY = env("SECRET_KEY", default="")
# Defaults for development, known to everybody: production refuses them.
PUBLISHED_SECRET_KEY = "development-only-not-a-secret"
PUBLISHED_KEK = "ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQhISE="
# Key-encryption key: 32 bytes in base64, directly or in a file that only the service may read.
GONGZHI_KEK = env("GONGZHI_KEK", default="")
GONGZHI_KEK_FILE = env("GONGZHI_KEK_FILE", default="")
# Or in the transit engine of a Vault, which wraps and unwraps and never hands it out.
GONGZHI_VAULT_ADDR = env("GONGZHI_VAULT_ADDR", default="")
GONGZHI_VAULT_KEY = env("GONGZHI_VAULT_KEY", default="")
GONGZHI_VAULT_MOUNT = env("GONGZHI_VAULT_MOUNT", default="transit")
GONGZHI_VAULT_NAMESPACE = env("GONGZHI_VAULT_NAMESPACE", default="")
GONGZHI_VAULT_TOKEN = env("GONGZHI_VAULT_TOKEN", default="")
GONGZHI_VAULT_TOKEN_FILE = env("GONGZHI_VAULT_TOKEN_FILE", default="")
GONGZHI_VAULT_CA_FILE = env("GONGZHI_VAULT_CA_FILE", default="")
GONGZHI_VAULT_TIMEOUT = env.float("GONGZHI_VAULT_TIMEOUT", default=5.0)
# Earlier ones, kept until all data keys are wrapped anew; several with commas between them.
GONGZHI_KEK_PREVIOUS = env("GONGZHI_KEK_PREVIOUS", default="")
GONGZHI_KEK_PREVIOUS_FILE = env("GONGZHI_KEK_PREVIOUS_FILE", default="")
GONGZHI_VAULT_KEY_PREVIOUS = env("GONGZHI_VAULT_KEY_PREVIOUS", default="")

# Who tells the record of readings about offices, see privacy/history/directory.py.
PRIVACY_DIRECTORY = "participation.stakeholders.directory.StakeholderDirectory"
# Whose laws on personal data apply (ISO 3166, "EU" for the European Union), see privacy/rights/deadlines.py.
PRIVACY_JURISDICTION = env("PRIVACY_JURISDICTION", default="CN")
# Which keys were destroyed: kept beside the database, for it has to outlive a restored one.
ERASURE_LEDGER = env("ERASURE_LEDGER", default=str(VAR_DIR / "erasures.jsonl"))
# Packages whose rooms say what they hold about people, each in its personal.py; see privacy/rights/registry.py.
PRIVACY_DECLARED_IN = ["privacy", "cms", "participation", "portal"]
# More within an hour open an incident: failed sign-ins for one account and in all, exports of personal data.
FAILED_SIGN_INS_PER_HOUR = {"account": 20, "all": 300}
EXPORTS_PER_HOUR = 20
# In read-only mode these addresses still take what is sent: without them nobody could sign in and end it.
WRITABLE_WHEN_READ_ONLY = frozenset(
    {
        *("account_login", "account_logout", "account_reauthenticate", "set_language"),
        *("mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_login_webauthn"),
    }
)
# Different sealed records that an office should need within an hour; more raise an alert. The highest one counts.
SEALED_READS_PER_HOUR = {
    "default": 20,
    "officer": 30,
    "moderator": 60,
    "integrity": 60,
    "privacy": 20,
    "auditor": 20,
    "administrator": 20,
}

# Language --------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "portal.formats"
TIME_ZONE = env("TIME_ZONE", default="Asia/Shanghai")
USE_TZ = True

# Wagtail ---------------------------------------------------------------------------------------

WAGTAIL_SITE_NAME = "共治 Gongzhi"
WAGTAIL_I18N_ENABLED = True
WAGTAILADMIN_BASE_URL = env("BASE_URL", default="http://127.0.0.1:8000")
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILADMIN_LOGIN_URL = "admin_sign_in"
WAGTAIL_FRONTEND_LOGIN_URL = "page_sign_in"
WAGTAIL_PASSWORD_RESET_ENABLED = False
# A page that is handed to translation starts as a draft: what is public goes through the reviewers.
WAGTAILLOCALIZE_SYNC_LIVE_STATUS_ON_TRANSLATE = False
WAGTAILADMIN_UNSAFE_PAGE_DELETION_LIMIT = 1
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "portal.search.backend"}}

# The public log --------------------------------------------------------------------------------

# The name that the log signs for. It must never change: a log with another name is another log.
GONGZHI_LOG_ORIGIN = env("GONGZHI_LOG_ORIGIN", default="") or f"{urlsplit(WAGTAILADMIN_BASE_URL).netloc}/log"
# The server numbers and signs the entries itself; where several processes serve, `manage.py worker` does.
LOG_SEQUENCER_IN_PROCESS = env.bool("LOG_SEQUENCER_IN_PROCESS", default=False)

# Open data -------------------------------------------------------------------------------------

# The licence that all published data is under: an SPDX name, its title and its address.
OPEN_DATA_LICENCE = {
    "name": env("OPEN_DATA_LICENCE", default="CC-BY-4.0"),
    "title": env("OPEN_DATA_LICENCE_TITLE", default="Creative Commons Attribution 4.0 International"),
    "path": env("OPEN_DATA_LICENCE_URL", default="https://creativecommons.org/licenses/by/4.0/"),
}
# Without a worker, the files of a release with more lines are made when somebody first asks for them.
OPEN_DATA_LINES_AT_ONCE = 20_000
# How long a page for visitors without an account may be kept, in seconds; 0 keeps none. A change ends it at once.
PAGE_CACHE_SECONDS = env.int("PAGE_CACHE_SECONDS", default=60)

# Background work -------------------------------------------------------------------------------

# Off: tasks are done at once, where they arise. On: they wait in the database for `manage.py worker`.
TASKS_IN_WORKER = env.bool("TASKS_IN_WORKER", default=False)
_TASK_BACKEND = (
    "django_tasks_db.DatabaseBackend" if TASKS_IN_WORKER else "django_tasks.backends.immediate.ImmediateBackend"
)
TASKS = {"default": {"BACKEND": _TASK_BACKEND}}

# Watching over it ------------------------------------------------------------------------------

# What Prometheus shows in order to read /-/metrics/ ("Authorization: Bearer ..."); unset: there is no such page.
METRICS_TOKEN = env("METRICS_TOKEN", default="")

# Security --------------------------------------------------------------------------------------

# How many reverse proxies, each adding to X-Forwarded-For, stand between the visitors and this service.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
# Origins that sockets are taken from, with scheme; empty: any origin on one of ALLOWED_HOSTS.
SOCKET_ORIGINS: list[str] = []
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# Wagtail's own pages carry inline scripts and styles; the wider policy stays on them.
WAGTAIL_ADMIN_CSP = {
    "default-src": [SELF],
    "script-src": [SELF, "'unsafe-inline'"],
    "style-src": [SELF, "'unsafe-inline'"],
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF, "data:"],
    "connect-src": [SELF],
    "form-action": [SELF],
    "frame-src": [SELF],
    "base-uri": [SELF],
    "frame-ancestors": [SELF],
}
