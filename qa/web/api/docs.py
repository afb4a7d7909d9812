"""The API documentation page: FastAPI's Swagger UI, with scripts and styles from this server."""

from __future__ import annotations

import base64
import hashlib

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

from qa.web.headers import PAGE_POLICY, page_response

_ASSETS = "/docs/assets"


def add_documentation(app: FastAPI) -> None:
    """Declare `/docs` on `app`, and the files that it loads."""
    # By default FastAPI's page loads them from another host.
    app.mount(_ASSETS, StaticFiles(packages=[("fastapi_offline", "static")]))
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Pincite API",
        swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS}/swagger-ui.css",
        swagger_favicon_url="/ui/icon.svg",
        # Deep links would nest a link in a button, which screen readers cannot reach.
        swagger_ui_parameters={"deepLinking": False},
    )
    content = bytes(page.body).decode()
    content = content.replace("<html>", '<html lang="en">')
    content = content.replace("</head>", '<link rel="stylesheet" href="/ui/docs.css"></head>')
    # The page starts Swagger UI from a script element, which the policy permits by its hash.
    script = content.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        PAGE_POLICY.replace("script-src 'self'", f"script-src 'self' 'sha256-{digest}'")
        .replace("img-src 'self'", "img-src 'self' data:")
        .replace("base-uri", "connect-src 'self'; base-uri")
    )

    @app.get("/docs", include_in_schema=False)
    def documentation() -> Response:
        return page_response(content, policy=policy)
