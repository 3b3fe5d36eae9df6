"""The server that one writes first: an endpoint that sends each photo through the model as it comes.

Run: python benchmarks/naive_server.py default
"""

from typing import Annotated

import typer
import uvicorn
from fastapi import Body, FastAPI, Response

from wildwear import inference
from wildwear.imaging import read_photo
from wildwear.serving.answers import coco
from wildwear.web.loopback import listen


def main(model: Annotated[str, typer.Argument(help="`default`, a name or a file.")]) -> None:
    """Serve until it is killed."""
    segmenter = inference.load(model)
    app = FastAPI()

    @app.post("/v1/segment")
    def segment(photo: Annotated[bytes, Body(media_type="application/octet-stream")]) -> Response:
        pixels = read_photo(photo)
        return Response(coco(pixels, segmenter(pixels), {}), media_type="application/json")

    with listen(0) as listening:
        print(f"naive at http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])


if __name__ == "__main__":
    typer.run(main)
