"""The page's markup, style and script in one file.

What packages say (names, reasons, log lines) goes in as JSON and is set as text by the page's own
script; the policy in the page's head lets no other script run (https://www.w3.org/TR/CSP3/).
"""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files

from porter.report.page.document import document
from porter.report.page.values import Report


def page(report: Report, *, events: str | None = None) -> bytes:
    """The report as HTML.

    `events` is the address where a server tells what has changed since.
    """
    import jinja2
    from markupsafe import Markup

    markup, style, script = (_asset(f"page.{kind}") for kind in ("html", "css", "js"))
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    text = environment.from_string(markup).render(
        title=report.title,
        version=report.version,
        style=Markup(style),  # noqa: S704  # ours
        style_hash=_hash(style),
        script=Markup(script),  # noqa: S704  # ours
        script_hash=_hash(script),
        data=Markup(_json({**document(report).whole(), "events": events})),  # noqa: S704  # `<` is escaped in it
    )
    return text.encode("utf-8", "replace")


def _json(value: object) -> str:
    """JSON that cannot end the element it stands in (https://html.spec.whatwg.org/#script)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
