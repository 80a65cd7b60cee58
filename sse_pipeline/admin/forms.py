"""The forms by which the staff steps in: each asks why."""

from typing import Any

from django import forms


class CancelForm(forms.Form):
    """Cancels a stream."""

    reason = forms.CharField(max_length=255, label="Why cancel it?")


class SettleForm(forms.Form):
    """Completes a component by force."""

    component = forms.ChoiceField()
    reason = forms.CharField(max_length=255, label="Why complete it?")

    def __init__(self, *args: Any, pending: tuple[str, ...] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["component"].choices = [(name, name) for name in pending]  # type: ignore[attr-defined]
