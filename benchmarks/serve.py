"""What `wildwear serve` makes of many clients at once, beside the endpoint that one writes first; and memory.

- serve: `wildwear serve`, as the command starts it;
- naive: FastAPI with one `def` endpoint that sends each photo through the model, in uvicorn; the same model,
  the same answer.

Both run all the time and take turns in being asked: in each round so many clients ask one, then the other.
Clients are locust's, each sending a photo when it has the answer to its last; one that is refused (429) waits
as long as it is told. Milliseconds are those of answers with garments; processor seconds are the server's,
and tell the two apart on a busy machine as well. Needs the extra `bench`.

Run: python benchmarks/serve.py clothing-co-parsing/photos
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import psutil
import typer

from contest import claim, linked, spread

HERE = Path(__file__).parent
CLIENTS = (1, 4, 16, 64)
JUDGED = 16  # clients, at which throughput and p99 are compared
PHOTOS, SMALL = 40, 32  # photos that are sent; px of the long side of those that memory is measured with
PARTS = 10  # of the requests that memory is measured over
STEADY = 1.05  # the most memory after all of them, over that after the first part
PATH = "/v1/segment"
FOUND, REFUSED = 200, 429
NAIVE, SERVE = "naive", "serve"


class Server(NamedTuple):
    """One that runs."""

    address: str  # where photos are sent
    process: int  # its id


@dataclass(frozen=True)
class Answers:
    """What so many clients were answered in so many seconds.

    Attributes:
        statuses: one an answer.
        times: seconds that each answer took.
        seconds: for which they asked.
        processor: seconds that the server took of all cores.
    """

    statuses: Sequence[int]
    times: Sequence[float]
    seconds: float
    processor: float

    @property
    def found(self) -> list[float]:
        """Seconds of those with garments."""
        return [time for status, time in zip(self.statuses, self.times, strict=True) if status == FOUND]

    @property
    def a_second(self) -> float:
        """Photos with garments."""
        return len(self.found) / self.seconds

    def within(self, share: float) -> float:
        """Milliseconds in which this share of them was answered."""
        return float(np.quantile(self.found, share)) * 1000

    @property
    def effort(self) -> float:
        """Processor seconds a photo."""
        return self.processor / len(self.found)

    @property
    def refused(self) -> int:
        """How many were told to come again."""
        return self.statuses.count(REFUSED)

    @property
    def wrong(self) -> int:
        """How many were answered otherwise."""
        return len(self.statuses) - len(self.found) - self.refused


def ask(server: Server, photos: Path, clients: int, seconds: float, requests: int | None = None) -> Answers:
    """Let so many clients ask for so long, or until there are so many answers."""
    limits = ["--clients", str(clients), "--seconds", str(seconds)]
    limits += ["--requests", str(requests)] if requests else []
    command = [sys.executable, str(HERE / "clients.py"), server.address, str(photos), *limits]
    before = processor_seconds(server)
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    taken = processor_seconds(server) - before
    answers = json.loads(said)
    return Answers([status for status, _ in answers], [time for _, time in answers], seconds, taken)


def processor_seconds(server: Server) -> float:
    """What a server has taken of all cores so far."""
    times = psutil.Process(server.process).cpu_times()
    return float(times.user + times.system)


@contextmanager
def started(command: Sequence[str]) -> Iterator[Server]:
    """A server that says its address in the third word that it prints."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().split()[2].rstrip("/")
            yield Server(address + PATH, process.pid)
        finally:
            process.kill()


def serve(model: str) -> list[str]:
    """The command that serves."""
    code = "from wildwear.cli.app import main; main()"
    return [sys.executable, "-c", code, "serve", "--port", "0", "--model", model]


def naive(model: str) -> list[str]:
    """The command that serves naively."""
    return [sys.executable, str(HERE / "naive_server.py"), model]


WAYS: dict[str, Callable[[str], list[str]]] = {SERVE: serve, NAIVE: naive}


def in_turns(
    servers: dict[str, Server], photos: Path, rounds: int, seconds: float
) -> dict[tuple[str, int], list[Answers]]:
    """What each server answers to each number of clients, round by round."""
    answers: dict[tuple[str, int], list[Answers]] = {(name, n): [] for n in CLIENTS for name in servers}
    for server in servers.values():
        ask(server, photos, 1, seconds, requests=5)  # what the first requests load is nobody's
    for done in range(rounds):
        print(f"round {done + 1} of {rounds}", file=sys.stderr)
        for name, clients in answers:
            answers[name, clients].append(ask(servers[name], photos, clients, seconds))
    return answers


def show(answers: dict[tuple[str, int], list[Answers]]) -> None:
    """Print what was answered, and whether the bars are met."""
    print("| clients | way | photos a second | processor s a photo | p50, ms | p95 | p99 | refused | wrong |")
    print("|---|---|---|---|---|---|---|---|---|")
    for (name, clients), rounds in answers.items():
        cells = [spread([one.a_second for one in rounds]), spread([one.effort for one in rounds], 3)]
        cells += [spread([one.within(share) for one in rounds], 0) for share in (0.5, 0.95, 0.99)]
        cells += [str(sum(one.refused for one in rounds)), str(sum(one.wrong for one in rounds))]
        print(f"| {clients} | {name} | {' | '.join(cells)} |")
    pairs = list(zip(answers[SERVE, JUDGED], answers[NAIVE, JUDGED], strict=True))
    throughput = [ours.a_second / theirs.a_second for ours, theirs in pairs]
    slowest = [ours.within(0.99) / theirs.within(0.99) for ours, theirs in pairs]
    told, beside = [ours.a_second for ours, _ in pairs], f"{spread(throughput, 2)} × as many"
    met = bool(np.median(throughput) >= 1)
    claim(f"photos a second, {JUDGED} clients", spread(told), peer="a naive endpoint", beside=beside, met=met)
    late, beside = [ours.within(0.99) for ours, _ in pairs], f"{spread(slowest, 2)} × as long"
    met = bool(np.median(slowest) <= 1)
    claim(
        f"p99 of an answer, {JUDGED} clients, ms",
        spread(late, 0),
        peer="a naive endpoint",
        beside=beside,
        met=met,
    )
    wrong = sum(one.wrong for (name, _), rounds in answers.items() if name == SERVE for one in rounds)
    print(f"\nserve over naive at {JUDGED} clients, round by round:\n")
    print(f"- photos a second {spread(throughput, 2)}, at least 1: {said(np.median(throughput) >= 1)}")
    print(f"- p99 {spread(slowest, 2)}, at most 1: {said(np.median(slowest) <= 1)}")
    print(f"- no error of serve but 429: {said(wrong == 0)}\n")


def said(is_met: bool | np.bool_) -> str:
    """Whether a bar is met."""
    return "yes" if is_met else "NO"


def memory(server: Server, photos: Path, requests: int) -> list[tuple[int, float]]:
    """What the server holds resident after each part of so many requests: how many, and MB."""
    process, held = psutil.Process(server.process), []
    for part in range(1, PARTS + 1):
        answers = ask(server, photos, JUDGED, 3600, requests // PARTS)
        assert not answers.wrong, answers.statuses
        held.append((part * requests // PARTS, process.memory_info().rss / 1e6))
    return held


def show_memory(held: Sequence[tuple[int, float]]) -> None:
    """Print it, and whether it stays."""
    print("| requests | resident, MB |\n|---|---|")
    for requests, megabytes in held:
        print(f"| {requests:,} | {megabytes:,.0f} |")
    grown = held[-1][1] / held[0][1]
    beside = f"{held[0][1]:,.0f} after {held[0][0]:,}"
    claim(
        f"memory after {held[-1][0]:,} requests, MB",
        f"{held[-1][1]:,.0f}",
        beside=beside,
        met=grown <= STEADY,
    )
    print(f"\nThe last over the first: {grown:.2f}, at most {STEADY}: {said(grown <= STEADY)}.")


def small(photos: Path, folder: Path) -> Path:
    """The photos again, small: a new folder."""
    import cv2

    folder.mkdir()
    for path in photos.iterdir():
        pixels = cv2.imread(str(path))
        assert pixels is not None
        share = SMALL / max(pixels.shape)
        cv2.imwrite(str(folder / f"{path.stem}.jpg"), cv2.resize(pixels, None, fx=share, fy=share))
    return folder


def main(
    folder: Annotated[Path, typer.Argument(help="Photos.")],
    model: Annotated[str, typer.Option(help="`default`, a name or a file.")] = "default",
    rounds: Annotated[int, typer.Option(help="How often each number of clients asks each server.")] = 3,
    seconds: Annotated[float, typer.Option(help="For how long.")] = 10,
    requests: Annotated[int, typer.Option(help="That memory is measured over.")] = 2_000,
) -> None:
    """Compare the servers, as Markdown."""
    from wildwear.imaging import find_photos

    there = find_photos(folder)
    chosen = there[:: max(1, len(there) // PHOTOS)][:PHOTOS]
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        photos = linked(chosen, len(chosen), Path(place, "photos"))
        servers = {name: stack.enter_context(started(way(model))) for name, way in WAYS.items()}
        answers = in_turns(servers, photos, rounds, seconds)
        cores = os.cpu_count()
        print(
            f"\n{len(chosen)} photos, {rounds} rounds of {seconds:g} s, {cores} cores; median (quartiles)\n"
        )
        show(answers)
        show_memory(memory(servers[SERVE], small(photos, Path(place, "small")), requests))


if __name__ == "__main__":
    typer.run(main)
