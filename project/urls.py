"""The pages of the demonstration site that Django's views serve."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path


def index(request: HttpRequest) -> HttpResponse:
    """Show that the site is up."""
    return HttpResponse("sse_pipeline", content_type="text/plain")


urlpatterns = [
    path("", index, name="index"),
    path("admin/", admin.site.urls),
]
