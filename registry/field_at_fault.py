"""A form that comes back is shown where something is wrong with it: the first field at fault takes the focus.

Without a script: a browser scrolls to it, and an assistive program reads it out with what is wrong.
"""

from __future__ import annotations

from typing import Any

from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates
from django.forms.widgets import Widget


class FieldAtFault(BoundField):
    """A field of a form, which takes the focus where it is the first that something is wrong with."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        """Return the attributes of the control. A group of controls is left alone: each of them would have the attribute."""
        built = super().build_widget_attrs(attrs, widget)
        if self.errors and not self.use_fieldset and not self.is_hidden and self.name == next(iter(self.form.errors)):
            built["autofocus"] = True
        return built


class Renderer(DjangoTemplates):
    """Django's own, with such fields."""

    bound_field_class = FieldAtFault
