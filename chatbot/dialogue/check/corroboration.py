"""Checks that what is risky is backed by more than one agent."""

from __future__ import annotations

import re

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import Sources, grounds_of, is_known, vouches
from chatbot.dialogue.text.facts import claims

_RISKY = re.compile(
    r"(?<!\w)(?:sign(?:ing)? in|log(?:ging)? ?in|password|pay|paying|payment|card|bank|verify|"
    r"anmelden|einloggen|passwort|"
    r"zahlen|connecter|mot de passe|payer|contrase\u00f1a|pagar|accedere|pagare|inloggen|wachtwoord|betalen)(?!\w)"
    r"|\u5bc6\u7801|\u652f\u4ed8",
    re.IGNORECASE,
)


def check_corroborated(text: str, sources: Sources) -> CheckResult:
    """A discount, an e-mail address, or a site to sign in or pay at, stands in something else that was found.

    One agent's kindness to one customer, or one poisoned transcript, is no policy. Where nothing else was found, the
    check passes.
    """
    if not sources.beside:
        return CheckResult("lone", passed=True)
    risky = _RISKY.search(text) is not None
    claimed = [f for f in claims(text) if f.unit == "%" or f.kind == "email" or (risky and f.kind == "link")]
    if not claimed:
        return CheckResult("lone", passed=True)
    known = [fact for other in sources.beside for fact in grounds_of(other)]
    sites = {_site(value) for fact in known if fact.kind in {"link", "email"} for value in fact.values}
    lone = []
    own = Sources((), sources.customer)
    for fact in claimed:
        if is_known(fact, own):
            continue
        if fact.kind in {"link", "email"}:
            lone += [fact.raw] if not sites & {_site(value) for value in fact.values} else []
        elif not any(vouches(other, fact) for other in known):
            lone.append(fact.raw.strip())
    return CheckResult("lone", not lone, ", ".join(lone[:3]))


def _site(address: str) -> str:
    """The last two labels of a host, of an e-mail address as of a link."""
    return ".".join(address.partition("/")[0].rpartition("@")[2].split(".")[-2:])
