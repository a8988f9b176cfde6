"""All settings, from the environment; secrets also from the file that `NAME_FILE` points at."""

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """The variable `name`, else the content of the file that `name_FILE` names, else `default`."""
    path = os.environ.get(f"{name}_FILE")
    if name not in os.environ and path:
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def database(url: str) -> dict[str, object]:
    """A Django database entry from `postgresql://user:password@host:port/name?host=/socket/dir`."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "plura-orr", **query},
    }


DEBUG = env("DEBUG") == "1"
PLURA_DEMO = env("PLURA_DEMO") == "1"
STATE = Path(env("PLURA_STATE", str(BASE_DIR / "var"))).resolve()
PORT = int(env("PORT", "8000"))
PUBLIC_URL = env("PUBLIC_URL", f"http://localhost:{PORT}").rstrip("/")
SECURE = PUBLIC_URL.startswith("https://")
SECRET_KEY = env("SECRET_KEY")
ALLOWED_HOSTS = [h for h in env("ALLOWED_HOSTS").split(",") if h] or [
    urlsplit(PUBLIC_URL).hostname or "localhost",
    "127.0.0.1",
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

DATABASES = {"default": database(env("DATABASE_URL", "postgresql:///plura"))}
BROKER_URL = env("BROKER_URL", "memory://")
# Where events go, and whose answer to a probe counts.
EVENT_HUB_URL = env("EVENT_HUB_URL", BROKER_URL)
EVENT_HUB_CONSUMER = env("EVENT_HUB_CONSUMER", "notifier")
TLOG_KEY_FILE = env("TLOG_KEY_FILE")
TLOG_ORIGIN = env("TLOG_ORIGIN", "orr.localhost/log")
ARCHIVE_URL = env("ARCHIVE_URL", f"file://{STATE / 'archive'}")
# A command that runs before the first start has no database to ask, and nothing was ever sent anywhere.
WITHOUT_DATABASE = env("PLURA_WITHOUT_DATABASE") == "1"
PLURA_SOURCES = env("PLURA_SOURCES", str(STATE / "sources.toml"))
# Public keys (PEM files) whose DSSE signatures make a pushed in-toto result count.
EVIDENCE_DSSE_KEYS = [path for path in env("EVIDENCE_DSSE_KEYS").split(",") if path]
PLURA_PROFILES = env("PLURA_PROFILES", str(STATE / "profiles"))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "orr.apps.Wiring",
    "orr.tlog",
    "orr.events",
    "orr.accounts",
    "orr.profiles",
    "orr.sources",
    "orr.messages",
    "orr.calendar",
    "orr.drivers",
    "evidence",
    "approvals",
    "orr.changes",
    "orr.plans",
    "orr.policies",
    "orr.guards",
    "orr.reviews",
    "orr.decisions",
    "orr.rollouts",
    "orr.exits",
    "orr.hooks",
    "orr.reports",
    "orr.archive",
    "orr.board",
    "orr.api",
    *(["orr.demo"] if PLURA_DEMO else []),
]

MIDDLEWARE = [
    "orr.lib.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "orr.board.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "orr.accounts.sessions.SessionLimits",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "orr.accounts.refused.DenialMiddleware",
    "orr.board.refusals.RefusalMiddleware",
]
ROOT_URLCONF = "orr.urls"
WSGI_APPLICATION = "orr.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "orr.board.environment.environment"},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

LANGUAGE_CODE = "en"
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "orr" / "locale"]
LANGUAGE_COOKIE_NAME = "orr_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = STATE / "static"
WHITENOISE_USE_FINDERS = True

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
# Every right on an object stands in a table with a real foreign key to it (accounts.TeamPermission).
GUARDIAN_AUTO_PREFETCH = False

LOGIN_URL = "board:signin"
SECOND_FACTOR_URL = "board:second"
LOGIN_REDIRECT_URL = "board:portfolio"
# People are invited, have no mail here, and orr.accounts.lockout counts their tries.
ACCOUNT_ADAPTER = "orr.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_ADAPTER = "orr.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_TOLERANCE = 1
# The organisation's own sign-in.
OIDC_SERVER_URL = env("OIDC_SERVER_URL").rstrip("/")
OIDC_CLIENT_ID = env("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env("OIDC_CLIENT_SECRET")
OIDC_NAME = env("OIDC_NAME", "SSO")
# Whether the provider may stand inside the network.
OIDC_INTERNAL = env("OIDC_INTERNAL") == "1"
OIDC_CALLBACK = "board:organisation_back"
SOCIALACCOUNT_ADAPTER = "orr.accounts.organisation.Adapter"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# How many of our own proxies stand before the web server, each adding to X-Forwarded-For.
TRUSTED_PROXIES = int(env("TRUSTED_PROXIES", "0"))
SESSION_IDLE_SECONDS = int(env("SESSION_IDLE_MINUTES", "30")) * 60
SESSION_COOKIE_AGE = int(env("SESSION_HOURS", "12")) * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-orr_session" if SECURE else "orr_session"
CSRF_COOKIE_NAME = "__Host-orr_csrf" if SECURE else "orr_csrf"
CSRF_FAILURE_VIEW = "orr.board.refusals.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["orr.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "orr.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {"TITLE": "plura orr", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}

CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A wake-up is only a wake-up: with the broker away an act must not wait 6 s for each of them.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_TASK_ALWAYS_EAGER = env("CELERY_EAGER") == "1"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "orr.lib.log_lines.ReadableLine",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "orr.lib.log_lines.JsonLine"},
    },
    "filters": {"secrets": {"()": "orr.lib.masking.SecretsInAddresses"}},
    # LOG_FORMAT=json: one JSON object a line, each with its request's id.
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["secrets"],
            "formatter": "json" if env("LOG_FORMAT") == "json" else "line",
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
}
