# Real traffic for network tests, many probes in one process.
#
#   traffic.py serve PORT…     TCP and UDP, IPv4 and IPv6, on each PORT: answers with the address that the client is seen with; over TCP at once,
#                              on a PORT with a + only when the client has said something
#   traffic.py probe JSON      [{"kind": KIND, "to": ADDRESS, "port": N, "source": N, "nothing": BOOLEAN}, …]: a JSON list of what came back, in
#                              order; null where nothing came in time, "refused" where that was said. All at once. `source` is a port, for UDP;
#                              who says that nothing is to come waits for a moment, others as long as a busy machine may need.
import json, os, select, socket, struct, sys, threading, time

MOMENT, LONGEST = 1.5, 15


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def shown(peer):
    return peer[0].removeprefix("::ffff:")


def listening(kind, port):
    """One socket for both families, or for IPv4 where there is no other."""
    try:
        made = socket.socket(socket.AF_INET6, kind)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # The answer to a datagram comes from the address that was asked.
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        made.bind(("::", port))
    except OSError:
        made = socket.socket(socket.AF_INET, kind)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("0.0.0.0", port))
    return made


def serve(words):
    tcp = {listening(socket.SOCK_STREAM, int(word)): "+" in word for word in words}
    for one in tcp:
        one.listen(128)
    udp = {listening(socket.SOCK_DGRAM, int(word)) for word in words}
    asked = {}
    print("ready", flush=True)
    while True:
        for one in select.select([*tcp, *udp, *asked], [], [])[0]:
            try:
                if one in udp:
                    _, info, _, peer = one.recvmsg(2048, 256)
                    reply = [(level, kind, data) for level, kind, data in info if kind == socket.IPV6_PKTINFO]
                    # The interface is the routing table's to choose, but where the address is of one link alone.
                    reply = [(level, kind, data if data[:2] == b"\xfe\x80" else data[:16] + bytes(4)) for level, kind, data in reply]
                    one.sendmsg([shown(peer).encode()], reply, 0, peer)
                    continue
                made, peer = one.accept() if one in tcp else (one, asked.pop(one))
                if tcp.get(one):
                    asked[made] = peer
                    continue
                if one not in tcp:
                    made.recv(256)
                made.sendall(shown(peer).encode())
                made.close()
            except OSError as error:
                print(error, file=sys.stderr, flush=True)


def tcp(to, port, patience, says=b""):
    with socket.socket(family(to), socket.SOCK_STREAM) as made:
        made.settimeout(patience)
        made.connect((to, port))
        made.send(says)
        return made.recv(256).decode()


def asking(to, port, patience):
    """Where the server's word comes only after the client's."""
    return tcp(to, port, patience, b"who am I")


def udp(to, port, patience, source=0):
    with socket.socket(family(to), socket.SOCK_DGRAM) as made:
        made.settimeout(patience)
        if ":" in to:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(("::" if ":" in to else "0.0.0.0", source))
        made.connect((to, port))
        made.send(b"who am I")
        return made.recv(256).decode()


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def icmp(to, number, patience):
    six = ":" in to
    protocol = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
    with socket.socket(family(to), socket.SOCK_RAW, protocol) as made:
        made.connect((to, 0))
        identity = (os.getpid() + number) & 0xFFFF
        body = struct.pack("!HH", identity, 1) + b"teu-"
        head = struct.pack("!BBH", 128 if six else 8, 0, 0)
        if not six:
            head = struct.pack("!BBH", 8, 0, checksum(head + body))
        made.send(head + body)
        end = time.monotonic() + patience
        while time.monotonic() < end:
            made.settimeout(max(0.001, end - time.monotonic()))
            answer = made.recv(2048)
            answer = answer if six else answer[(answer[0] & 15) * 4 :]
            if answer[0] == (129 if six else 0) and answer[4:6] == body[:2]:
                return "pong"
    raise TimeoutError()


def probe(wanted):
    results = [None] * len(wanted)

    def one(number, kind, to, port=0, nothing=False, **more):
        patience = MOMENT if nothing else LONGEST
        try:
            if kind == "icmp":
                results[number] = icmp(to, number, patience)
            else:
                results[number] = {"tcp": tcp, "asking": asking, "udp": udp}[kind](to, port, patience, **more)
        except ConnectionRefusedError:
            results[number] = "refused"
        except TimeoutError:
            pass
        except OSError as error:
            results[number] = error.strerror

    threads = [threading.Thread(target=one, args=(number,), kwargs=what) for number, what in enumerate(wanted)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(results))


if sys.argv[1] == "serve":
    serve(sys.argv[2:])
else:
    probe(json.loads(sys.argv[2]))
