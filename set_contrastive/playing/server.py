"""Serves the page until somebody stops it, and leaves nothing behind."""

import contextlib
import functools
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

from set_contrastive.base.errors import UserError
from set_contrastive.playing import hosts
from set_contrastive.playing import measured
from set_contrastive.playing import shelf
from set_contrastive.playing import view
from set_contrastive.playing.choices import Choices
from set_contrastive.playing.play_config import PlayConfig
from set_contrastive.playing.shelf import Model

MAX_UPLOAD = "200mb"
# A browser that holds to this asks no other machine for anything.
_POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; form-action 'self'; base-uri 'none'"
)
# Where Python, Gradio, Matplotlib, Hugging Face's client and Keras write unasked.
_FOLDERS = ("TMPDIR", "GRADIO_TEMP_DIR", "MPLCONFIGDIR", "HF_HOME", "KERAS_HOME")


def serve(config: PlayConfig) -> None:
    """Serves the page and returns when SIGINT or SIGTERM comes.

    Raises:
      UserError: If there is no model to show, Gradio is not installed, or the address
        is taken.
    """
    models = shelf.find(config)
    stopped = _on_signals()
    with _own_folder():
        address, close = _launch(config, models)
        try:
            print(f"Open {address} (stop with Ctrl+C)", flush=True)
            warming = threading.Thread(target=_warm_up, args=(models, stopped))
            warming.start()
            stopped.wait()
            # A thread inside TensorFlow would end the process by an abort.
            warming.join()
        finally:
            close()


def _on_signals() -> threading.Event:
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped


@contextlib.contextmanager
def _own_folder() -> Iterator[None]:
    """Has everything that is written go to a folder that is removed in the end."""
    with tempfile.TemporaryDirectory(
        prefix="play_", ignore_cleanup_errors=True
    ) as folder:
        for name in _FOLDERS:
            os.environ[name] = folder
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        os.environ["HF_HUB_OFFLINE"] = "1"
        tempfile.tempdir = folder
        sys.dont_write_bytecode = True
        try:
            yield
        finally:
            tempfile.tempdir = None


def _launch(
    config: PlayConfig, models: Sequence[Model]
) -> tuple[str, Callable[[], object]]:
    """Starts the server in threads; returns its address and what ends it."""
    try:
        import gradio  # noqa: F401 - Says whether it is installed.
    except ImportError as error:
        raise UserError(
            "play needs Gradio: pip install 'set_contrastive[play]'"
        ) from error
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from set_contrastive.playing import page as page_lib
    from set_contrastive.playing.policy import Policy

    middleware = [
        (Policy, (), {"policy": _POLICY}),
        (TrustedHostMiddleware, (), {"allowed_hosts": hosts.allowed(config.host)}),
    ]
    page = page_lib.build(models, config.workdir)
    try:
        _, address, _ = page.queue(max_size=200).launch(
            server_name=hosts.in_url(config.host),
            server_port=config.port,
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            ssr_mode=False,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            max_file_size=MAX_UPLOAD,
            theme=page_lib.theme(),
            css_paths=page_lib.STYLE,
            app_kwargs={"middleware": middleware},
        )
    except OSError as error:
        raise UserError(
            f"host={config.host} port={config.port or 'any'} cannot be listened at, as "
            "another program does or it is not this machine's; choose another"
        ) from error
    return address, functools.partial(page.close, verbose=False)


def _warm_up(models: Sequence[Model], stopped: threading.Event) -> None:
    """Loads the models that a new page shows, and then the others, before one asks."""
    shown = view.of_address(models, {})
    choices = Choices.of(models, shown.game)
    view.render(choices, shown)
    for model in choices.models.values():
        if stopped.is_set():
            return
        measured.measure(model, view.query(choices, shown.text))
