"""Every address of the site."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.static import serve

handler500 = "registry.outage.something_failed"

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("registry.web.sign_in_urls")),
    path("", include("registry.web.urls")),
    path("", include("expectations.urls")),
    path("", include("registry.api.urls")),
    path("api/v1/", include("registry.api.v1")),
    # For the demo, which has nothing but gunicorn; in production nginx answers below /static/ by itself.
    # Names such as ours alone: on one that no file system takes, Django's view fails.
    re_path(
        r"^static/(?P<path>sluicegate/[a-z]{1,40}\.[a-z]{1,5})$",
        serve,
        {"document_root": settings.BASE_DIR / "registry" / "static"},
    ),
]
