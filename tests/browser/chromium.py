"""Finds a Chromium: the machine's, else Debian's package, else Playwright's own."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
APT = ("apt-get", "-qq", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20")
#: Debian's package asks nothing, and other programs' install scripts neither.
QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


class NoBrowser(Exception):
    """No browser can be had here; the words say what was tried."""


def find_once(folder: Path) -> Path:
    """Where the browser lies; of the processes that share `folder`, one looks and installs, the others read it."""
    found, tried = folder / "chromium", folder / "no-chromium"
    with (folder / "chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if found.exists():
            return Path(found.read_text())
        if tried.exists():
            raise NoBrowser(tried.read_text())
        try:
            path = find()
        except NoBrowser as none:
            tried.write_text(str(none))
            raise
        found.write_text(str(path))
        return path


def find() -> Path:
    """Where the browser lies, installed if need be."""
    if path := _on_the_machine():
        return path
    why = [f"none of {', '.join(NAMES)} on PATH runs", _install_debians()]
    if path := _on_the_machine():
        return path
    why.append(_install_playwrights())
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    if _runs(path):
        return path
    raise NoBrowser("; ".join((*filter(None, why), f"{path} does not run")))


def launch(playwright: Playwright, path: Path) -> Browser:
    """Start the browser; it reaches nothing but this machine."""
    return playwright.chromium.launch(
        executable_path=path,
        chromium_sandbox=os.geteuid() != 0,  # root has no sandbox
        args=["--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
    )


def _on_the_machine() -> Path | None:
    paths = (Path(path) for name in NAMES if (path := shutil.which(name)))
    return next((path for path in paths if _runs(path)), None)


def _runs(path: Path) -> bool:
    """Whether it starts at all: Ubuntu's package is an empty shell, and a download may lack its libraries."""
    return path.exists() and not _failure([str(path), "--no-sandbox", "--version"], 60)


def _install_debians() -> str:
    """Install Debian's package; why that failed, if it did."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "no root with apt-get to install Debian's"
    return _failure([*APT, "update"], 180) or _failure(
        [*APT, "install", "-y", "--no-install-recommends", "chromium"], 600
    )


def _install_playwrights() -> str:
    """Let Playwright fetch its own; why that failed, if it did."""
    return _failure([sys.executable, "-m", "playwright", "install", "chromium"], 600)


def _failure(command: list[str], seconds: float) -> str:
    """Run a command; the end of what it said if it failed."""
    try:
        done = subprocess.run(
            command,
            env=os.environ | QUIET,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = " ".join(done.stdout.split())[-300:]
    return f"`{' '.join(command)}` failed: {said}" if done.returncode else ""
