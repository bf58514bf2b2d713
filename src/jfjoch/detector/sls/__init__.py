"""Control of real detectors with the slsdet package (and of ``jfjoch_simulator``).

slsdet holds the interpreter during every call, so it lives in a process of its own (``child``);
what that process is told to set is made here as plain data (``configure``).
"""
