"""An upstream that reads bodies however slowly they come, and answers /open at length. A process of its own, and one look a byte that arrives, so
that thousands who hold it up do not hold up the answers to others: what is measured is the gateway."""

import multiprocessing
import os
import re
import resource
import select
import signal
import socket

# Longer than a slow reader takes in its time. The kernel keeps the most of it: five thousand times three of 64 KiB bring the whole machine's TCP to
# its limit (net.ipv4.tcp_mem), and it would be that limit that is measured.
LONG = b"x" * 32_768
MOST_READ = 65_536


def answer_of(head):
    body = LONG if head.startswith(b"GET /open") else b"ok"
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Connection:
    """One request after the other."""

    def __init__(self, sock):
        self.sock, self.head, self.missing, self.answer, self.left = sock, b"", 0, b"", memoryview(b"")

    def read(self):
        """False: it has ended."""
        data = self.sock.recv(MOST_READ)
        if not data:
            return False
        if self.missing == 0:
            self.head += data
            end = self.head.find(b"\r\n\r\n") + 4
            if end < 4:
                return True
            length = re.search(rb"(?i)\r\ncontent-length: (\d+)", self.head[:end])
            self.answer = answer_of(self.head)
            self.missing, self.head = (int(length[1]) if length else 0) - len(self.head) + end, b""
        else:
            self.missing -= len(data)
        if self.missing <= 0:
            self.missing, self.left = 0, memoryview(self.answer)
        return True

    def write(self):
        """What fits."""
        try:
            while self.left:
                self.left = self.left[self.sock.send(self.left):]
        except BlockingIOError:
            pass


def serve(listener):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    poll, connections = select.epoll(), {}
    listener.setblocking(False)
    poll.register(listener, select.EPOLLIN)
    while True:
        for fd, what in poll.poll():
            if fd == listener.fileno():
                try:
                    sock, _ = listener.accept()
                except OSError:  # gone already
                    continue
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections[sock.fileno()] = Connection(sock)
                poll.register(sock, select.EPOLLIN)
                continue
            c = connections[fd]
            try:
                waited = bool(c.left)
                alive = not what & ~select.EPOLLOUT or c.read()
                c.write()
                if alive and bool(c.left) != waited:
                    poll.modify(fd, select.EPOLLIN | (select.EPOLLOUT if c.left else 0))
            except BlockingIOError:  # told of one that had this number before
                continue
            except OSError:
                alive = False
            if not alive:
                poll.unregister(fd)
                connections.pop(fd).sock.close()


class PatientUpstream:
    def __init__(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
            self.port = listener.getsockname()[1]
            self.process = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
            self.process.start()

    def stop(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.join()
