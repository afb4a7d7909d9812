"""Render the HTML templates in `qa/web/templates/`.

`{{ value }}` escapes with `qa.web.html.escape`; inside an attribute write
`{{ value | attribute }}`. `_` and `ngettext` are those of `qa.translation`, and
`{{ count | counted("article") }}` gives "1 article", "2 articles" in English.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from qa.translation import _, language, ngettext
from qa.web.html import escape, escape_attribute
from qa.wording import counted


def render(template: str, **values: Any) -> Markup:
    """Render a template, named by its path below `qa/web/templates/`."""
    return Markup(_environment.get_template(template).render(values))


def _finalize(value: object) -> object:
    # Jinja's own escaping leaves Gradio's template syntax and reordering characters active.
    return value if hasattr(value, "__html__") else escape(str(value))


_environment = Environment(
    loader=PackageLoader("qa.web"),
    autoescape=True,
    finalize=_finalize,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["attribute"] = lambda value: escape_attribute(str(value))
_environment.filters["counted"] = counted
_environment.globals.update(_=_, ngettext=ngettext, language=language.get)
