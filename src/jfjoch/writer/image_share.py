"""Which part of a run's images one of several writers gets."""

from jfjoch.messages.start import StartMessage


def images_expected(start: StartMessage) -> int:
    """Return how many images of the run go to this writer: those of its files."""
    total, files = start.number_of_images, start.files
    per_file = files.images_per_file or total
    last = (total - 1) // per_file
    ours = (last - files.socket_number) // files.socket_count + 1
    if last % files.socket_count != files.socket_number:
        return max(0, ours) * per_file
    return ours * per_file - ((last + 1) * per_file - total)
