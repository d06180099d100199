"""What gunicorn serves. WSGI, because ASGI cannot carry the reason phrase that twine shows."""

import os

from django.core.wsgi import get_wsgi_application

from registry.checks import refuse_unsafe_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
application = get_wsgi_application()
refuse_unsafe_settings()
