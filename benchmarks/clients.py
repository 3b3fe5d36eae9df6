"""Clients of a server, as locust has them: so many, each of which sends one photo after the other.

Prints, as JSON, the status and the seconds of each answer. A client that is refused (429) asks again when it
was told to. It is a process of its own, as locust changes how Python waits.

Run: python benchmarks/clients.py http://127.0.0.1:8000/v1/segment photos --clients 16 --seconds 10
"""

import locust  # isort: skip - before all that waits

import json
from itertools import cycle
from pathlib import Path
from typing import Annotated, Any

import gevent
import typer
from locust.env import Environment

PHOTO = {"Content-Type": "application/octet-stream"}
REFUSED = 429
CONNECTION_LOST = 0  # in place of a status


def main(
    address: Annotated[str, typer.Argument(help="Where photos are sent.")],
    folder: Annotated[Path, typer.Argument(help="The photos.")],
    clients: Annotated[int, typer.Option(help="That ask at once.")],
    seconds: Annotated[float, typer.Option(help="After which they stop.")],
    most: Annotated[int | None, typer.Option("--requests", help="Answers after which they stop.")] = None,
) -> None:
    """Ask."""
    photos = cycle([path.read_bytes() for path in sorted(folder.iterdir())])
    answers: list[tuple[int, float]] = []
    enough = gevent.event.Event()

    class Client(locust.FastHttpUser):
        host = address
        wait_time = locust.constant(0)
        network_timeout = connection_timeout = 120.0

        @locust.task
        def ask(self) -> None:
            photo: Any = next(photos)  # its types know of no bytes
            with self.client.post("", data=photo, headers=PHOTO, catch_response=True) as answer:
                answer.success()
            if answer.status_code == REFUSED:
                gevent.sleep(float(answer.headers["Retry-After"]))

    def keep(response_time: float, response: Any, **_: Any) -> None:
        answers.append((response.status_code or CONNECTION_LOST, response_time / 1000))
        if most is not None and len(answers) >= most:
            enough.set()

    environment = Environment(user_classes=[Client])
    environment.events.request.add_listener(keep)  # type: ignore[no-untyped-call]
    runner = environment.create_local_runner()
    runner.start(clients, spawn_rate=clients)
    enough.wait(seconds)
    answered = list(answers)
    runner.quit()
    print(json.dumps(answered))


if __name__ == "__main__":
    typer.run(main)
