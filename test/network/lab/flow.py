# TCP as fast as it goes: `receive SECONDS` says "ready", then how many bytes came within that time of the first one; `send ADDRESS` sends until the
# other end has gone.
import socket
import sys
import time

PORT = 5002

if sys.argv[1] == "receive":
    server = socket.create_server(("0.0.0.0", PORT))
    print("ready", flush=True)
    client, _ = server.accept()
    end = time.monotonic() + float(sys.argv[2])
    count = 0
    while time.monotonic() < end:
        got = len(client.recv(1 << 16))
        if got == 0:
            break
        count += got
    # What still waits in queues is not waited for.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    print(count, flush=True)
else:
    sender = socket.create_connection((sys.argv[2], PORT))
    try:
        while True:
            sender.send(bytes(1 << 16))
    except OSError:
        pass
