"""Compiles all kernels, so that tests find them on disk."""

from jfjoch.kernels import packet_sending
from jfjoch.kernels.warm_up import warm_up


def main() -> None:
    warm_up(lambda _name, _done, _count: None)
    packet_sending.warm_up()


if __name__ == "__main__":
    main()
