"""What the words on the command line of `wildwear segment` mean; wrong ones raise `BadParameter`."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from wildwear.inference.writers.pictures import Look


def parse_formats(names: str) -> list[str]:
    """Turn "overlay,coco" into formats."""
    from wildwear.inference.run_folder import OUTPUTS

    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in OUTPUTS]
    if unknown or not wanted:
        raise typer.BadParameter(
            f"--format takes any of {','.join(OUTPUTS)}; not {', '.join(unknown) or 'none'}."
        )
    return [name for name in OUTPUTS if name in wanted]


def parse_look(style: str, line_width: int | None, *, canvas: bool, background: str | None) -> "Look":
    """Check what pictures are to look like. Raises `BadParameter` where there is no such style or colour."""
    from wildwear.inference.writers.pictures import STYLES, Look
    from wildwear.reporting import colour_named

    if style not in STYLES:
        raise typer.BadParameter(f"--style is one of {', '.join(STYLES)}; not {style}.")
    if background is not None:
        try:
            colour_named(background)
        except ValueError:
            raise typer.BadParameter(
                f"--background is a colour as CSS writes it, white or '#f4cf2a'; not {background}."
            ) from None
    return Look.model_validate(
        {"style": style, "line_width": line_width, "canvas": canvas, "background": background}
    )


def parse_categories(names: str | None) -> list[str]:
    """Turn "jeans,skirt" into the names of categories; nothing said into none, which means all."""
    from wildwear.taxonomy import UnknownCategoryError, category

    try:
        wanted = {category(name.strip()) for name in (names or "").split(",") if name.strip()}
    except UnknownCategoryError as error:
        raise typer.BadParameter(f"--categories: {error}") from None
    if names is not None and not wanted:
        raise typer.BadParameter("--categories names none; leave it out to keep all.")
    return [one.name for one in sorted(wanted, key=lambda one: one.id)]
