"""`make demo`: a hub with three people and a notebook that is already shared between them."""

import argparse
import asyncio
import signal
import sys
import time
from pathlib import Path

from demo import check
from demo.stack import PEOPLE, REPOSITORY, StackError, StackSettings, prepare_settings, running
from demo.story import PATH, prepare

PREFERRED_PORT = 8000


async def main() -> int:
    options = _options()
    running_demo = asyncio.create_task(check.main() if options.check else _show(options))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, running_demo)
    try:
        return await running_demo
    except asyncio.CancelledError:
        print("\nStopped.")
        return 0 if not options.check else 130


def _stop(running_demo: asyncio.Task[int]) -> None:
    """Stop once: whoever is impatient must not cut short how the servers are being stopped."""
    if not running_demo.cancelling():
        running_demo.cancel()


async def _show(options: argparse.Namespace) -> int:
    settings = prepare_settings(options.directory, options.port)
    began = time.monotonic()
    print(f"Starting a hub, its service and ejabberd; logs: {settings.log}", flush=True)
    try:
        async with running(settings) as stack:
            print(f"Starting a Jupyter server for {', '.join(PEOPLE)}", flush=True)
            await prepare(stack)
            print(_welcome(settings, time.monotonic() - began), flush=True)
            await asyncio.Event().wait()
    except StackError as error:
        print(error, file=sys.stderr)
    return 1


def _welcome(settings: StackSettings, seconds: float) -> str:
    return f"""
Ready after {seconds:.0f} s. {PATH} is shared between alice, bob and carol, each on their own Jupyter server.

  1. Open    {settings.url}
  2. Log in  as alice, with the password  {settings.password}
  3. Open it again in a private window or another browser, as bob or carol. Same password.
  4. Type.

This is a demo: all three are you, on {settings.url}, with their files in
{settings.directory / "homes"}.
Ctrl-C stops everything; `make demo` continues where you left off, `make clean` forgets it.
"""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo ARGS=", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="play the story without a browser, and say how it went"
    )
    parser.add_argument(
        "--port", type=int, default=PREFERRED_PORT, help="of the hub, if it is free"
    )
    parser.add_argument(
        "--directory", type=Path, default=REPOSITORY / ".demo", help="where the demo keeps its data"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
