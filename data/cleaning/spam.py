"""Detects spam: advertising that was posted as a question. Careful, because mail customers ask about spam.

One sign alone never condemns a message, except a text that is little but links or the same character over and over.
"""

from __future__ import annotations

import re
from collections import Counter

_LINK = re.compile(r"https?://[^\s)>\]]+|\bwww\.[^\s)>\]]+", re.IGNORECASE)
_REPEATED = re.compile(r"([^\W_])\1{29,}")
_REPEATED_SHARE = 0.5
_MANY_LINKS = 5
_FEW_WORDS = 40
_ADVERTISING = re.compile(
    r"\b(?:online casino|casino bonus|free spins|slot (?:gacor|online)|togel|judi online|sports? betting"
    r"|bet(?:ting)? tips|buy (?:viagra|cialis|followers|backlinks)|viagra|cialis|escorts?(?: service| agency)"
    r"|call girls?|seo services?"
    r"|backlinks?|payday loans?|weight loss|keto (?:gummies|diet)|cbd (?:gummies|oil)|crypto recovery|recovery expert"
    r"|bitcoin (?:recovery|investment)|lost (?:bitcoin|crypto)|forex (?:signals?|trading)|binary options|love spells?"
    r"|spell caster|astrologer|black magic|essay writing service|(?:quickbooks|airlines?|hotmail|yahoo|gmail|norton)"
    r" (?:customer )?(?:support|service|care|helpline) (?:phone )?number|whatsapp\W{0,3}\+?\d{6,})\b",
    re.IGNORECASE,
)
_DIFFERENT_SIGNS = 2
_CONTACT = re.compile(
    r"https?://|www\.|\+\d[\d ()-]{7,}|\b1[ -]?8\d\d[ -]\d{3}|whats ?app|telegram|\[(?:PHONE|EMAIL|URL)"
)


def is_spam(text: str) -> bool:
    """Whether a customer's message is advertising or noise."""
    stripped = text.strip()
    if not stripped:
        return False
    rest = _REPEATED.sub("", stripped)
    if len(rest) < _REPEATED_SHARE * len(stripped) and len(rest.split()) < _FEW_WORDS:
        return True
    links = _LINK.findall(stripped)
    words = len(_LINK.sub(" ", stripped).split())
    if len(links) >= _MANY_LINKS and words <= len(links):
        return True
    if not _CONTACT.search(stripped):
        return False
    signs = Counter(match.group().lower() for match in _ADVERTISING.finditer(stripped))
    return len(signs) >= _DIFFERENT_SIGNS and sum(signs.values()) * _FEW_WORDS > words / _DIFFERENT_SIGNS
