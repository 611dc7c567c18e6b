"""Builds the labextension for a wheel, where nobody has built it yet."""

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LabextensionHook(BuildHookInterface[Any]):
    """A wheel holds the labextension as JupyterLab loads it, so that nobody needs Node.js to install one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling calls it so
        root = Path(self.root)
        if (root / "xmpp_bridge" / "labextension" / "package.json").exists():
            return
        for command in (["npm", "ci", "--silent"], ["npm", "run", "--silent", "build"]):
            subprocess.run(command, cwd=root / "labextension", check=True)  # noqa: S603 - our own command
