"""How far the tests that invent their own cases go: `make fuzz` lets them go far."""

import os

DEPTH = int(os.environ.get("XMPP_BRIDGE_FUZZ_DEPTH", "1"))
"""A factor on the number of invented cases."""
