"""Which model, version and signature of a server to ask."""

import dataclasses

from set_contrastive.base.errors import UserError


@dataclasses.dataclass(frozen=True)
class ServedModel:
    """What TensorFlow Serving calls a model specification."""

    # Name under which the server knows the model.
    name: str
    # Integer version; None for the newest.
    version: int | None = None
    # Name that the server's configuration gives to a version, such as "stable".
    version_label: str | None = None
    # The signature that turns texts into ranked keys.
    signature: str = "rank_text"

    def __post_init__(self) -> None:
        """Refuses two answers to the same question.

        Raises:
          UserError: If both a version and a label are given.
        """
        if self.version is not None and self.version_label is not None:
            raise UserError(
                "expected one of version and version_label, got "
                f"version={self.version} and version_label={self.version_label}"
            )

    def __str__(self) -> str:
        """Returns the model as error messages name it."""
        if self.version is not None:
            return f"{self.name}, version={self.version}"
        if self.version_label is not None:
            return f"{self.name}, version_label={self.version_label}"
        return self.name
