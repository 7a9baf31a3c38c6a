r"""Exports a trained scorer as a SavedModel for TensorFlow Serving.

For example:

    python -m export.export_saved_model --workdir=runs/union_27_d27 \
        --export_dir=exported/union_27
"""

from absl import flags

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
from export import saved_model

_WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the run.", required=True)
_EXPORT_DIR = flags.DEFINE_string(
    "export_dir",
    None,
    "Folder of the model; the next free version is written below it.",
    required=True,
)
_VERSION = flags.DEFINE_integer(
    "version", 0, "Number of the new version; 0 takes the next free one.", lower_bound=0
)
_OVERWRITE = flags.DEFINE_bool(
    "overwrite",
    False,
    "Take the next free number if --version exists, so that a server turns to the new "
    "one. A version that exists is never touched.",
)


def main(argv: list[str]) -> None:
    """Exports, says where and how to serve it."""
    del argv
    version = saved_model.export(
        _WORKDIR.value, _EXPORT_DIR.value, _VERSION.value, _OVERWRITE.value
    )
    print(f"exported to {version}")
    print(saved_model.serving_help(version))


def run() -> None:
    """Starts the command."""
    command.run(main)


if __name__ == "__main__":
    run()
