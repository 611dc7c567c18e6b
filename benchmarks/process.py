"""What a process takes of the machine, as Linux counts it."""

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid: int) -> float:
    """In user space and in the kernel, of all its threads, since it began."""
    user, kernel = _stat(pid)[11:13]
    return (int(user) + int(kernel)) / TICKS


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def forget_peak(pid: int) -> None:
    """Count `peak_bytes` anew from here on (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_bytes(pid: int) -> int:
    """The most that was resident at any moment."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) * 1024


def go_first() -> bool:
    """Let this process, and all that it starts, run before the rest of the machine; False if that is not permitted."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        return False
    return True


def stand_back(nice: int) -> None:
    """Let others run first, `go_first` or not."""
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.nice(nice)


def pid_of(argument: str) -> int:
    """The only process with this among its arguments."""
    (pid,) = (
        int(file.parent.name)
        for file in Path("/proc").glob("[0-9]*/cmdline")
        if argument.encode() in file.read_bytes().split(b"\0")
    )
    return pid


def age_seconds(pid: int) -> float:
    """Since it began."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(_stat(pid)[19]) / TICKS


def environment(pid: int) -> dict[str, str]:
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may have blanks in it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
