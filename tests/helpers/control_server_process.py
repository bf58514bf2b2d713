"""A simulated detector without packets, in a process of its own: slsdet keeps the interpreter.

``python -m tests.helpers.control_server_process JUNGFRAU 2 20000 [--version "9.0.0 0x230101"]``

Prints a JSON line for each call the emitter gets. Takes lines on standard input: ``finish`` (all
frames are sent), ``fail BOARD``, ``recover BOARD``; it ends when that is closed.
"""

import argparse
import dataclasses
import json
import sys

from jfjoch.model.detector import Detector
from jfjoch.simulator.acquisition import Acquisition
from jfjoch.simulator.control.control_server import ControlServer
from tests.helpers.recording_emitter import RecordingEmitter


def _print(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _print_call(call: str, acquisition: Acquisition | None) -> None:
    if acquisition is None:
        _print({"call": call})
    else:
        _print({"call": call, "acquisition": dataclasses.asdict(acquisition)})


def simulated_detector(detector_type: str, module_count: int) -> Detector:
    """The detector of a configuration, of so many modules."""
    return Detector.model_validate(
        {
            "description": f"{module_count} modules",
            "serial_number": "SIM",
            "type": detector_type,
            "standard_geometry": {"nmodules": module_count},
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("type")
    parser.add_argument("modules", type=int)
    parser.add_argument("port", type=int)
    parser.add_argument("--version", default="10.0.0 0x250828")
    options = parser.parse_args()
    emitter = RecordingEmitter(_print_call)
    detector = simulated_detector(options.type, options.modules)
    with ControlServer(detector, emitter, options.port, options.version) as server:
        _print({"hostname": server.hostnames})
        for line in sys.stdin:
            verb, *board = line.split()
            if verb == "finish":
                emitter.finish()
            else:
                {"fail": server.fail, "recover": server.recover}[verb](int(board[0]))
            _print({"done": line.strip()})


if __name__ == "__main__":
    main()
