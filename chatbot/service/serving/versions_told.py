"""Which models there are, which serves, and what is known of each: its date, what it was made of, what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.service.serving.model_versions import refused_for
from finetune.model.checkpoint import list_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.home import Home
    from finetune.model.checkpoint import Manifest


def models(home: Home) -> dict[str, Any]:
    """All whole versions, the newest first, and what else serves. Reads a manifest a version."""
    current = home.current()
    found = list_versions(home.models)
    return {
        "serves": current.model,
        "previous": current.previous_model,
        "index": current.index,
        "adapter": current.adapter,
        "models": [_model(home, name, found[name]) for name in sorted(found, reverse=True)],
    }


def _model(home: Home, name: str, manifest: Manifest) -> dict[str, Any]:
    report = f"train-{name}"
    return {
        "name": name,
        "created": manifest.created,
        "base": manifest.base,
        "method": manifest.method,
        "before": _measured(manifest.figures.get("before")),
        "after": _measured(manifest.figures.get("after")),
        "held_back": refused_for(manifest) or None,
        "report": report if (home.reports / f"{report}.html").is_file() else None,
    }


def _measured(figures: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Perplexity with evidence, and how many drafts passed their checks; None where nothing was measured."""
    try:
        assert figures is not None
        drafts = figures["drafts"]
        return {
            "perplexity": float(figures["with_evidence"]["perplexity"]),
            "drafts": int(drafts["count"]),
            "passed": int(drafts["passed"]),
        }
    except (AssertionError, KeyError, TypeError, ValueError):  # another version of this program wrote it
        return None
