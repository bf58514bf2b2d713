"""The messages of one run as files, one each."""

import re
from contextlib import suppress
from pathlib import Path

from jfjoch.errors import FileRefused
from jfjoch.nxmx.file_prefix import FilePrefix, resolve_prefix
from jfjoch.nxmx.partial_file import PartialFile
from jfjoch.nxmx.storage import writing
from jfjoch.writer.existing_files import refuse_names


class CborFiles:
    """``<prefix>_000000.cbor`` and on, in the order the messages come.

    What stands under such a name is always whole, and nothing that stands there is replaced.
    """

    def __init__(self, prefix: FilePrefix) -> None:
        self._prefix = prefix
        self._count = 0

    @classmethod
    def begin(cls, root: Path, prefix: str) -> "CborFiles":
        """Find the place of the files; nothing but directories is made yet.

        ``root`` is absolute and resolved. Raises FileRefused for a prefix that is not allowed
        and for messages that are there already.
        """
        place = resolve_prefix(root, prefix)
        pattern = re.compile(rf"{re.escape(place.name)}_\d{{6,}}\.cbor")
        refuse_names(place.directory, lambda name: pattern.fullmatch(name) is not None)
        return cls(place)

    @property
    def directory(self) -> Path:
        """Where the files are."""
        return self._prefix.directory

    def add(self, message: bytes) -> None:
        """Write the next message. Raises FileRefused, naming path and errno."""
        target = PartialFile(self._path(self._count))
        target.check_place()
        try:
            with writing(target.partial_path), target.partial_path.open("xb") as file:
                file.write(message)
        except FileRefused:
            target.discard()
            raise
        target.publish()
        self._count += 1

    def discard(self) -> None:
        """Remove what was written, so that the run can be repeated under its name."""
        for number in range(self._count):
            with suppress(OSError):  # it will then be in the way of the next run, no more
                self._path(number).unlink()
        self._count = 0

    def _path(self, number: int) -> Path:
        return self._prefix.directory / f"{self._prefix.name}_{number:06d}.cbor"
