"""Stands for the command `docker` in the test of smoke_test.sh.

`run` starts the server of the tests in place of the image, with what the mounted
configuration says, so that a wrong mount, path or port is found. The folder
`FAKE_DOCKER` holds a log and a process number a container; a file `crash` or `silent`
in it makes the server end at once, or never answer.
"""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

STATE = pathlib.Path(os.environ["FAKE_DOCKER"])
ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--detach", action="store_true", required=True)
    parser.add_argument("--name")
    parser.add_argument("--publish", action="append")
    parser.add_argument("--env", action="append")
    parser.add_argument("--mount", action="append")
    parser.add_argument("image")
    options, server_flags = parser.parse_known_args(arguments)
    published = dict(reversed(p.rsplit(":", 1)) for p in options.publish)
    mounts = [dict(re.findall(r"(\w+)=([^,]*)", mount)) for mount in options.mount]
    flags = dict(re.findall(r"--(\w+)=(\S*)", "\n".join(server_flags)))

    def on_host(path):
        (found,) = (m for m in mounts if path.startswith(m["target"] + "/"))
        return pathlib.Path(found["source"] + path.removeprefix(found["target"]))

    config = text_format.Parse(
        on_host(flags["model_config_file"]).read_text(),
        model_server_config_pb2.ModelServerConfig(),
    )
    monitoring = on_host(flags["monitoring_config_file"]).read_text()
    assert on_host(flags["batching_parameters_file"]).is_file()
    monitoring_path = re.search('path: "(.*)"', monitoring)
    command = [
        *(sys.executable, "-m", "tests.export.model_server"),
        f"--port={published['8500'].removeprefix('127.0.0.1:')}",
        f"--rest_api_port={published['8501'].removeprefix('127.0.0.1:')}",
        f"--monitoring_path={monitoring_path[1]}",
        *(
            f"--model={model.name}={on_host(model.base_path)}"
            for model in config.model_config_list.config
        ),
    ]
    if (STATE / "crash").exists():
        command = ["bash", "-c", "echo the server is broken; exit 1"]
    if (STATE / "silent").exists():
        command = ["sleep", "60"]
    with (STATE / f"{options.name}.log").open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | dict(pair.split("=", 1) for pair in options.env),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (STATE / f"{options.name}.pid").write_text(str(server.pid))
    print(options.image)


def inspect(arguments):
    pid_file = STATE / f"{arguments[-1]}.pid"
    if not pid_file.exists():
        sys.exit(f"no such container: {arguments[-1]}")
    if arguments[:2] != ["--format", "{{.State.Running}}"]:
        return
    pid = pid_file.read_text()
    state = pathlib.Path(f"/proc/{pid}/stat")
    running = state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    print("true" if running else "false")


def logs(arguments):
    print((STATE / f"{arguments[-1]}.log").read_text())


def rm(arguments):
    assert arguments[0] == "--force"
    pid = STATE / f"{arguments[1]}.pid"
    try:
        os.killpg(int(pid.read_text()), signal.SIGKILL)
    except ProcessLookupError:
        pass  # It has ended by itself.
    pid.unlink()


if __name__ == "__main__":
    {"run": run, "inspect": inspect, "logs": logs, "rm": rm}[sys.argv[1]](sys.argv[2:])
