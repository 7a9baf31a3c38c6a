r"""Exports a trained scorer as a SavedModel for TensorFlow Serving.

For example:

    python -m export.export_saved_model --workdir=runs/union_27_d27 \
        --export_dir=exported/union_27
"""

import dataclasses

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
from export import saved_model
from set_contrastive.configs import flags as config_flags
from set_contrastive.configs.checks import check_at_least
from set_contrastive.models import families


@dataclasses.dataclass(frozen=True)
class ExportConfig:
    """What to export, and where to."""

    # Folder of the run.
    workdir: str
    # Folder of the model; the next free version is written below it.
    export_dir: str
    # Number of the new version; 0 takes the next free one.
    version: int = 0
    # Take the next free number if the version exists, so that a server turns to the new
    # one. A version that exists is never touched.
    overwrite: bool = False
    # The game, for one of your own as package.module:factory, which is not imported
    # because a file names it.
    game: str | None = None
    # The model's family, for one of your own as package.module:FAMILY, which is not
    # imported because a file names it.
    model: str | None = None

    def __post_init__(self) -> None:
        check_at_least(self, 0, "version")


config_flags.define(ExportConfig)


def main(argv: list[str]) -> None:
    """Exports, says where and how to serve it."""
    del argv
    asked = dataclasses.asdict(config_flags.read(ExportConfig))
    families.import_named(asked.pop("model"))
    version = saved_model.export(**asked)
    print(f"exported to {version}")
    print(saved_model.serving_help(version, asked["game"]))


def run() -> None:
    """Starts the command."""
    command.run(main)


if __name__ == "__main__":
    run()
