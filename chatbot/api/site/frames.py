"""A page with only an inbox's chat, for sites that show it in a frame rather than run our script.

Only the inbox's own `frame_ancestors` may frame it, and say there who the visitor is (`web/widget/frame.js`); opened by
itself it is the chat on a page of its own.
"""

from __future__ import annotations

from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from chatbot.api.transport.dependencies import Caller, RunningDep
from chatbot.api.transport.middleware import FRAMED_BY

router = APIRouter(include_in_schema=False)


_PAGE = """<!doctype html>
<html lang="en" data-hosts="{hosts}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>{name}</title>
<script type="module" src="/widget/loader.js"></script>
<script type="module" src="/widget/frame.js"></script>
</head>
<body><support-chat desk="{name}" inbox="{inbox}" open></support-chat></body>
</html>
"""


@router.get("/frame/{inbox_id}")
async def frame(inbox_id: str, caller: Caller, server: RunningDep) -> HTMLResponse:
    """The chat of an inbox as a page."""
    del caller  # it has looked for changed inboxes
    inbox = server.admission.inbox(inbox_id)
    hosts = " ".join(inbox.frame_ancestors)
    named = {"name": inbox.name, "inbox": inbox.id, "hosts": hosts}
    page = _PAGE.format(**{name: escape(value, quote=True) for name, value in named.items()})
    return HTMLResponse(page, headers={FRAMED_BY: hosts})
