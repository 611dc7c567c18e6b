"""The command `xmpp-bridge`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from xmpp_bridge import __version__

USAGE = """\
usage: xmpp-bridge service [--config=FILE] [--HubService.setting=value …]
       xmpp-bridge service --generate-config | --help-all
       xmpp-bridge documents check [--repair] [--config=FILE] [--HubService.setting=value …]
       xmpp-bridge audit verify EXPORT --checkpoint FILE --key FILE [--stream FILE]
       xmpp-bridge audit {status,key,checkpoint,checkpoints,search,export,proof,holds,hold,lift,destroy} …
       xmpp-bridge --version
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and return the exit status."""
    match sys.argv[1:] if arguments is None else list(arguments):
        case ["service", *rest]:
            # Only here: a Jupyter server has the package without what the service needs.
            from xmpp_bridge.hub_service.application import HubService  # noqa: PLC0415

            HubService.launch_instance(rest)
            return 0
        case ["documents", "check", *rest]:
            from xmpp_bridge.hub_service.documents_check import check  # noqa: PLC0415

            return check(rest)
        case ["audit", *rest]:
            return _audit(rest)
        case ["--version"]:
            sys.stdout.write(f"xmpp-bridge {__version__}\n")
            return 0
        case ["--help" | "-h"]:
            sys.stdout.write(USAGE)
            return 0
        case _:
            sys.stderr.write(USAGE)
            return 2


def _audit(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["verify"]:
        from xmpp_bridge.audit import verify  # noqa: PLC0415

        return verify.main(arguments[1:])
    from xmpp_bridge.hub_service.audit_command import audit  # noqa: PLC0415

    return audit(arguments)


if __name__ == "__main__":
    sys.exit(main())
