"""The app behind `understudy label`: the labelling page and its routes, for one person on one machine.

Whoever has the token may read the sampled cases and judge them; without it there is the empty page and nothing else.
The token stands in the fragment of the address, which browsers send to nobody. No cookie, no account, no database.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.middleware.trustedhost import TrustedHostMiddleware

from chatbot.api.site import pages
from chatbot.api.transport import problems
from chatbot.api.transport.middleware import Edge
from chatbot.api.transport.problems import responses
from chatbot.errors import InputError, NotFoundError, UnauthorisedError
from chatbot.learning.backtest.verdicts import Judgement, Verdicts
from chatbot.learning.labelling.labelling_session import LabellingSession, case_to_json
from chatbot.service.access.rate_limits import Limits
from chatbot.service.monitoring.server_metrics import Metrics

_MAX_BODY = 10_000
_HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""Names this page answers to: another site's name that is made to point here does not get in."""

_bearer = HTTPBearer(
    auto_error=False, scheme_name="Token of this sitting", description="Printed by `understudy label`."
)


class CaseShown(BaseModel):
    """One question with both replies, and what was said of ours; what we think of it ourselves is not told."""

    id: str
    question: str
    ours: str
    theirs: str
    language: str | None = None
    judgement: Literal["good", "wrong", "unsure"] | None = None


class Sitting(BaseModel):
    """The sampled cases, in the order in which they are asked about."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "cases": [
                    {
                        "id": "t-104:1",
                        "question": "Where is my parcel?",
                        "ours": "You can follow it under My orders.",
                        "theirs": "Please look under My orders, there is a link.",
                        "language": "en",
                        "judgement": None,
                    }
                ]
            }
        }
    )

    cases: list[CaseShown]


class JudgementRequest(BaseModel):
    """What a person says of our reply to a case; undone takes the last word back."""

    model_config = ConfigDict(json_schema_extra={"example": {"case": "t-104:1", "judgement": "good"}})

    case: str = Field(min_length=1, max_length=500)
    judgement: Literal["good", "wrong", "unsure", "undone"]


class JudgementKept(JudgementRequest):
    """It is on the disk."""


def create_judging_app(labelling: LabellingSession, token: str, verdicts: Callable[[], Verdicts]) -> FastAPI:
    """The app of one sitting; ``verdicts`` reads what was said so far.

    Raises:
        InputError: this installation lacks the page's files.

    """

    def holder(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
        given = credentials.credentials if credentials else ""
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise UnauthorisedError("Open the address that `understudy label` printed, with all that follows the #.")

    app = FastAPI(title="Understudy: labelling", docs_url=None, redoc_url=None)
    problems.install(app)
    checked: dict[str, Any] = {"dependencies": [Depends(holder)], "tags": ["labelling"]}

    @app.get("/v1/sitting", responses=responses(401), **checked)
    def sitting() -> Sitting:
        """The cases of this sitting and what was said of them."""
        said = labelling.said(verdicts())
        return Sitting(
            cases=[CaseShown.model_validate(case_to_json(case, said.get(case.id))) for case in labelling.cases]
        )

    @app.post("/v1/judgements", responses=responses(401, 404, 413), **checked)
    def judge(body: JudgementRequest) -> JudgementKept:
        """Keep a judgement. When this answers it survives anything; the last one on a case counts."""
        try:
            labelling.record(body.case, Judgement(body.judgement))
        except KeyError:
            raise NotFoundError("That case is none of this sitting; reload the page.") from None
        return JudgementKept(case=body.case, judgement=body.judgement)

    web = pages.web_folder()
    if web is None or not (web / "label").is_dir():
        raise InputError("The files of the labelling page are missing from this installation; install it again.")
    app.mount("/", pages.files(web / "label"), name="label")
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(_HOSTS))
    app.add_middleware(Edge, metrics=Metrics(), limits=Limits(), max_body_bytes=_MAX_BODY)
    return app
