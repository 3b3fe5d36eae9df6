"""`wildwear doctor`: what is installed here, what of it works, and what to do about the rest."""

import json
import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wildwear.cli.demo import shipped_photos
from wildwear.cli.printing import echo
from wildwear.errors import WildwearError
from wildwear.version import __version__

if TYPE_CHECKING:
    from packaging.requirements import Requirement

FOR_DEVELOPERS = {"all", "bench", "docs", "test"}  # extras that nobody misses
COMPLETIONS = {  # where `--install-completion` writes, in the home folder
    "bash": ".bash_completions/wildwear.sh",
    "fish": ".config/fish/completions/wildwear.fish",
    "zsh": ".zfunc/_wildwear",
}


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print it as JSON, to be put into an issue.")
    ] = False,
) -> None:
    """Say what is installed, whether it works, and which extras are missing.

    Exit code 1 where something that every command needs is broken; a missing extra is no fault.

    Example: wildwear doctor
    """
    found = examined()
    echo(json.dumps(found, indent=2) if as_json else told(found))
    raise typer.Exit(1 if found["broken"] else 0)


def examined() -> dict[str, Any]:
    """Look at this installation, segment a photo with it, and list what is broken."""
    lacking = lacking_requirements()
    broken = [f"{requirement} is needed: pip install '{requirement}'" for requirement in lacking.pop("", [])]
    model = examined_model()
    if "error" in model:
        broken.append(f"the default model does not work: {model['error']}")
    return {
        "wildwear": __version__,
        "folder": str(Path(__file__).parents[1]),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "model": model,
        "extras": {extra: {"lacks": names} for extra, names in lacking.items()},
        "completion": [shell for shell, file in COMPLETIONS.items() if Path.home().joinpath(file).exists()],
        "broken": broken,
    }


def examined_model() -> dict[str, Any]:
    """Let the default model look at the first photo of the demo; say what it finds, or why it cannot."""
    try:
        import onnxruntime

        from wildwear import inference

        segmenter = inference.load()
        garments = [category.name for category in segmenter(next(shipped_photos())).categories]
    except (ImportError, WildwearError) as error:  # a library can be there and lack another of the system
        return {"error": str(error)}
    engine = {"onnxruntime": onnxruntime.__version__, "providers": onnxruntime.get_available_providers()}
    return {"file": str(segmenter.path), "finds": garments, **engine}


def lacking_requirements() -> dict[str, list[str]]:
    """What is not installed here, or too old, of each extra by its name, and of wildwear itself under ""."""
    from packaging.requirements import Requirement

    try:
        distribution = metadata.distribution("wildwear")
    except metadata.PackageNotFoundError:  # a checkout on the path, never installed
        return {}
    extras = set(distribution.metadata.get_all("Provides-Extra") or []) - FOR_DEVELOPERS
    requirements = [Requirement(line) for line in distribution.requires or []]
    return {
        extra: [
            f"{one.name}{one.specifier}"
            for one in requirements
            if belongs(one, extra) and not (extra and belongs(one, "")) and not is_met(one)
        ]
        for extra in ["", *sorted(extras)]
    }


def belongs(requirement: "Requirement", extra: str) -> bool:
    """Whether it is wanted here by those who install this extra."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def is_met(requirement: "Requirement") -> bool:
    """Whether the package is installed, in a version that will do."""
    try:
        return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False


def told(found: dict[str, Any]) -> str:
    """The same in lines for people."""
    model = found["model"]
    lines = [
        f"wildwear {found['wildwear']} in {found['folder']}",
        f"Python {found['python']} on {found['platform']}",
    ]
    if "error" not in model:
        lines += [
            f"onnxruntime {model['onnxruntime']} with {', '.join(model['providers'])}",
            f"model {model['file']}: finds {', '.join(model['finds']) or 'nothing'} in a portrait",
        ]
    for extra, state in found["extras"].items():
        if state["lacks"]:
            lines.append(f"extra {extra}: lacks {', '.join(state['lacks'])}; pip install 'wildwear[{extra}]'")
        else:
            lines.append(f"extra {extra}: installed")
    shells = ", ".join(found["completion"])
    lines.append(
        f"completion: {f'installed for {shells}' if shells else 'wildwear --install-completion brings it'}"
    )
    lines += [f"BROKEN: {fault}" for fault in found["broken"]] or ["all that wildwear needs works"]
    return "\n".join(lines)
