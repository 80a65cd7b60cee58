"""The views of the fault site, for servers of WSGI."""

from django.core.wsgi import get_wsgi_application

from harness.fault_site import urlpatterns

__all__ = ["application", "urlpatterns"]
application = get_wsgi_application()
