"""What mail programs write into a page's marks: the mail answered, where it begins, a signature, what nobody sees.

Looks at one mark at a time, by its classes, its id and its style; writes no text but the line over what follows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_NAMED = r"(?:x_|ydp[0-9a-f]{1,16}_?){0,6}"
"""What mail programs put before a name when they answer or show a mail of another."""
_QUOTES = re.compile(
    rf"{_NAMED}(?:gmail_(?:quote|quote_container|attr|extra)|yahoo_quoted(?:_\d{{1,20}})?|protonmail_quote|zmail_extra|moz-cite-prefix"
    r"|moz-forward-container|tutanota_quote|freshdesk_quote|quoted-text|outlookmessageheader|wrapper-quoted|hmquote"
    r"|ntes-mailmaster-quote|airmail_original|front-blockquote|aolreplacedbody|mailcontainer_quote|zendesk_quote|quotedtext)"
)
_REST = re.compile(
    rf"{_NAMED}(?:appendonsend|divrplyfwdmsg|mail-editor-reference-message-container|ms-outlook-mobile-reference-message"
    r"|olk_src_body_section|replysplit|isreplycontent|stopspelling)"
)
"""Marks after which everything is the mail that is answered."""
SIGNATURE = "-- "
"""The line that plain mails have over a signature."""
_ORIGINAL = "-----Original Message-----"
_SIGNATURES = re.compile(
    rf"{_NAMED}(?:gmail_signature|moz-signature|protonmail_signature_block|signature|ms-outlook-mobile-signature"
    r"|applemailsignature|yahoo-signature|tutanota_signature)"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)


def line_before(node: LexborNode) -> str | None:
    """The line that says in plain text what begins with a mark: a signature, or the mail answered up to the end."""
    names = _names(node)
    if any(map(_SIGNATURES.fullmatch, names)):
        return SIGNATURE
    return _ORIGINAL if any(map(_REST.fullmatch, names)) else None


def _names(node: LexborNode) -> frozenset[str]:
    return frozenset(f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}".lower().split())


def is_quote(node: LexborNode) -> bool:
    """Whether the mail answered stands in a mark. What only frames a quote may hold answers between its parts."""
    if node.tag == "blockquote":
        return True
    if not any(map(_QUOTES.fullmatch, _names(node))):
        return False
    child = node.child
    while child is not None:
        if child.tag == "blockquote":
            return False
        child = child.next
    return True


def is_hidden(node: LexborNode) -> bool:
    """Whether a reader does not see a mark."""
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))
