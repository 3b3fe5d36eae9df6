"""Pages opened in a real browser, Debian's Chromium."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60  # seconds

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")


def opened(page: Path | str, *, milliseconds: int = 3_000) -> str:
    """The document of a page (a file or a URL) after its scripts have run, as HTML.

    Args:
        milliseconds: of the page's own clock, which runs ahead while nothing is waited for.
    """
    url = page.resolve().as_uri() if isinstance(page, Path) else page
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        done = subprocess.run(
            [
                str(CHROMIUM),
                *QUIET,
                f"--user-data-dir={profile}",
                f"--virtual-time-budget={milliseconds}",
                "--dump-dom",
                url,
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
    return done.stdout
