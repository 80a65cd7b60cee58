"""The forms with which the staff steps in. Each asks for a reason."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CancelForm(forms.Form):
    """Asks why a stream is cancelled."""

    reason = forms.CharField(max_length=255, label=_("Why cancel it?"))


class StopForm(forms.Form):
    """Asks why a stream is stopped."""

    reason = forms.CharField(max_length=255, label=_("Why stop it?"))


class SettleForm(forms.Form):
    """Asks which component is completed by force, and why."""

    component = forms.ChoiceField(label=pgettext_lazy("stream", "Component"))
    reason = forms.CharField(max_length=255, label=_("Why complete it?"))

    def __init__(self, *args: Any, pending: tuple[str, ...] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["component"].choices = [(name, name) for name in pending]  # type: ignore[attr-defined]
