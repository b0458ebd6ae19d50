"""The files a browser loads: widget, console, demo shop, gallery, and the page that shows the OpenAPI.

They lie in ``web/``: beside the packages in a source checkout, inside ``chatbot`` in an installed wheel. Nothing is
fetched from elsewhere, so all of it works without a network. What the widget and the console are made of goes out
packed (``bundling.py``); what other pages import from ``web/shared`` goes out as it stands.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

import data
from chatbot.api.site.bundling import Packer

_PACKAGE = Path(__file__).resolve().parents[2]
# What a page of another origin may load: a module script is fetched with CORS wherever it lies.
_FOR_ANY_ORIGIN = ("widget", "shared")


class _Revalidated(StaticFiles):
    """Files that browsers keep and ask about each time (ETag), so that an update is seen at once."""

    def __init__(self, *, any_origin: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._any_origin = any_origin

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "no-cache"
        if self._any_origin:
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response


def _serve_packed(app: FastAPI, folder: Path, *, any_origin: bool = False, start: str | None = None) -> None:
    """A folder's scripts and styles; ``start`` as for ``Packer``."""
    packer = Packer(folder, start)

    def answer(name: str, request: Request, media: str) -> Response:
        packed = packer.pack(name)
        if packed is None:
            raise HTTPException(404)
        headers = {"ETag": packed.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if any_origin:
            headers["Access-Control-Allow-Origin"] = "*"
        if packed.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        body = packed.plain
        if "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = packed.zipped, "gzip"
        return Response(body, headers=headers, media_type=media)

    @app.get(f"/{folder.name}/{{name:path}}.js", include_in_schema=False)
    def script(name: str, request: Request) -> Response:
        return answer(f"{name}.js", request, "text/javascript")

    @app.get(f"/{folder.name}/{{name:path}}.css", include_in_schema=False)
    def style(name: str, request: Request) -> Response:
        return answer(f"{name}.css", request, "text/css")


def files(folder: Path) -> StaticFiles:
    """A folder of files for pages of this server only, index.html for its root."""
    return _Revalidated(directory=folder, html=True, any_origin=False)


def web_folder() -> Path | None:
    """Where the files for browsers lie; None in an installation without them."""
    for folder in (_PACKAGE / "web", _PACKAGE.parent / "web"):
        if (folder / "widget").is_dir():
            return folder
    return None


def install(app: FastAPI, web: Path | None, *, demo: bool) -> None:
    """Mount the folders that are there; demo shop and gallery, and the way to the shop from "/", only in demo mode."""
    if web is None:
        return
    articles = Path(data.__file__).parent / "sample" / "articles"
    if demo and articles.is_dir():  # the shop's help pages are the articles that the bot reads
        app.mount("/demo/articles", _Revalidated(directory=articles, any_origin=False), name="articles")
    _serve_packed(app, web / "widget", any_origin=True)
    _serve_packed(app, web / "console", start="console.js")
    for name in (*_FOR_ANY_ORIGIN, "docs", "console", *(["demo", "gallery"] if demo else [])):
        if (web / name).is_dir():
            files = _Revalidated(directory=web / name, html=True, any_origin=name in _FOR_ANY_ORIGIN)
            app.mount(f"/{name}", files, name=name)
    start = "/demo/" if demo else "/docs/"

    @app.get("/", include_in_schema=False)
    async def root() -> RedirectResponse:
        return RedirectResponse(start)
