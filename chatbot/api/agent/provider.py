"""Routes of signing in through the provider: to it, and back with a code. Which ways there are besides a password.

The provider sends the browser to the console, whose page hands over what stood in the address.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from chatbot.api.agent.sign_ins import kept
from chatbot.api.schemas import provider as schemas
from chatbot.api.schemas.people import Me
from chatbot.api.transport import cookies
from chatbot.api.transport.dependencies import Running, RunningDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.sites import takes_passkeys
from chatbot.errors import NotFoundError
from chatbot.service.access.provider_sign_ins import ProviderSignIns

router = APIRouter(prefix="/v1", tags=["people"])


@router.get("/session/ways", responses=responses())
async def ways(request: Request, server: RunningDep) -> schemas.Ways:
    """How one can sign in here, besides address and password."""
    name = server.provider.provider.name if server.provider else None
    return schemas.Ways(passkeys=takes_passkeys(request), provider=name)


@router.post("/session/provider", responses=responses(403, 404, 429, 502))
async def begin(
    body: schemas.ProviderBegin, request: Request, response: Response, server: RunningDep
) -> schemas.ProviderBegun:
    """Go to the provider: the address is for this browser alone, which gets a cookie of its own, for ten minutes."""
    cookies.check_own_page(request, known_by_cookie=False)
    whence, back = cookies.whence(request), _back(request, server)
    url, browser = await _provider(server).begin(back, whence.address, again=body.again)
    cookies.keep_errand(request, response, browser)
    return schemas.ProviderBegun(url=url)


@router.post("/session/provider/answer", responses=responses(401, 403, 404, 413, 502))
async def answer(body: schemas.ProviderAnswer, request: Request, response: Response, server: RunningDep) -> Me:
    """Back from the provider: signs in whom it names, if they were invited under an address that it has verified."""
    cookies.check_own_page(request, known_by_cookie=False)
    whence, browser = cookies.whence(request), cookies.errand(request)
    back, provider = _back(request, server), _provider(server)
    cookies.forget_errand(request, response)
    return kept(request, response, await provider.finish(body.code, body.state, body.iss, browser, back, whence))


def _provider(server: Running) -> ProviderSignIns:
    if server.provider is None:
        raise NotFoundError("This desk has no provider to sign in through: UNDERSTUDY_OIDC_ISSUER.")
    return server.provider


def _back(request: Request, server: Running) -> str:
    """The console's address, as the provider has to know it."""
    return f"{server.settings.public_url or str(request.base_url).rstrip('/')}/console/"
