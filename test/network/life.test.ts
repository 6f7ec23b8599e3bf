// The life of a container on networks: what it has while it runs, in the kernel and in what teu tells, and that nothing of it is left when it has ended,
// whoever was killed on the way.
import { expect } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { busyboxRootfs } from "../support/rootfs.ts";
import { eventually } from "../support/run.ts";
import { HOST, type Lab, type LabOptions, labRequires, PEER, withLab } from "./lab/lab.ts";
import { ask, WAYS } from "./lab/traffic.ts";

const { test } = labRequires();

interface Box {
  /** `run -d --name NAME FLAGS` of busybox, which sleeps unless it is told otherwise. */
  start(name: string, flags?: readonly string[], program?: readonly string[]): Promise<string>;
  /** What a program in a container prints. */
  exec(name: string, ...argv: readonly string[]): Promise<string>;
  inspect(name: string, template: string): Promise<string>;
  /** The answer of a container's httpd, asked of `to` from a place. */
  fetch(place: string, to: string, port: number): Promise<string>;
  readonly rootfs: string;
}

const SLEEP = ["sleep", "1000"];
const SERVE = ["sh", "-c", "mkdir -p /tmp/w && echo served > /tmp/w/index.html && exec httpd -f -p 80 -h /tmp/w"];
const TMP = ["--tmpfs", "/tmp"];

function inLab(body: (lab: Lab, box: Box) => Promise<void>, options: LabOptions = {}): Promise<void> {
  return withLab(
    async (lab) => {
      const rootfs = await busyboxRootfs();
      const box: Box = {
        rootfs,
        start: async (name, flags = [], program = SLEEP) =>
          (await lab.ok(["run", "-d", "--name", name, ...flags, "--rootfs", rootfs, ...program])).trim(),
        exec: (name, ...argv) => lab.ok(["exec", name, ...argv]),
        inspect: async (name, template) => (await lab.ok(["inspect", "-f", template, name])).trim(),
        fetch: async (place, to, port) => (await lab.run(place, ["python3", "-c", FETCH, to, String(port)])).stdout.trim(),
      };
      await body(lab, box);
      const names = (await lab.ok(["ps", "-aq"])).split("\n").filter(Boolean);
      if (names.length > 0) await lab.ok(["rm", "-f", ...names]);
      expect(await elements(lab)).toBe("");
    },
    { leftovers: "processes", ...options },
  );
}

const FETCH = `
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)
s.sendall(b"GET /index.html HTTP/1.0\\r\\n\\r\\n")
text = b""
while part := s.recv(4096): text += part
print(text.decode().splitlines()[-1])
`;

/** From one port, ten times a second: the kernel remembers it as long as it goes on. */
const SENDER = `
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 5555))
s.settimeout(0.1)
while True:
  try:
    s.sendto(b"x", (sys.argv[1], 5300))
    print("sent", flush=True)
    s.recvfrom(100)
    print("answer", flush=True)
  except OSError: pass
  time.sleep(0.1)
`;

const ECHO = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 53))
while True: s.sendto(*s.recvfrom(100))
`;

/** Published ports that the kernel knows of. */
async function elements(lab: Lab): Promise<string> {
  const rules = await lab.in("host", ["nft", "list", "ruleset"]);
  return [...rules.matchAll(/(?:map|set) (?:ports|gated)\w* \{[^}]*elements = \{([^}]*)\}/g)].map(([, text]) => text?.trim()).join("\n");
}

/** Rows of what running containers have, a number a table. */
async function taken(lab: Lab): Promise<Record<string, number>> {
  const { Database } = await import("bun:sqlite");
  using db = new Database(`${lab.roots.root}/state.db`, { readonly: true });
  const count = (table: string) => db.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0;
  return { endpoints: count("endpoints"), names: count("endpoint_names"), ports: count("ports") };
}

const NOTHING = { endpoints: 0, names: 0, ports: 0 };

test("the default network: addresses, the way out, the host's names", () =>
  inLab(async (lab, box) => {
    await box.start("web", ["--hostname", "front"]);
    const ipv4 = await box.inspect("web", "{{.NetworkSettings.IPAddress}}");
    expect(ipv4).toBe(await box.inspect("web", "{{.NetworkSettings.Networks.bridge.IPAddress}}"));
    expect(await box.inspect("web", "{{.HostConfig.NetworkMode}}")).toBe("bridge");
    expect(await box.exec("web", "ip", "-4", "-o", "address", "show", "eth0")).toContain(`${ipv4}/24`);
    for (const address of [PEER.ipv4, PEER.ipv6]) await box.exec("web", "ping", "-c1", "-W2", address);
    for (const family of ["IPAddress", "GlobalIPv6Address"])
      expect(await ask(lab, "host", "icmp", await box.inspect("web", `{{.NetworkSettings.${family}}}`))).toBe("pong");
    const hosts = await box.exec("web", "cat", "/etc/hosts");
    expect(hosts).toContain(`${ipv4}\tfront web\n`);
    expect(hosts).toContain(`${await box.inspect("web", "{{.NetworkSettings.Gateway}}")}\thost.docker.internal host.containers.internal\n`);
    expect(await box.exec("web", "cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start")).toBe("0");
    expect(await box.exec("web", "cat", "/proc/sys/net/ipv4/ping_group_range")).toBe("0\t2147483647");
    expect(await lab.ok(["ps", "--filter", "network=bridge", "--format", "{{.Names}} {{.Networks}}"])).toBe("web bridge");
    expect(await taken(lab)).toEqual({ endpoints: 1, names: 0, ports: 0 });
    await lab.ok(["kill", "web"]);
    await lab.ok(["wait", "web"]);
    expect(await taken(lab)).toEqual(NOTHING);
    expect(await box.inspect("web", "{{.NetworkSettings.IPAddress}}")).toBe("");
  }));

test("who asks for no network gets the configuration's word for it", () =>
  inLab(async (lab, box) => {
    await lab.ok(["network", "create", "usual"]);
    await mkdir(`${lab.roots.root}/config`, { recursive: true });
    await writeFile(`${lab.roots.root}/config/config.yaml`, "network: { default: usual }\n");
    await box.start("web");
    expect(await box.inspect("web", "{{.HostConfig.NetworkMode}}")).toBe("usual");
    await box.start("other", ["--network", "bridge"]);
    expect(await box.inspect("other", "{{.HostConfig.NetworkMode}}")).toBe("bridge");
  }));

test("a published port answers everywhere, is told, and is given up", () =>
  inLab(async (lab, box) => {
    await box.start("web", [...TMP, "-p", "8080:80", "-p", "127.0.0.1::81/udp", "--expose", "90"], SERVE);
    await eventually("httpd", async () => (await box.fetch("host", "127.0.0.1", 8080)) === "served");
    for (const [place, to] of WAYS) expect(`${place} ${to} ${await box.fetch(place, to, 8080)}`).toBe(`${place} ${to} served`);
    const [chosen = ""] = (await lab.ok(["port", "web", "81/udp"])).split("\n");
    expect(chosen).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await lab.ok(["port", "web", "80"])).toBe("0.0.0.0:8080\n[::]:8080");
    expect(await lab.ok(["ps", "--format", "{{.Ports}}"])).toBe(`90/tcp, 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, ${chosen}->81/udp`);
    expect(await lab.ok(["ps", "-q", "--filter", "publish=8080"])).not.toBe("");
    expect(await lab.ok(["ps", "-q", "--filter", "publish=80"])).toBe("");
    expect(JSON.parse(await box.inspect("web", "{{json .HostConfig.PortBindings}}"))).toMatchObject({
      "80/tcp": [{ HostIp: "", HostPort: "8080" }],
    });

    const other = await lab.teu(["run", "--rm", "-p", "8080:80", "--rootfs", box.rootfs, "true"]);
    expect(other).toMatchObject({ status: 125 });
    expect(other.stderr).toContain("Bind for 0.0.0.0:8080 failed: port is already allocated by container web");

    await lab.ok(["stop", "-t", "0", "web"]);
    expect(await taken(lab)).toEqual(NOTHING);
    expect(await elements(lab)).toBe("");
    expect(await ask(lab, "peer", "tcp", HOST.ipv4, 8080)).toBe("refused");
    await lab.ok(["start", "web"]);
    await eventually("httpd again", async () => (await box.fetch("peer", HOST.ipv4, 8080)) === "served");
    await lab.ok(["restart", "-t", "0", "web"]);
    await eventually("httpd once more", async () => (await box.fetch("peer", HOST.ipv4, 8080)) === "served");
  }));

test("a port that a program of the host has is not to be had, and nothing is left of the attempt", () =>
  inLab(async (lab, box) => {
    const server = lab.start("host", [
      "python3",
      "-c",
      "import socket,time;s=socket.create_server(('127.0.0.1',8080));print('up',flush=True);time.sleep(99)",
    ]);
    await eventually("the server", () => server.stdout().includes("up"));
    const outcome = await lab.teu(["run", "--rm", "-p", "8080:80", "--rootfs", box.rootfs, "true"]);
    expect(outcome.status).toBe(125);
    expect(outcome.stderr).toContain("port 0.0.0.0:8080/tcp: address already in use (EADDRINUSE)");
    expect(await taken(lab)).toEqual(NOTHING);
    expect(await elements(lab)).toBe("");
  }));

test("networks by name: addresses, names, several at once, in the order of their priority", () =>
  inLab(async (lab, box) => {
    await lab.ok(["network", "create", "--subnet", "10.91.0.0/24", "one"]);
    await lab.ok(["network", "create", "--subnet", "10.92.0.0/24", "--ipv6=false", "two"]);
    await box.start("db", ["--network", "one", "--network-alias", "store"]);
    await box.start("web", [
      "--network",
      "one:ip=10.91.0.77",
      "--network",
      "name=two,mac-address=02:42:00:00:00:0a,gw-priority=5,driver-opt=com.docker.network.endpoint.ifname=lan7",
    ]);
    for (const name of ["db", "store", (await box.inspect("db", "{{.Id}}")).slice(0, 12), "db.one"])
      await box.exec("web", "ping", "-c1", "-W2", name);
    expect(await box.exec("web", "ip", "-4", "-o", "address")).toContain("10.91.0.77/24");
    expect(await box.exec("web", "ip", "link", "show", "lan7")).toContain("02:42:00:00:00:0a");
    expect(await box.exec("web", "ip", "route")).toStartWith("default via 10.92.0.1 dev lan7");
    const settings = JSON.parse(await box.inspect("web", "{{json .NetworkSettings.Networks}}"));
    expect(settings).toMatchObject({
      one: {
        IPAMConfig: { IPv4Address: "10.91.0.77" },
        IPAddress: "10.91.0.77",
        IPPrefixLen: 24,
        Gateway: "10.91.0.1",
        DNSNames: expect.arrayContaining(["web"]),
      },
      two: { IPAMConfig: null, GwPriority: 5, MacAddress: "02:42:00:00:00:0a", GlobalIPv6Address: "" },
    });
    const taker = await lab.teu(["run", "--rm", "--network", "one", "--ip", "10.91.0.77", "--rootfs", box.rootfs, "true"]);
    expect(taker).toMatchObject({
      status: 125,
      stderr: expect.stringContaining("address 10.91.0.77 is already in use: container web has it"),
    });
    const outside = await lab.teu(["create", "--network", "one", "--ip", "10.99.0.1", "--name", "x", "--rootfs", box.rootfs, "true"]);
    expect(outside.status).toBe(0);
    expect((await lab.teu(["start", "x"])).stderr).toContain("no configured subnet contains IP address 10.99.0.1");
    expect((await lab.teu(["run", "--network", "nowhere", "--rootfs", box.rootfs, "true"])).stderr).toContain("network nowhere not found");
    expect((await lab.teu(["run", "--network-alias", "a", "--rootfs", box.rootfs, "true"])).stderr).toContain(
      "network-scoped aliases are only supported",
    );

    await lab.ok(["rename", "db", "base"]);
    await box.exec("web", "ping", "-c1", "-W2", "base");
    await lab.ok(["restart", "-t", "0", "web"]);
    expect(await box.inspect("web", "{{.NetworkSettings.Networks.one.IPAddress}}")).toBe("10.91.0.77");
  }));

test("links: in /etc/hosts of the default network, by the name server of others", () =>
  inLab(async (lab, box) => {
    await lab.ok(["network", "create", "net"]);
    for (const network of ["bridge", "net"]) {
      await box.start(`db-${network}`, ["--network", network]);
      await box.start(`web-${network}`, ["--network", network, "--link", `db-${network}:store`]);
      await box.exec(`web-${network}`, "ping", "-c1", "-W2", "store");
    }
  }));

test("connect and disconnect: a container that runs, at once; one that does not, at its next start", () =>
  inLab(async (lab, box) => {
    await lab.ok(["network", "create", "net"]);
    await box.start("peer", ["--network", "net"]);
    await box.start("web", [...TMP, "-p", "8080:80"], SERVE);
    await lab.ok(["network", "connect", "--alias", "www", "--ip6", "fd00:1::9", "net", "web"]).catch(() => undefined); // not of the network's subnet
    expect(await taken(lab)).toMatchObject({ endpoints: 2 });
    await lab.ok(["network", "connect", "--alias", "www", "net", "web"]);
    await box.exec("peer", "ping", "-c1", "-W2", "www");
    await box.exec("web", "ping", "-c1", "-W2", "peer");
    expect(await box.exec("web", "ip", "route")).toMatch(/^default via \S+ dev eth0/);
    expect((await lab.teu(["network", "connect", "net", "web"])).stderr).toContain("endpoint with name web already exists in network net");
    await box.exec("web", "sh", "-c", "echo '1.2.3.4 mine' >> /etc/hosts");

    await lab.ok(["network", "disconnect", "bridge", "web"]);
    expect(await box.exec("web", "ip", "route")).toMatch(/^default via \S+ dev eth1/);
    await box.exec("web", "ping", "-c1", "-W2", PEER.ipv4);
    const hosts = await box.exec("web", "cat", "/etc/hosts");
    expect(hosts).toContain("1.2.3.4 mine");
    expect(hosts.match(/\sweb$/gm)).toHaveLength(2);
    await eventually("the port leads by the other network", async () => (await box.fetch("peer", HOST.ipv4, 8080)) === "served");
    expect((await lab.teu(["network", "disconnect", "bridge", "web"])).stderr).toContain("is not connected to the network bridge");
    await lab.ok(["network", "disconnect", "-f", "bridge", "web"]);
    await lab.ok(["network", "disconnect", "net", "web"]);
    expect(await ask(lab, "peer", "tcp", HOST.ipv4, 8080)).not.toBe("served");
    await lab.ok(["network", "connect", "net", "web"]);
    for (const to of ["127.0.0.1", "::1"])
      await eventually(`the port is there again, at ${to}`, async () => (await box.fetch("host", to, 8080)) === "served");

    await lab.ok(["stop", "-t", "0", "web"]);
    await lab.ok(["network", "connect", "bridge", "web"]);
    await lab.ok(["network", "disconnect", "net", "web"]);
    await lab.ok(["start", "web"]);
    expect(await box.inspect("web", "{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}")).toBe("bridge");
    expect(await taken(lab)).toMatchObject({ endpoints: 2, names: 2 });

    await box.start("alone", ["--network", "none"]);
    expect((await lab.teu(["network", "connect", "net", "alone"])).stderr).toContain("with one of the networks in none mode");
  }));

test("update publishes and unpublishes ports of a container that runs", () =>
  inLab(async (lab, box) => {
    await box.start("web", TMP, SERVE);
    await lab.ok(["update", "-p", "8081:80", "-p", "8082:80", "web"]);
    for (const [place, to] of [
      ["peer", HOST.ipv4],
      ["host", "127.0.0.1"],
      ["host", "::1"],
    ] as const)
      await eventually(`8081 of ${to} from ${place}`, async () => (await box.fetch(place, to, 8081)) === "served");
    await lab.ok(["update", "--unpublish", "8081:80", "web"]);
    expect(await ask(lab, "peer", "tcp", HOST.ipv4, 8081)).toBe("refused");
    expect(await box.fetch("peer", HOST.ipv4, 8082)).toBe("served");
    expect(await lab.ok(["port", "web"])).toBe("80/tcp -> 0.0.0.0:8082\n80/tcp -> [::]:8082");
    await lab.ok(["restart", "-t", "0", "web"]);
    await eventually("8082 again", async () => (await box.fetch("peer", HOST.ipv4, 8082)) === "served");
    expect((await lab.teu(["update", "--unpublish", "99", "web"])).stderr).toContain("no public port '99/tcp' published");
  }));

test("a port that a running container has given up is anybody's, by update and with its network; those that it keeps are not", () =>
  inLab(async (lab, box) => {
    const bind = async (port: number, kind: "STREAM" | "DGRAM" = "STREAM") => {
      const program = `import socket, sys\nfor f in socket.AF_INET, socket.AF_INET6: socket.socket(f, socket.SOCK_${kind}).bind(("", ${port}))`;
      return (await lab.run("host", ["python3", "-c", program])).status;
    };
    await lab.ok(["network", "create", "net"]);
    const ports = ["-p", "8080:80", "-p", "8081:80", "-p", "8080:80/udp"];
    await box.start("web", ["--network", "net", ...ports, ...TMP], SERVE);
    expect([await bind(8080), await bind(8081), await bind(8080, "DGRAM")]).toEqual([1, 1, 1]);
    await lab.ok(["update", "--unpublish", "8080:80", "web"]);
    expect([await bind(8080), await bind(8081), await bind(8080, "DGRAM")]).toEqual([0, 1, 1]);
    await box.start("next", ["-p", "8080:80", ...TMP], SERVE);
    for (const port of [8080, 8081])
      await eventually(`an answer at ${port}`, async () => (await box.fetch("peer", HOST.ipv4, port)) === "served");
    await lab.ok(["network", "disconnect", "net", "web"]);
    expect([await bind(8081), await bind(8080, "DGRAM")]).toEqual([0, 0]);
  }));

test("a container in another's network has its addresses, and those of the next run of that one after a start of its own", () =>
  inLab(async (lab, box) => {
    await box.start("owner", [...TMP, "-p", "8080:80"]);
    await box.start("joined", [...TMP, "--network", "container:owner"], SERVE);
    await eventually("the port leads to the one that joined", async () => (await box.fetch("peer", HOST.ipv4, 8080)) === "served");
    expect(await box.exec("joined", "ip", "-o", "address")).toBe(await box.exec("owner", "ip", "-o", "address"));
    await lab.ok(["restart", "-t", "0", "owner"]);
    // The other has the first run's network namespace still, whose cable goes all the same.
    await lab.ok(["ps"]);
    expect((await lab.in("host", ["ip", "-br", "link"])).match(/^veth/gm)).toHaveLength(1);
    await lab.ok(["restart", "-t", "0", "joined"]);
    await eventually("again", async () => (await box.fetch("peer", HOST.ipv4, 8080)) === "served");
  }));

test("a restart policy brings a container back with its ports", () =>
  inLab(async (_, box) => {
    await box.start("web", [...TMP, "-p", "8080:80", "--restart", "always"], SERVE);
    await eventually("httpd", async () => (await box.fetch("peer", HOST.ipv4, 8080)) === "served");
    process.kill(Number(await box.inspect("web", "{{.State.Pid}}")), "SIGKILL");
    await eventually(
      "httpd again",
      async () => (await box.inspect("web", "{{.RestartCount}}")) === "1" && (await box.fetch("peer", HOST.ipv4, 8080)) === "served",
    );
  }));

test("a sender of datagrams is led to a container that starts while it sends", () =>
  inLab(async (lab, box) => {
    const sender = lab.start("peer", ["python3", "-c", SENDER, HOST.ipv4]);
    await eventually("some datagrams", () => sender.stdout().split("sent").length > 2);
    await box.start("echo", ["-p", "5300:53/udp"]);
    const answers = async (): Promise<void> => {
      const before = sender.stdout().split("answer").length;
      const pid = await box.inspect("echo", "{{.State.Pid}}");
      lab.start("host", ["nsenter", `--net=/proc/${pid}/ns/net`, "python3", "-c", ECHO]);
      await eventually("an answer", () => sender.stdout().split("answer").length > before);
    };
    await answers();
    await lab.ok(["restart", "-t", "0", "echo"]);
    await answers();
  }));

test("whoever is killed leaves no address, name, port or link behind", () =>
  inLab(async (lab, box) => {
    await lab.ok(["network", "create", "net"]);
    for (let round = 0; round < 12; round++) {
      const running = lab.start(
        "host",
        [
          "env",
          "-u",
          "TEU_NETWORK",
          lab.program,
          "run",
          "--rm",
          "--network",
          "net",
          "-p",
          "8080:80",
          "--rootfs",
          box.rootfs,
          "sleep",
          "0.2",
        ],
        { env: lab.env },
      );
      await Bun.sleep(round * 8);
      running.kill("SIGKILL");
      await running.exited;
      await eventually("nothing is taken", async () => {
        await lab.ok(["ps", "-a"]);
        return Object.values(await taken(lab)).every((number) => number === 0);
      });
      expect(await elements(lab)).toBe("");
    }
    await eventually("cables are gone", async () => !(await lab.in("host", ["ip", "-br", "link"])).includes("veth"));
  }));
