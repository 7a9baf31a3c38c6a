"""Takes a while to import, and leaves a file when that begins; for tasks_test.py."""

import os
import pathlib
import time

if "SLOW_IMPORT" in os.environ:
    pathlib.Path(os.environ["SLOW_IMPORT"]).touch()
    time.sleep(1)
