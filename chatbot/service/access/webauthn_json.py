"""What browsers are asked for and answer about passkeys (WebAuthn level 3, as JSON), made and checked by py_webauthn.

The library is loaded with the first passkey: it takes a tenth of a second. Knows no database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.service.access.people import Person
    from chatbot.storage.tables.people import PasskeyRow

_DESK = "Understudy"


@dataclass(frozen=True, slots=True)
class Site:
    """Where a browser is: what a passkey is for, ``help.shop.example``, and its page, ``https://help.shop.example``."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Made:
    """A passkey that a device has made; the first two are base64url."""

    credential: str
    public_key: str
    counter: int


def to_make(site: Site, person: Person, *, but: Sequence[str]) -> dict[str, Any]:
    """What `navigator.credentials.create` is asked for; not on a device that has one of these credentials.

    The device has to keep the passkey (so that nobody types an address) and to verify who is at it.
    """
    from webauthn import base64url_to_bytes, generate_registration_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers import structs as wanted

    return options_to_json_dict(
        generate_registration_options(
            rp_id=site.host,
            rp_name=_DESK,
            user_id=person.id.encode(),
            user_name=person.email,
            user_display_name=person.name,
            authenticator_selection=wanted.AuthenticatorSelectionCriteria(
                resident_key=wanted.ResidentKeyRequirement.REQUIRED,
                user_verification=wanted.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[wanted.PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in but],
        )
    )


def to_use(site: Site) -> dict[str, Any]:
    """What `navigator.credentials.get` is asked for: any passkey for this host."""
    from webauthn import generate_authentication_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import UserVerificationRequirement

    required = UserVerificationRequirement.REQUIRED
    return options_to_json_dict(generate_authentication_options(rp_id=site.host, user_verification=required))


def made(answer: dict[str, Any], challenge: str, site: Site) -> Made | None:
    """The passkey that an answer brings, if it was made here for this challenge."""
    from webauthn import base64url_to_bytes, verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - a stranger's bytes: CBOR, keys and certificates each fail in their own ways
        return None
    credential, key = bytes_to_base64url(found.credential_id), bytes_to_base64url(found.credential_public_key)
    return Made(credential, key, found.sign_count)


def used(answer: dict[str, Any], challenge: str, site: Site, passkey: PasskeyRow) -> int | None:
    """The new counter of a passkey that signed this challenge here; None where it did not, or a copy of it did.

    A counter that does not go up tells of a copy; devices that count nothing say 0 each time.
    """
    from webauthn import base64url_to_bytes, verify_authentication_response
    from webauthn.helpers import parse_authentication_credential_json

    try:
        credential = parse_authentication_credential_json(answer)
        found = verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.counter,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - as above
        return None
    owner = credential.response.user_handle
    return found.new_sign_count if owner in {None, passkey.person_id.encode()} else None


def challenge(answer: dict[str, Any]) -> str:
    """The challenge that an answer says it answers, base64url; empty where it says none."""
    from webauthn import base64url_to_bytes
    from webauthn.helpers import bytes_to_base64url, parse_client_data_json

    try:
        told = parse_client_data_json(base64url_to_bytes(answer["response"]["clientDataJSON"]))
        return bytes_to_base64url(told.challenge)
    except Exception:  # noqa: BLE001 - as above
        return ""


def credential(answer: dict[str, Any]) -> str:
    """The credential that an answer names, as it is stored; empty where it names none."""
    from webauthn import base64url_to_bytes
    from webauthn.helpers import bytes_to_base64url

    try:
        return bytes_to_base64url(base64url_to_bytes(answer["rawId"]))
    except Exception:  # noqa: BLE001 - as above
        return ""
