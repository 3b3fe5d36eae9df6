"""`wildwear data fetch` as its user sees it."""

import contextlib
import os
import pty
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from hand_made_zips import Packed, write_zip

PROGRAM = [sys.executable, "-c", "from wildwear.cli.app import main; main()", "data", "fetch"]


def fetch(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ | variables,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def deepfashion2(tmp_path: Path) -> Path:
    """A folder with an encrypted train.zip in it."""
    folder = tmp_path / "deepfashion2"
    folder.mkdir()
    write_zip(
        folder / "train.zip",
        Packed("train/image/000001.jpg", b"a photo", password=b"secret"),
        Packed("train/annos/000001.json", b"{}", password=b"secret"),
    )
    return folder


def test_a_set_behind_a_form_comes_with_steps(tmp_path: Path) -> None:
    done = fetch("deepfashion2", "--out", tmp_path)
    assert done.returncode == 0
    assert "DeepFashion2 (Ge et al., CVPR 2019): by agreement with its authors" in done.stderr
    for step in ("form", "125F48fsMBz2EF0Cpqk6aaHet5VH399Ok", "train.zip", str(tmp_path)):
        assert step in done.stdout


def test_a_password_file_opens_it_and_the_next_step_is_said(deepfashion2: Path, tmp_path: Path) -> None:
    (tmp_path / "password.txt").write_text("secret\n")
    done = fetch("deepfashion2", "--out", deepfashion2, "--password-file", tmp_path / "password.txt")
    assert done.returncode == 0
    assert (deepfashion2 / "train" / "image" / "000001.jpg").read_bytes() == b"a photo"
    assert f"next: wildwear data convert {deepfashion2}/train deepfashion2-train.json" in done.stdout
    assert f"{deepfashion2}/train: 1 photos, 1 JSON files" in done.stdout
    assert "left out, since they are not in" in done.stderr
    assert "secret" not in done.stdout + done.stderr


def test_a_variable_opens_it(deepfashion2: Path, tmp_path: Path) -> None:
    done = fetch(
        "deepfashion2",
        "--out",
        tmp_path / "new",
        "--from",
        deepfashion2,
        WILDWEAR_DEEPFASHION2_PASSWORD="secret",
    )
    assert done.returncode == 0
    assert (tmp_path / "new" / "train" / "annos" / "000001.json").read_bytes() == b"{}"


def test_a_wrong_password_is_one_line(deepfashion2: Path) -> None:
    done = fetch("deepfashion2", "--out", deepfashion2, WILDWEAR_DEEPFASHION2_PASSWORD="hunter2")
    assert done.returncode == 1
    assert "train.zip: the password does not open it" in done.stderr
    assert "hunter2" not in done.stderr
    assert not (deepfashion2 / "train").exists()


def test_without_a_terminal_nobody_is_asked(deepfashion2: Path) -> None:
    done = fetch("deepfashion2", "--out", deepfashion2)
    assert done.returncode == 1
    assert "name --password-file, or set WILDWEAR_DEEPFASHION2_PASSWORD" in done.stderr


def test_a_password_file_that_cannot_be_read_is_one_line(deepfashion2: Path) -> None:
    done = fetch("deepfashion2", "--out", deepfashion2, "--password-file", deepfashion2 / "missing")
    assert done.returncode == 1
    assert "missing: cannot be read as the password's file" in done.stderr


def test_in_a_terminal_the_password_is_asked_for_and_not_shown(deepfashion2: Path) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.execv(PROGRAM[0], [*PROGRAM, "deepfashion2", "--out", str(deepfashion2)])
    shown = b""
    while b"Password of deepfashion2" not in shown:
        shown += os.read(terminal, 1000)
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        time.sleep(0.01)
    os.write(terminal, b"secret\n")
    with contextlib.suppress(OSError):  # how the end of a terminal reads
        while more := os.read(terminal, 1000):
            shown += more
    assert os.waitpid(child, 0)[1] == 0
    assert (deepfashion2 / "train" / "annos" / "000001.json").read_bytes() == b"{}"
    assert b"secret" not in shown


def test_no_option_takes_the_password_itself(deepfashion2: Path) -> None:
    assert fetch("deepfashion2", "--out", deepfashion2, "--password", "secret").returncode == 2


def test_an_unknown_set_is_answered_with_those_that_there_are(tmp_path: Path) -> None:
    done = fetch("imaterialist", "--out", tmp_path / "new")
    assert done.returncode == 1
    assert "there are fashionpedia, ccp, clothing-dataset, modanet, deepfashion2" in done.stderr
