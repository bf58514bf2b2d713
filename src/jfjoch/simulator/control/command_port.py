"""Answers the commands that come to one TCP port of one board.

A command is an int32, the number of the function, and arguments of a size known by function. The
answer is the int32 0 and a value, or 1 and a text of 1000 bytes. All numbers are little endian.
"""

import asyncio
import logging
import struct

from jfjoch.errors import DetectorError, JfjochError
from jfjoch.simulator.control.board import Board
from jfjoch.simulator.control.board_set import BoardSet
from jfjoch.simulator.control.function import Arguments, Function
from jfjoch.simulator.control.function_names import function_name
from jfjoch.simulator.control.function_table import functions_of

_LOG = logging.getLogger(__name__)
_INT32 = struct.Struct("<i")
_DONE, _FAILED = 0, 1
_TEXT_BYTES = 1000
_HALF_COMMAND_TIMEOUT_S = 5.0
_CHUNK_BYTES = 65536


class CommandPort:
    """One port; connections may come side by side, each with any number of commands."""

    def __init__(self, boards: BoardSet, board: Board, unknown: set[int]) -> None:
        """``unknown``: numbers asked for in vain, of all ports; a warning is enough for each."""
        self._boards = boards
        self._board = board
        self._functions = functions_of(boards.detector_type)
        self._unknown = unknown

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the client goes, falls silent amid a command or asks the unknown."""
        try:
            while await self._answer_one(reader, writer):
                await writer.drain()
            await writer.drain()
            await _read_out(reader)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the client is gone, or talks nonsense: nobody is left to be told
        except asyncio.CancelledError:
            pass  # the server ends; asyncio.streams takes a cancelled connection for an error
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Return whether another command can follow."""
        (number,) = _INT32.unpack(await reader.readexactly(_INT32.size))
        function = self._functions.get(number)
        if function is None:
            writer.write(_failure(self._refusal(number)))
            return False
        try:
            async with asyncio.timeout(_HALF_COMMAND_TIMEOUT_S):
                arguments = await _arguments(function, reader)
        except DetectorError as error:
            writer.write(_failure(str(error)))
            return False
        writer.write(await self._call(function, arguments))
        return True

    async def _call(self, function: Function, arguments: Arguments) -> bytes:
        try:
            if function.waits:
                answer = await asyncio.to_thread(
                    function.call, self._boards, self._board, arguments
                )
            else:
                answer = function.call(self._boards, self._board, arguments)
        except (JfjochError, OSError) as error:  # the emitter may find no port, no disk
            _LOG.info("board %d refuses %s: %s", self._board.index, function.name, error)
            return _failure(str(error))
        return _INT32.pack(_DONE) + answer

    def _refusal(self, number: int) -> str:
        text = f"not simulated: function {function_name(number)} ({number})"
        if number not in self._unknown:
            self._unknown.add(number)
            _LOG.warning("%s (detector %s)", text, self._boards.detector_type)
        return text


async def _arguments(function: Function, reader: asyncio.StreamReader) -> Arguments:
    arguments = function.unpack(await reader.readexactly(function.argument_bytes))
    if function.further_arguments is not None:
        left = function.further_arguments(arguments) * _INT32.size
        while left:
            left -= len(await reader.readexactly(min(left, _CHUNK_BYTES)))
    return arguments


def _failure(text: str) -> bytes:
    return _INT32.pack(_FAILED) + struct.pack(f"<{_TEXT_BYTES}s", text.encode()[: _TEXT_BYTES - 1])


async def _read_out(reader: asyncio.StreamReader) -> None:
    """Let the client read the answer: closing with bytes unread would reset the connection."""
    async with asyncio.timeout(_HALF_COMMAND_TIMEOUT_S):
        while await reader.read(_CHUNK_BYTES):
            pass
