# What somebody with CAP_NET_RAW sends: packets with any source, and frames to any MAC address.
#
#   network-attack.py send JSON      [{"from": ADDRESS, "to": ADDRESS, "port": N, "text": TEXT, "by"?: [INTERFACE, MAC], "ttl"?: N}, …]: UDP datagrams
#                                    of raw packets; with "by" in a frame of its own to that MAC address
#   network-attack.py hear PORT…   prints who has sent what to the UDP ports, and `ready` before; a line each, until it is ended
import ipaddress, json, select, socket, struct, sys


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def packet(source, to, port, text, ttl):
    source, to = ipaddress.ip_address(source), ipaddress.ip_address(to)
    length = 8 + len(text)
    pseudo = source.packed + to.packed + (struct.pack("!BBH", 0, 17, length) if to.version == 4 else struct.pack("!II", length, 17))
    head = struct.pack("!HHHH", 4000, port, length, 0)
    datagram = struct.pack("!HHHH", 4000, port, length, checksum(pseudo + head + text) or 0xFFFF) + text
    if to.version == 6:
        return struct.pack("!IHBB", 6 << 28, length, 17, ttl) + source.packed + to.packed + datagram
    parts = lambda sum: struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 1, 0, ttl, 17, sum) + source.packed + to.packed
    return parts(checksum(parts(0))) + datagram


def send(all):
    for one in all:
        made = packet(one["from"], one["to"], one["port"], one["text"].encode(), one.get("ttl", 64))
        six = ":" in one["to"]
        if "by" in one:
            interface, mac = one["by"]
            kind = 0x86DD if six else 0x0800
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
                raw.bind((interface, kind))
                own = raw.getsockname()[4]
                raw.send(bytes.fromhex(mac.replace(":", "")) + own + struct.pack("!H", kind) + made)
        else:
            with socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
                raw.sendto(made, (one["to"], 0))


def hear(ports):
    sockets = []
    for port in ports:
        made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.bind(("::", port))
        sockets.append(made)
    print("ready", flush=True)
    while True:
        for one in select.select(sockets, [], [])[0]:
            text, peer = one.recvfrom(2048)
            print(text.decode(), "from", peer[0].removeprefix("::ffff:"), flush=True)


if sys.argv[1] == "send":
    send(json.loads(sys.argv[2]))
else:
    hear([int(port) for port in sys.argv[2:]])
