"""The paths about the caller's own account."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.hub_service.openapi_operations import GONE, answer, needing, path, taking
from xmpp_bridge.hub_service.openapi_schemas import TEXT, many, record, ref
from xmpp_bridge.hub_service.scopes import APP_PASSWORDS, CREDENTIALS, ROOMS_READ

ACCOUNT_PATHS: dict[str, Any] = {
    "/api/me": path(get=needing(ROOMS_READ, "The caller's account", answer(200, ref("Me")))),
    "/api/credentials": path(
        post={
            **needing(
                CREDENTIALS,
                "What the calling Jupyter server logs in to XMPP with",
                answer(201, ref("Credential")),
                description="Only for the token that the hub gave to a running Jupyter server, in"
                " the Authorization header. The hub is asked about it every time.",
            ),
            "security": [{"hubToken": [CREDENTIALS]}],
        }
    ),
    "/api/app-passwords": path(
        get=needing(
            APP_PASSWORDS,
            "The caller's app passwords, newest first, and where XMPP clients connect",
            answer(200, record(login=ref("Login"), app_passwords=many("AppPassword"))),
        ),
        post=needing(
            APP_PASSWORDS,
            "Make an app password for one XMPP client; it is in this answer and in no other",
            answer(201, ref("NewAppPassword")),
            **taking(label=TEXT, days={"type": ["integer", "null"], "minimum": 1}),
        ),
    ),
    "/api/app-passwords/{number}": path(
        "number",
        delete=needing(
            APP_PASSWORDS,
            "Revoke one: every connection of the account ends, and those with another come back",
            GONE,
        ),
    ),
}
