"""Curricula: phases of shorter queries at the start of training."""

from set_contrastive.base.errors import UserError

# (number of pairs, steps); the last phase has no number of steps: it takes the rest.
Curriculum = tuple[tuple[int, int | None], ...]


def parse(text: str) -> Curriculum:
    """Returns the phases of a text such as `1:400,2:400,8:rest`; empty for none.

    Raises:
      UserError: If the text has another form.
    """
    try:
        return tuple(
            (int(pairs), None if steps.strip() == "rest" else int(steps))
            for pairs, steps in (
                phase.split(":") for phase in text.split(",") if phase.strip()
            )
        )
    except ValueError as error:
        raise UserError(
            f"curriculum must look like 1:400,2:400,8:rest, got {text!r}"
        ) from error


def spell(curriculum: Curriculum) -> str:
    """Returns the text that `parse` takes."""
    return ",".join(
        f"{pairs}:{'rest' if steps is None else steps}" for pairs, steps in curriculum
    )


def check(curriculum: Curriculum, steps: int) -> None:
    """Raises UserError if a curriculum does not fit in `steps` steps."""
    if not curriculum:
        return
    *earlier, (_, last) = curriculum
    taken = sum(n or 0 for _, n in earlier)
    if last is not None or any(n is None or n < 1 for _, n in earlier):
        raise UserError(
            "curriculum must end with `pairs:rest` after phases of at least one step, "
            f"got {curriculum}"
        )
    if any(pairs < 1 for pairs, _ in curriculum):
        raise UserError(f"curriculum must have at least 1 pair, got {curriculum}")
    if taken >= steps:
        raise UserError(
            f"steps must exceed the curriculum's {taken} earlier steps, got {steps}"
        )


def stretch(curriculum: Curriculum, factor: float) -> Curriculum:
    """Returns a curriculum whose phases are `factor` times as long.

    Those that would end before their first step are left out.
    """
    *earlier, last = curriculum or ((1, None),)
    stretched = ((pairs, int((steps or 0) * factor)) for pairs, steps in earlier)
    kept = tuple((pairs, steps) for pairs, steps in stretched if steps)
    return (*kept, last) if kept else ()
