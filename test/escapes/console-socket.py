# The other side of `--console-socket`: says `ready`, takes one terminal, and prints what comes from it until it hangs up.
# Usage: console-socket.py SOCKET
import os, socket, sys

server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(sys.argv[1])
server.listen(1)
print("ready", flush=True)
connection, _ = server.accept()
_, descriptors, _, _ = socket.recv_fds(connection, 4096, 1)
if not descriptors:
    sys.exit("no terminal was sent")
while True:
    try:
        data = os.read(descriptors[0], 4096)
    except OSError:  # EIO: nobody has the inner side open any more
        break
    if not data:
        break
    os.write(1, data)
