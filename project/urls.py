"""The routes of the demonstration site for Django's views."""

from django.contrib import admin
from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="index"),
    path("enter-admin/", views.enter_admin, name="enter-admin"),
    path("admin/", admin.site.urls),
]
