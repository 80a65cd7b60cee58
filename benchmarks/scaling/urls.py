"""The view of django-eventstream, in Django's own application."""

import django_eventstream
from django.urls import include, path

urlpatterns = [path("eventstream/", include(django_eventstream.urls))]
