"""What gunicorn serves. WSGI, because ASGI cannot carry the reason phrase that twine shows."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from registry.checks import refuse_unsafe_settings, refuse_wrong_logins

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
of_django = get_wsgi_application()
refuse_unsafe_settings()
refuse_wrong_logins()
get_resolver().url_patterns  # noqa: B018  (read, so that every view is loaded now and not by the first request)

from registry.api.pages_first import pages_first  # noqa: E402  (after Django is set up)

application = pages_first(of_django)
