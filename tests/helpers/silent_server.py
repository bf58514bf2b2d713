"""A server that hangs."""

import socket
import threading


class SilentServer:
    """Takes connections and never answers."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.taken: list[socket.socket] = []
        self._ending = False
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def _take(self) -> None:
        while not self._ending:
            connection, _ = self._listening.accept()
            self.taken.append(connection)

    def close(self) -> None:
        self._ending = True
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listening.close()
        for connection in self.taken:
            connection.close()
