"""What the page shows, and where it is served."""

import dataclasses

from set_contrastive.base.errors import UserError


@dataclasses.dataclass(frozen=True)
class PlayConfig:
    """Which models, and the address.

    Raises:
      UserError: If what excludes each other is given, or there is no such port.
    """

    # Folder of a trained run, or of a study's runs, in place of the models that ship.
    workdir: str | None = None
    # Folders of versions of exported scorers, with commas between them, in their place.
    saved_models: tuple[str, ...] = ()
    # The game, for one of your own as package.module:factory, which is not imported
    # because a file names it.
    game: str | None = None
    # The family of models, for one of your own as package.module:FAMILY, which is not
    # imported because a file names it.
    model: str | None = None
    # Port of the page; the first free one from 7860 on unless it is given.
    port: int | None = None
    # Address to listen at: this machine alone can open the page, unless it is another,
    # such as 0.0.0.0 for all who can reach the machine.
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        if self.workdir and self.saved_models:
            raise UserError("expected one of workdir and saved_models, got both")
        if self.port is not None and not 0 < self.port < 65536:
            raise UserError(f"port must be 1 to 65535, got {self.port}")
