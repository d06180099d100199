"""Settings of the site, all from the environment; what is not said is safe for a public site.

==========================  =====================================================================================
``SLUICEGATE_BASE_URL``     where people reach the registry; plain http is taken for loopback addresses alone
``SLUICEGATE_SECRET_KEY``   needed for https; on loopback one is made and kept under ``SLUICEGATE_VAR``
``SLUICEGATE_OPEN_SIGN_UP``  ``1``: anybody may make an account, which holds no role; else by invitation alone
``SLUICEGATE_PRIVATE``      ``1``: everything is behind sign-in; pip, uv and other programs send a token that reads
``SLUICEGATE_VAR``          where files live that the registry writes (default: ``var`` beside ``manage.py``)
``SLUICEGATE_MAIL_FROM``    the address that mails come from (default: ``sluicegate@`` and the base URL's host)
``SLUICEGATE_SMTP_URL``     ``smtp://`` or ``smtps://user:password@host:port``; without it mails are files in ``var/mail``
``SLUICEGATE_WEBHOOK_URL``  where every event is posted, signed with ``SLUICEGATE_WEBHOOK_SECRET``; https, or loopback
``SLUICEGATE_DEMO``         ``1`` for a demo: its mails are a page. Taken on loopback addresses alone
``SLUICEGATE_BEHIND_NGINX``  ``1`` where ``deploy/nginx.conf`` is in front: it sends files and keeps index pages for a moment
``SLUICEGATE_S3_BUCKET``    a bucket for the files, instead of ``SLUICEGATE_VAR``; keys and region as boto3 finds them
``SLUICEGATE_S3_ENDPOINT``  the object store's address, where it is not Amazon's
``SLUICEGATE_OIDC_PRIVATE_HOSTS``  hosts of identity providers, by commas, that may have private addresses; others may not
``DATABASE_URL``            the web application's login, a role that owns nothing
``DATABASE_OWNER_URL``      the owner's login, for ``manage.py install`` alone; never given to the web process
==========================  =====================================================================================
"""

from __future__ import annotations

import os
import secrets
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("SLUICEGATE_VAR", BASE_DIR / "var"))
BASE_URL = os.environ.get("SLUICEGATE_BASE_URL", "http://127.0.0.1:8000").rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


_base = urlsplit(BASE_URL)
HTTPS = _base.scheme == "https"
if not _base.hostname or not (HTTPS or (_base.scheme == "http" and _is_loopback(_base.hostname))):
    raise ImproperlyConfigured("SLUICEGATE_BASE_URL must be an https:// address, or http:// on a loopback address.")


DEMO = os.environ.get("SLUICEGATE_DEMO") == "1"
if DEMO and not _is_loopback(_base.hostname):
    raise ImproperlyConfigured("SLUICEGATE_DEMO shows everybody's mails; it is taken on a loopback address alone.")


# What identity tokens have to be made for: by the host, so that one made for another registry is worth nothing here.
OIDC_AUDIENCE = _base.netloc.rpartition("@")[2]
HOST = OIDC_AUDIENCE.lower().removesuffix(":443" if HTTPS else ":80")
OIDC_PRIVATE_HOSTS = frozenset(
    host.strip().lower() for host in os.environ.get("SLUICEGATE_OIDC_PRIVATE_HOSTS", "").split(",") if host.strip()
)


def _secret_key() -> str:
    if key := os.environ.get("SLUICEGATE_SECRET_KEY"):
        return key
    if HTTPS:
        raise ImproperlyConfigured("Set SLUICEGATE_SECRET_KEY to a long random text.")
    path = VAR / "secret-key"
    if not path.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        draft = VAR / f"secret-key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        draft.replace(path)
    return path.read_text()


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = [_base.hostname] if HTTPS else [_base.hostname, "localhost", "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "registry.web.stale_form.stale_form"


def database_from_url(url: str, *, variable: str = "DATABASE_URL") -> dict[str, object]:
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        # Without what psycopg says: it repeats the address, and the password in it.
        raise ImproperlyConfigured(
            f"{variable} cannot be read. It is written postgresql://user:password@host/database, with what has a meaning in "
            "an address (@ : / % and the like) percent-encoded in user and password."
        ) from None
    return {
        "ENGINE": "registry.database",
        "NAME": parts.get("dbname", ""),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        # What is asked often is prepared by name (expectations/statements.py), and nothing else is: psycopg, where it
        # prepares, has the server forget everybody's prepared statements after each rollback.
        "OPTIONS": {"connect_timeout": 5, "server_side_binding": True, "prepare_threshold": None},
        # A connection a thread, not a pool: after an outage psycopg's pool lets requests wait for its growing pauses,
        # while a thread without a connection tries at once and fails at once.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,  # else each thread fails somebody once after the database was restarted
    }


DATABASES = {"default": database_from_url(os.environ.get("DATABASE_URL", ""))}
if owner_url := os.environ.get("DATABASE_OWNER_URL"):
    DATABASES["owner"] = database_from_url(owner_url, variable="DATABASE_OWNER_URL")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "guardian",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "expectations",
    "registry",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "registry.programs.straight_way",
    "registry.one_host.one_host",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "registry.web.misdirected.misdirected",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "registry.reading.read_check",
    "registry.web.private_pages.private_pages",
    "registry.web.wrong_method.wrong_method",
]

ROOT_URLCONF = "registry.urls"
WSGI_APPLICATION = "registry.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "expectations.waiting.waiting_count",
                "registry.reading.whether_private",
            ]
        },
    }
]

FORM_RENDERER = "registry.field_at_fault.Renderer"

AUTH_USER_MODEL = "registry.Account"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None  # guardian's: nobody signed in has no row and no rights
GUARDIAN_RAISE_403 = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

ACCOUNT_ADAPTER = "registry.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CHANGE_EMAIL = True  # one address; a new one takes its place once it is confirmed, and the old one is told
ACCOUNT_FORMS = {"signup": "registry.sign_up_forms.SignUpForm", "add_email": "registry.factor_forms.ChangeAddressForm"}
OPEN_SIGN_UP = os.environ.get("SLUICEGATE_OPEN_SIGN_UP") == "1"
PRIVATE = os.environ.get("SLUICEGATE_PRIVATE") == "1"
if PRIVATE and OPEN_SIGN_UP:
    raise ImproperlyConfigured(
        "SLUICEGATE_PRIVATE is no use with SLUICEGATE_OPEN_SIGN_UP: anybody could sign up and read."
    )
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password or authenticator is told to its owner
# Each worker counts wrong passwords for itself. With Django's 300 entries it would forget them as soon as others guess, too.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}},
}
MFA_ADAPTER = "registry.accounts.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_ISSUER = "Sluicegate"
MFA_TOTP_TOLERANCE = 0  # codes are judged by expectations.second_factor, which counts each step once
MFA_TRUST_ENABLED = False
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs in before the first address is verified, and a later one may wait
MFA_RECOVERY_CODES_SHOW_ONCE = True  # a stolen session cannot read them later
# allauth's own reauthentication is met by the password alone and lasts for a while; instead, each form below asks for
# the password and the factor itself, for that one action.
MFA_REAUTHENTICATION_REQUIRED = False
MFA_FORMS = {
    "authenticate": "registry.factor_forms.AuthenticateForm",
    "authenticate_webauthn": "registry.factor_forms.AuthenticateKeyForm",
    "login_webauthn": "registry.factor_forms.PasskeyForm",
    "activate_totp": "registry.factor_forms.ActivateTotpForm",
    "deactivate_totp": "registry.factor_forms.DeactivateTotpForm",
    "generate_recovery_codes": "registry.factor_forms.GenerateRecoveryCodesForm",
}
# Security keys are registered for a host name, and browsers take none that is an IP address: on loopback it is localhost.
WEBAUTHN_RP_ID = _base.hostname if HTTPS else "localhost"
WEBAUTHN_ORIGIN = f"{_base.scheme}://{WEBAUTHN_RP_ID}"  # as browsers write it: without the scheme's own port
if _base.port not in (None, 443 if HTTPS else 80):
    WEBAUTHN_ORIGIN += f":{_base.port}"
LOGIN_REDIRECT_URL = "/account/"
LOGIN_URL = "/accounts/login/"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sluicegate",
    "VERSION": "1",
    "DESCRIPTION": (
        "What packages of this registry promise, how that came to be, and proposals to change it. Reading is for everybody, "
        "or of a private registry for those who sign in. Proposing needs a person's session or API token made for it, and "
        "carries no voice. Deciding needs a person in a browser with a second factor, never this API. Refusals are RFC 9457 "
        "problem details."
    ),
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["registry.api.openapi.of_this_api"],
    "POSTPROCESSING_HOOKS": ["registry.api.openapi.with_private_reading"],
    "SERVE_PUBLIC": True,
}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "blobs": {"BACKEND": "registry.storage.ContentAddressedStorage", "OPTIONS": {"location": VAR / "blobs"}},
}
if s3_bucket := os.environ.get("SLUICEGATE_S3_BUCKET"):
    from registry.s3_options import s3_options  # boto3 is read where it is used alone

    STORAGES["blobs"] = {
        "BACKEND": "registry.s3_storage.S3BlobStorage",
        "OPTIONS": s3_options(s3_bucket, os.environ.get("SLUICEGATE_S3_ENDPOINT")),
    }
QUARANTINE = VAR / "quarantine"
BEHIND_NGINX = os.environ.get("SLUICEGATE_BEHIND_NGINX") == "1"
ALLAUTH_TRUSTED_PROXY_COUNT = (
    1 if BEHIND_NGINX else 0
)  # whom sign-in's rate limits are about: X-Forwarded-For, by nginx
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024  # evidence and long descriptions travel as form fields
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000  # one a classifier, dependency and keyword
DATA_UPLOAD_MAX_NUMBER_FILES = 2

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "registry" / "static"]
DEFAULT_FROM_EMAIL = os.environ.get("SLUICEGATE_MAIL_FROM", f"sluicegate@{_base.hostname}")
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR / "mail"
if smtp_url := os.environ.get("SLUICEGATE_SMTP_URL"):
    _smtp = urlsplit(smtp_url)
    if _smtp.scheme not in ("smtp", "smtps") or not _smtp.hostname:
        raise ImproperlyConfigured("SLUICEGATE_SMTP_URL is smtp://host:port (with STARTTLS) or smtps://host:port.")
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _smtp.hostname, _smtp.port or (465 if _smtp.scheme == "smtps" else 587)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_smtp.username or ""), unquote(_smtp.password or "")
    EMAIL_USE_SSL = _smtp.scheme == "smtps"
    EMAIL_USE_TLS = _smtp.scheme == "smtp" and not _is_loopback(_smtp.hostname)
    EMAIL_TIMEOUT = 20
WEBHOOK_URL = os.environ.get("SLUICEGATE_WEBHOOK_URL", "")
WEBHOOK_SECRET = os.environ.get("SLUICEGATE_WEBHOOK_SECRET", "")
if WEBHOOK_URL:
    _hook = urlsplit(WEBHOOK_URL)
    if not _hook.hostname or not (_hook.scheme == "https" or (_hook.scheme == "http" and _is_loopback(_hook.hostname))):
        raise ImproperlyConfigured(
            "SLUICEGATE_WEBHOOK_URL must be an https:// address, or http:// on a loopback address."
        )
    if len(WEBHOOK_SECRET) < 32:
        raise ImproperlyConfigured("Set SLUICEGATE_WEBHOOK_SECRET to a random text of 32 characters or more.")
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {
        "without_traceback": {
            "()": "django.utils.log.CallbackFilter",
            "callback": "ext://registry.log_filters.without_traceback",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "sluicegate": {"level": "INFO"},
        # Anybody may send another Host header, as often as they like: each leaves a line, and would leave a page.
        "django.security.DisallowedHost": {"filters": ["without_traceback"]},
    },
}
