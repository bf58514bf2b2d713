"""Write the list of the functions of detector servers that the simulator has.

Usage: control_reference.py [--check] PAGE

``--check`` writes nothing and fails when PAGE is out of date.
"""

import sys

from generated_page import write_or_check

from jfjoch.simulator.control.board_set import SERVER_VERSION
from jfjoch.simulator.control.function import Function
from jfjoch.simulator.control.function_names import FUNCTION_IDS
from jfjoch.simulator.control.function_table import FUNCTIONS

HEADER = f"""# Control of the simulated detector

Made from the code by `scripts/docs`; do not edit by hand. The simulator answers the protocol of
detector servers that slsdet 10.0 speaks; it calls itself version `{SERVER_VERSION}`. Any other
function is refused as `not simulated`, with its name, and logged once.

* Board b listens at 127.0.0.1, control port 1952 + 2 b (`--control-port` chooses the first) and
  stop port one higher. Both answer all functions. A module of a JUNGFRAU is one board; of an EIGER
  two, its upper and its lower half.
* The acquisition of all modules begins when each board has been told to start. It ends with the
  first stop of any board. To start, boards must have been told the same frames, times and gains.
* A software trigger counts when the master gets it, board 0. Triggers that wait for their frames
  are refused.
* **Shutter.** A detector does not know whether light comes. A simulated JUNGFRAU has none in the
  first acquisition after its high voltage was set, whatever to, and in forced gain stages.
* **Threshold of an EIGER.** slsdet reads trim bits from files below `settingspath`,
  `standard/<energy>eV/noise.sn<module id>`, and has no threshold without them; module ids of
  simulated boards are 001, 002 and on. Settings and energy are taken, trim bits left aside.
* Gate and burst trigger of an EIGER wait for software triggers too, and each releases all frames of
  a trigger.

An argument is an integer of 16, 32 or 64 bits (u: without sign); a text has 1000 bytes. Functions
that are not called `get` and have an argument and an answer set a value, or with -1 only tell it.
"""
_KINDS = {"i": "32", "I": "u32", "q": "64", "Q": "u64", "H": "u16"}


def page() -> str:
    """Return the whole page."""
    lines = [HEADER, "| id | function | detector | arguments | answer | means |", "|---" * 6 + "|"]
    lines += [_row(function) for function in sorted(FUNCTIONS, key=_order)]
    return "\n".join(lines) + "\n"


def _order(function: Function) -> tuple[int, tuple[str, ...]]:
    return FUNCTION_IDS[function.name], function.detectors


def _row(function: Function) -> str:
    cells = [
        str(FUNCTION_IDS[function.name]),
        f"`{function.name}`",
        "both" if len(function.detectors) > 1 else function.detectors[0],
        _kinds(function.arguments) + (" and more" if function.further_arguments else ""),
        _kinds(function.answer),
        function.meaning,
    ]
    return "| " + " | ".join(cells) + " |"


def _kinds(form: str) -> str:
    if form.endswith("s"):
        return "text"
    count = form.rstrip("".join(_KINDS))
    if count:
        return f"{count} x {_KINDS[form[-1]]}"
    return ", ".join(_KINDS[letter] for letter in form)


if __name__ == "__main__":
    sys.exit(write_or_check(sys.argv[1:], "Write the simulated control functions.", page))
