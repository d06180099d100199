"""What gunicorn serves. WSGI, because ASGI cannot carry the reason phrase that twine shows."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
application = get_wsgi_application()
