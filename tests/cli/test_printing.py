"""Nothing that a file, a model or a server says can steer the terminal."""

import ast
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

import program
from made_datasets import make_dataset
from wildwear.cli import app as app_module
from wildwear.cli.console import Console, plain_table, printable
from wildwear.cli.printing import echo, say_next, shown

TITLE = "\x1b]0;owned\x07"  # sets the title of a terminal
CLI = Path(__file__).parents[2] / "src" / "wildwear" / "cli"
PROGRAM = [sys.executable, "-c", "from wildwear.cli.app import main; main()"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("coat 3 – été 外套 🧥", "coat 3 – été 外套 🧥"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        (TITLE, r"\x1b]0;owned\x07"),
        ("\r\x1b[2Kall is well", r"\r\x1b[2Kall is well"),
        ("\x9b31m\x7f\x00", r"\x9b31m\x7f\x00"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\udcff\udcfe.jpg", r"\xff\xfe.jpg"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_is_invisible_is_shown(text: str, seen: str) -> None:
    assert shown(text) == seen


def test_a_line_goes_to_stdout_or_stderr_with_control_characters_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    echo(Path(TITLE))
    echo(f"wildwear: {TITLE}", err=True)
    assert capsys.readouterr() == ("\\x1b]0;owned\\x07\n", "wildwear: \\x1b]0;owned\\x07\n")


@pytest.mark.parametrize("terminal", [True, False])
def test_tables_texts_and_bars_show_control_characters_and_keep_their_colours(terminal: bool) -> None:
    said = StringIO()
    console = Console(file=said, force_terminal=terminal, width=100)
    table = Table("[red]name", TITLE, title=TITLE, caption=TITLE)
    table.add_row(TITLE, printable(TITLE))
    table.add_row(Text(TITLE, style="bold red"), "plain")
    console.print(table, TITLE, f"[bold]{TITLE}[/bold]")
    with Progress(console=console) as bar:
        bar.add_task(TITLE, total=1)
    assert TITLE not in said.getvalue()
    assert "\x07" not in said.getvalue()
    assert "\x1b]" not in said.getvalue()
    assert said.getvalue().count("owned") >= 7
    assert ("\x1b[" in said.getvalue()) == terminal


def test_the_cells_of_a_table_fit_what_is_shown() -> None:
    said = StringIO()
    table = Table("name", "count")
    table.add_row(TITLE, "1")
    table.add_row("coat", "2")
    Console(file=said, width=80).print(table)
    assert len({len(line) for line in said.getvalue().splitlines()}) == 1


def test_no_command_prints_by_another_way() -> None:
    for module in CLI.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and module.name != "console.py":
                assert node.module != "rich.console", module
            if isinstance(node, ast.Call) and module.name != "printing.py":
                assert ast.unparse(node.func) not in ("print", "typer.echo", "typer.secho"), module


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return program.wildwear(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("data", "convert", "03/c.json", "OUT.json"),
        ("data", "convert", "03/y", "OUT.json"),
        ("data", "health", "03/c.json"),
        ("data", "health", "03/y"),
        ("data", "describe", "03/c.json"),
        ("data", "describe", "03/y"),
        ("data", "map", "03/c.json", "OUT.json", "--map", "modanet"),
        ("data", "merge", "03/c.json", "03/c.json", "--out", "OUT.json"),
        ("evaluate", "03/c.json", "03/c.json", "--out", "OUT"),
    ],
)
def test_the_names_of_a_hostile_dataset_do_not_steer_the_terminal(
    arguments: tuple[str, ...], shared: Path, tmp_path: Path
) -> None:
    places = {word: shared / "cases" / "hostile" / word for word in arguments if word.startswith("03/")}
    places |= {"OUT": tmp_path / "out", "OUT.json": tmp_path / "out.json"}
    done = run(*(places.get(word, word) for word in arguments))
    for said in (done.stdout, done.stderr):
        assert said.replace("\n", "").replace("\t", "").isprintable()


def test_a_command_line_that_is_wrong_is_quoted_with_control_characters_shown() -> None:
    done = run("segment", f"--no{TITLE}")
    assert done.returncode == 2
    assert "\x07" not in done.stderr
    assert r"--no\x1b]0;owned\x07" in done.stderr


def test_a_file_of_an_error_is_named_with_control_characters_shown(tmp_path: Path) -> None:
    done = run("data", "health", tmp_path / f"{TITLE}.json")
    assert done.returncode == 1
    assert r"\x1b]0;owned\x07.json: no such file" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_file_that_no_command_looked_after_is_named_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied", f"{TITLE}.json")

    monkeypatch.setattr(app_module, "app", refuse)
    with pytest.raises(SystemExit) as ended:
        app_module.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "wildwear: \\x1b]0;owned\\x07.json: Permission denied\n"


def test_a_command_that_comes_next_can_be_pasted_whatever_its_files_are_called(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_next("wildwear", "data", "view", Path("my photos/it's.json"))
    said = capsys.readouterr().out.removeprefix("next: ")
    assert shlex.split(said) == ["wildwear", "data", "view", "my photos/it's.json"]


def test_no_command_prints_what_comes_next_in_another_way() -> None:
    own = {
        CLI / "printing.py",
        CLI / "data" / "health.py",
        CLI / "data" / "fetch.py",
    }  # the two quote as well
    assert not [path for path in CLI.rglob("*.py") if path not in own and "next: " in path.read_text()]


@pytest.fixture
def closed_pipe() -> Iterator[int]:
    """Where `| head` stood, which has seen enough."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@pytest.mark.parametrize("command", ["data describe set.json", "runs compare run"])
def test_a_page_is_written_though_nobody_reads_on(closed_pipe: int, tmp_path: Path, command: str) -> None:
    make_dataset(tmp_path / "set.json", [("1.jpg", ["top"])])
    (tmp_path / "run").mkdir()
    facts = {"name": "first", "made_by": "wildwear", "trained_on": "here", "steps": 40}
    (tmp_path / "run" / "run.json").write_text(json.dumps(facts))
    (tmp_path / "run" / "metrics.jsonl").write_text('{"step": 40, "train/loss": 0.5}\n')
    done = subprocess.run(
        [*PROGRAM, *command.split(), "--html", "page.html"],
        cwd=tmp_path,
        stdout=closed_pipe,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (tmp_path / "page.html").exists(), done.stderr
    assert "Traceback" not in done.stderr


def test_every_table_of_rows_is_of_one_kind() -> None:
    drawn = {
        module.name
        for module in CLI.rglob("*.py")
        if module.name != "console.py" and "SIMPLE_HEAD" in module.read_text(encoding="utf-8")
    }
    assert drawn == set()


def test_a_pipe_gets_every_line_unbroken_unless_its_reader_says_how_wide_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    table = plain_table(("photo",), ("masks",), ("why",), breaking=("why",))
    table.add_row("street/" * 30 + "1.jpg", "1,200", "because " * 30)
    said = StringIO()
    Console(file=said).print(table)
    lines = said.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[2].split()[:2] == ["street/" * 30 + "1.jpg", "1,200"]
    monkeypatch.setenv("COLUMNS", "60")
    said = StringIO()
    Console(file=said).print(table)
    assert max(map(len, said.getvalue().splitlines())) == 60


def test_figures_end_below_each_other_and_words_begin_so() -> None:
    table = plain_table(("problem",), ("count",), ("repair",))
    table.add_row("no mask", "7", "drop")
    table.add_row("box", "1,200", "measure")
    said = StringIO()
    Console(file=said, width=80).print(table)
    assert [line.rstrip() for line in said.getvalue().splitlines()[2:]] == [
        "no mask      7  drop",
        "box      1,200  measure",
    ]


@pytest.mark.parametrize(
    ("arguments", "closed", "code", "said"),
    [
        ("segment -", "<&-", 2, "wildwear: -: nothing comes through a pipe"),
        ("taxonomy", ">&-", 0, ""),
        ("segment -", "2>&-", 2, ""),
    ],
)
def test_a_program_without_stdin_stdout_or_stderr_runs_all_the_same(
    arguments: str, closed: str, code: int, said: str
) -> None:
    command = f"{shlex.join(PROGRAM)} {arguments} {closed}"
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert (done.returncode, done.stderr.strip(), done.stdout) == (code, said, "")


def test_what_is_closed_is_open_and_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    app_module.open_what_is_closed()
    with sys.stdin, sys.stdout, sys.stderr:
        assert sys.stdin.buffer.read() == b""
        print("lost")
