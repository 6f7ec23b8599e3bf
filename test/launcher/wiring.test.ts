// The parts of a wiring file on the real kernel, each in a network namespace of its own: what they send, what they hold, how they fail.
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { loopbackUpOps } from "../../src/kernel/netlink/interfaces/loopback.ts";
import {
  type Attribute,
  type Headed,
  type Message,
  NAMESPACE,
  NETLINK_NETFILTER,
  NETLINK_ROUTE,
  NLM_F,
} from "../../src/kernel/netlink/message.ts";
import { addAddress } from "../../src/kernel/netlink/rtnetlink/addresses.ts";
import { setLinkUp } from "../../src/kernel/netlink/rtnetlink/links.ts";
import { encodeWiring, PART } from "../../src/kernel/netlink/wiring/file.ts";
import type { Described, HeldPort, Wiring } from "../../src/kernel/netlink/wiring/wiring.ts";
import { type Op, op } from "../../src/kernel/plan/plan.ts";
import { runPlan } from "../support/run-plan.ts";
import { K, observe, registers, scratch, shell } from "./setup.ts";

const dir = scratch();
const LOOPBACK = 1;
const INSIDE = 1000;
const OUTSIDE = 70_000;
const NOTHING: Wiring = { hold: [], host: [], firewall: [], inside: [] };
const EMPTY_NAMESPACE = op("unshare", { flags: K.CLONE_NEWNET }, "test");

const named = (message: Message, subject = "it"): Described => ({ message, subject });
const address = (last: number) => named(addAddress(LOOPBACK, { address: Uint8Array.of(10, 1, 1, last), prefixLength: 24 }));
const port = (number: number, more: Partial<HeldPort> = {}): HeldPort => ({
  protocol: "tcp",
  address: Uint8Array.of(0, 0, 0, 0),
  port: number,
  subject: `port ${number}`,
  ...more,
});

const r = registers();
const file = r("file");

/** Opens a wiring file of these parts, in an empty network namespace. */
function opened(name: string, content: Partial<Wiring> | Uint8Array): Op[] {
  const path = dir.in(name);
  writeFileSync(path, content instanceof Uint8Array ? content : encodeWiring({ ...NOTHING, ...content }));
  return [op("open", { dir: undefined, path, flags: K.O_RDONLY, mode: 0, out: file }, "test"), EMPTY_NAMESPACE, ...loopbackUpOps()];
}

const part = (number: number, protocol = NETLINK_ROUTE) =>
  op("netlinkPart", { protocol, file, part: number, namespace: undefined }, "test");
const hold = op("holdPorts", { file, part: PART.hold }, "test");

describe("netlinkPart", () => {
  test("sends the messages of its part", async () => {
    const ops = [...opened("sent", { inside: [address(2), address(3)], host: [address(4)] }), part(PART.inside)];
    expect((await observe(ops, "ip -o -4 address show dev lo | awk '{ print $4 }'")).split("\n")).toEqual([
      "127.0.0.1/8",
      "10.1.1.2/24",
      "10.1.1.3/24",
    ]);
  });

  test("an empty part is nothing", async () =>
    expect(await observe([...opened("empty", {}), part(PART.firewall, NETLINK_NETFILTER)], "echo on")).toBe("on"));

  test("says which message fails, in the kernel's words, and sends none behind it", async () => {
    const bad = named({ ...setLinkUp(77, true) });
    const ops = opened("fails", { inside: [address(2), bad, address(3)] });
    const result = await runPlan([[...ops, part(PART.inside)]]);
    expect([result.failure, result.item]).toEqual(["ENODEV at 3", 2]);
    const after = [
      ...ops,
      op("netlinkPart", { protocol: NETLINK_ROUTE, file, part: PART.inside, namespace: undefined }, { from: "test", tolerate: ["ENODEV"] }),
    ];
    expect(await observe(after, "ip -o -4 address show dev lo | awk '{ print $4 }'")).not.toContain("10.1.1.3");
  });
});

/** A pair of interfaces (veth(4)): `outside` here, `inside` in the other namespace. */
function pair(): Described {
  const text = (value: string) => new TextEncoder().encode(`${value}\0`);
  const numbered = (index: number) => {
    const header = new Uint8Array(16);
    new DataView(header.buffer).setInt32(4, index, true);
    return header;
  };
  const peer: Headed = {
    header: numbered(INSIDE), // which veth(4) looks at only where the other end has one, too

    attributes: [
      { type: 3, value: text("inside") }, // IFLA_IFNAME
      { type: 28, value: NAMESPACE }, // IFLA_NET_NS_FD
    ],
  };
  const kind: Attribute[] = [
    { type: 1, value: text("veth") }, // IFLA_INFO_KIND
    { type: 2, value: [{ type: 1, value: peer }] }, // IFLA_INFO_DATA, VETH_INFO_PEER
  ];
  const attributes: Attribute[] = [
    { type: 3, value: text("outside") },
    { type: 18, value: kind }, // IFLA_LINKINFO
  ];
  return named({ type: 16, flags: NLM_F.CREATE | NLM_F.EXCL, header: numbered(OUTSIDE), attributes });
}

describe("an interface made in one namespace for another", () => {
  test("goes to the namespace whose descriptor is put in", async () => {
    const [near, far, pid] = [r("near"), r("far"), r("pid")];
    const [dirOf, proc, namespace] = [r("pid dir"), r("proc"), r("ns")];
    const result = await runPlan([
      [
        ...opened("veth", { host: [pair()], inside: [named(setLinkUp(INSIDE, true))] }),
        op("open", { dir: undefined, path: "/proc", flags: K.O_PATH, mode: 0, out: proc }, "test"),
        op("channel", { a: near, b: far }, "test"),
        op("clone", { section: 1, flags: K.CLONE_NEWNET, cgroup: undefined, pid, pidfd: undefined }, "test"),
        op("close", { fd: far }, "test"),
        op("openPid", { proc, pid, out: dirOf }, "test"),
        op("open", { dir: dirOf, path: "ns/net", flags: K.O_RDONLY, mode: 0, out: namespace }, "test"),
        op("netlinkPart", { protocol: NETLINK_ROUTE, file, part: PART.host, namespace }, "test"),
        op("signal", { channel: near, number: 1 }, "test"),
        op("reap", { pid }, "test"),
      ],
      [
        op("close", { fd: near }, "test"),
        op("await", { channel: far, number: 1 }, "test"),
        part(PART.inside),
        shell("ip -o link show inside; ip link show outside 2>&1; true"),
      ],
    ]);
    expect(result.failure).toBeUndefined();
    expect(result.stdout).toMatch(/^1000: inside@.*UP/);
    expect(result.stdout).toContain('Device "outside" does not exist');
  });

  test("is refused where no descriptor is given", async () => {
    expect((await runPlan([[...opened("none", { host: [pair()] }), part(PART.host)]])).failure).toBe("EINVAL at 3");
  });
});

describe("nf_tables", () => {
  const table = (name: string): Described => ({
    message: {
      type: (10 << 8) | 0, // NFT_MSG_NEWTABLE
      flags: NLM_F.CREATE | NLM_F.EXCL,
      header: Uint8Array.of(2, 0, 0, 0),
      attributes: [{ type: 1, value: new TextEncoder().encode(`${name}\0`) }],
    },
    subject: `table ${name}`,
  });

  const gone: Message = { ...table("none").message, type: (10 << 8) | 2, flags: 0 }; // NFT_MSG_DELTABLE

  test("a batch is one transaction", async () => {
    const ops = [...opened("batch", { firewall: [table("a"), table("b")] }), part(PART.firewall, NETLINK_NETFILTER)];
    expect(await observe(ops, "nft list tables")).toBe("table ip a\ntable ip b");
  });

  test("of one that fails nothing is there, and its message is named", async () => {
    const ops = opened("broken", { firewall: [table("a"), table("b"), table("a")] });
    const result = await runPlan([[...ops, part(PART.firewall, NETLINK_NETFILTER)]]);
    expect([result.failure, result.item]).toEqual(["EEXIST at 3", 4]);
  });

  test("a batch of more messages than a socket has room for answers", async () => {
    const tables = Array.from({ length: 5000 }, (_, index) => table(`t${index}`));
    const ops = [...opened("many", { firewall: tables }), part(PART.firewall, NETLINK_NETFILTER)];
    expect(await observe(ops, "nft list tables | wc -l")).toBe("5000");
  });

  test("the first error of one of which every message fails", async () => {
    const ops = opened("all broken", { firewall: Array.from({ length: 5000 }, () => ({ ...table("none"), message: gone })) });
    const result = await runPlan([[...ops, part(PART.firewall, NETLINK_NETFILTER)]]);
    expect([result.failure, result.item]).toEqual(["ENOENT at 3", 2]);
  });

  test("a program is run where the first one's table is missing", async () => {
    const ops = [
      ...opened("anew", { firewall: [{ ...table("none"), message: gone }] }),
      op(
        "netlinkPart",
        { protocol: NETLINK_NETFILTER, file, part: PART.firewall, namespace: undefined },
        { from: "test", tolerate: ["ENOENT"] },
      ),
      op(
        "run",
        {
          path: "/bin/sh",
          argv: ["sh", "-c", "nft add table ip made"],
          env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
          stdin: [],
          timeout: 0,
          hole: -1,
          pid: undefined,
        },
        { from: "test", fallback: true },
      ),
    ];
    expect(await observe(ops, "nft list tables")).toBe("table ip made");
  });
});

describe("holdPorts", () => {
  const any6 = new Uint8Array(16);
  const hold4and6 = [
    port(80),
    port(80, { address: any6 }),
    port(80, { protocol: "udp" }),
    port(80, { protocol: "udp", address: any6 }),
    port(81, { protocol: "sctp" }),
  ];

  test("nobody else gets them, and nobody is answered", async () => {
    const script =
      "ss -Htuln | wc -l; ss -Htuna | wc -l; socat -u TCP-LISTEN:80,reuseaddr OPEN:/dev/null 2>&1 | grep -o 'Address already in use'; true";
    // Held by the launcher alone: a process of the plan that is made behind it has no such descriptor after execve.
    const watched = op(
      "run",
      {
        path: "/bin/sh",
        argv: ["sh", "-c", `{ ${script}; } >&2`],
        env: ["PATH=/usr/sbin:/usr/bin:/bin"],
        stdin: [],
        timeout: 5000,
        hole: -1,
        pid: undefined,
      },
      "test",
    );
    const result = await runPlan([[...opened("held", { hold: hold4and6 }), hold, watched]]);
    expect(result.failure).toBeUndefined();
    expect(result.stderr).toContain("Address already in use");
  });

  test("a range of more ports than the usual limit of descriptors", async () => {
    const range = Array.from({ length: 1500 }, (_, index) => port(8000 + index));
    const soft = op("rlimit", { pid: undefined, resource: 7, soft: 1024, hard: 4096 }, "test"); // RLIMIT_NOFILE
    expect((await runPlan([[soft, ...opened("range", { hold: range }), hold]])).failure).toBeUndefined();
  });

  test("a port whose last server has closed its connections is free", async () => {
    const server =
      "import socket; s = socket.create_server(('127.0.0.1', 80)); c = socket.create_connection(('127.0.0.1', 80)); s.accept()[0].close(); c.recv(1)";
    const argv = [
      "sh",
      "-c",
      "{ ss -Htan state time-wait sport = :80 | wc -l; socat -u TCP-LISTEN:80,reuseaddr OPEN:/dev/null 2>&1; } | cut -d' ' -f5- >&2",
    ];
    const args = { path: "/bin/sh", env: ["PATH=/usr/sbin:/usr/bin:/bin"], stdin: [], timeout: 5000, hole: -1, pid: undefined };
    const result = await runPlan([
      [
        ...opened("waiting", { hold: [port(80)] }),
        op("run", { ...args, argv: ["python3", "-c", server], path: "/usr/bin/python3" }, "test"),
        hold,
        op("run", { ...args, argv }, "test"),
      ],
    ]);
    expect([result.failure, result.item]).toEqual([undefined, undefined]);
    expect(result.stderr).toContain("Address already in use");
  });

  test("the entry that somebody has is named", async () => {
    const result = await runPlan([[...opened("taken", { hold: [port(80), port(81), port(80)] }), hold]]);
    expect([result.failure, result.item]).toEqual(["EADDRINUSE at 3", 3]);
  });

  test("so is an address that the host has not", async () => {
    const result = await runPlan([[...opened("elsewhere", { hold: [port(80, { address: Uint8Array.of(192, 0, 2, 1) })] }), hold]]);
    expect([result.failure, result.item]).toEqual(["EADDRNOTAVAIL at 3", 1]);
  });
});

describe("a wiring file that is damaged", () => {
  const sound = () => encodeWiring({ ...NOTHING, inside: [address(2)], hold: [port(80)] });
  const refusals = /^(EINVAL|EBADMSG) at 3$/;
  const rows: readonly { name: string; bytes: () => Uint8Array }[] = [
    { name: "empty", bytes: () => new Uint8Array() },
    { name: "cut short", bytes: () => sound().subarray(0, -4) },
    { name: "of another kind", bytes: () => sound().fill(0, 0, 4) },
    {
      name: "with too few parts",
      bytes: () => {
        const bytes = sound();
        bytes[4] = 2;
        return bytes;
      },
    },
    {
      name: "with a message that is longer than its part",
      bytes: () => {
        const bytes = sound();
        bytes[at(bytes, PART.inside)] = 0xff;
        return bytes;
      },
    },
    {
      name: "with a message of another number",
      bytes: () => {
        const bytes = sound();
        bytes[at(bytes, PART.inside) + 8] = 9;
        return bytes;
      },
    },
  ];
  const at = (bytes: Uint8Array, number: number) => new DataView(bytes.buffer).getUint32(16 + number * 16, true);
  for (const { name, bytes } of rows)
    test(name, async () => expect((await runPlan([[...opened("damaged", bytes()), part(PART.inside)]])).failure).toMatch(refusals));

  test("a part that no file has", async () =>
    expect((await runPlan([[...opened("beyond", sound()), part(99)]])).failure).toBe("EINVAL at 3"));
});
