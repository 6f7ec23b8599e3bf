// Networks of an ordinary user's containers, beside who reaches whom (rootless-matrix.test.ts): names, what is refused, and that all of it comes back,
// or goes, when its processes are killed.
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { busyboxRootfs } from "../support/rootfs.ts";
import { eventually } from "../support/run.ts";
import { commandAs, tester } from "../support/user.ts";
import { HOST, type Lab, labRequires, PEER, withLab } from "./lab/lab.ts";
import { ask, serve, traffic } from "./lab/traffic.ts";

const { test } = labRequires("tester", "userns", "subids", "newuidmap", "slirp4netns", "pasta");

interface Box {
  /** `run -d`; the container's network namespace becomes a place of the lab with its name. */
  start(name: string, ...flags: readonly string[]): Promise<void>;
  /** The pids of the processes that serve the engine's networks, by what they are. */
  pid(what: "holder" | "uplink"): number;
}

function inLab(body: (lab: Lab, box: Box) => Promise<void>): Promise<void> {
  return withLab(
    async (lab) => {
      const rootfs = await busyboxRootfs();
      const places: string[] = [];
      const directory = join(lab.roots.runRoot, "rootless");
      const box: Box = {
        async start(name, ...flags) {
          await lab.ok(["run", "-d", "--name", name, ...flags, "--rootfs", rootfs, "sleep", "1000"]);
          const pid = (await lab.ok(["inspect", "-f", "{{.State.Pid}}", name])).trim();
          const place = basename(lab.namespace(name));
          await lab.in("host", ["ip", "netns", "attach", place, pid]);
          places.push(place);
        },
        pid(what) {
          const record = JSON.parse(readFileSync(join(directory, "network.json"), "utf8")) as Record<string, { readonly pid: number }>;
          return record[what]?.pid ?? 0;
        },
      };
      const free = async () => {
        for (const place of places.splice(0)) await lab.in("host", ["ip", "netns", "del", place]);
      };
      try {
        await body(lab, box);
        await free();
        const names = (await lab.ok(["ps", "-aq"])).split("\n").filter(Boolean);
        if (names.length > 0) await lab.ok(["rm", "-f", ...names]);
        await eventually("the user's networks are gone", () => !existsSync(join(directory, "network.json")));
      } finally {
        await free();
      }
    },
    { account: tester() },
  );
}

const PUBLISHED = ["-p", "8080:80", "-p", "8080:80/udp"];

test("a port that a container has is refused to others, and containers know each other by name", async () => {
  await inLab(async (lab, box) => {
    await lab.ok(["network", "create", "one"]);
    await box.start("a", "--network", "one", ...PUBLISHED);
    await box.start("b", "--network", "one");
    const taken = await lab.teu(["run", "--rm", "-p", "8080:80", "--rootfs", "/", "true"]);
    expect(taken.stderr).toContain("port is already allocated by container a");
    const address = (await lab.ok(["inspect", "-f", "{{.NetworkSettings.Networks.one.IPAddress}}", "a"])).trim();
    expect(await lab.ok(["exec", "b", "nslookup", "a"])).toContain(address);
  });
}, 60_000);

test("a port that a running container gives up is anybody's, and it keeps the others", async () => {
  await inLab(async (lab, box) => {
    await box.start("web", "-p", "8080:80", "-p", "8081:80");
    await lab.ok(["update", "--unpublish", "8080:80", "web"]);
    await box.start("next", "-p", "8080:80");
    for (const name of ["web", "next"]) await serve(lab, name, 80);
    for (const port of [8080, 8081]) expect(await ask(lab, "peer", "tcp", HOST.ipv4, port)).toBe(PEER.ipv4);
  });
}, 60_000);

test("what was killed is back with the next command", async () => {
  await inLab(async (lab, box) => {
    await box.start("web", ...PUBLISHED);
    await serve(lab, "web", 80);
    await serve(lab, "peer", 80);
    const works = async () => {
      expect(await ask(lab, "web", "tcp", PEER.ipv4, 80)).toBe(HOST.ipv4);
      expect(await ask(lab, "peer", "tcp", HOST.ipv4, 8080)).toBe(PEER.ipv4);
    };
    await works();
    for (const what of ["uplink", "holder"] as const) {
      process.kill(box.pid(what), "SIGKILL");
      await lab.ok(["run", "--rm", "--rootfs", await busyboxRootfs(), "true"]);
      await works();
    }
  });
}, 60_000);

test("what is known of a namespace that has gone is not taken for true of the next, which may have its number", async () => {
  await inLab(async (lab) => {
    const rootfs = await busyboxRootfs();
    const id = (await lab.ok(["network", "create", "other"])).trim();
    const known = () => existsSync(join(lab.roots.runRoot, "networks", `${id}.json`));
    await lab.ok(["run", "--rm", "--network", "other", "--rootfs", rootfs, "true"]);
    expect(known()).toBe(true);
    await lab.ok(["run", "--rm", "--rootfs", rootfs, "true"]);
    expect(known()).toBe(false);
  });
}, 60_000);

test("a container that is started while the networks of the last one are being taken away has networks", async () => {
  await inLab(async (lab, box) => {
    await box.start("last");
    const uplink = box.pid("uplink");
    const link = join(lab.roots.runRoot, "rootless", "uplink", "netns");
    process.kill(uplink, "SIGSTOP"); // who takes them away waits for its end
    const removed = lab.ok(["rm", "-f", "last"]);
    await eventually("they are being taken away", () => !existsSync(link));
    const started = box.start("next");
    await Promise.race([started, Bun.sleep(500)]);
    process.kill(uplink, "SIGCONT");
    await Promise.all([removed, started]);
    await serve(lab, "peer", 80);
    expect(await ask(lab, "next", "tcp", PEER.ipv4, 80)).toBe(HOST.ipv4);
  });
}, 60_000);

test("a command that is killed while it joins the user's networks to the host leaves no network without a way out", async () => {
  await inLab(async (lab, box) => {
    const there = (name: string) => existsSync(join(lab.roots.runRoot, "rootless", name));
    const running = lab.startTeu(["run", "-d", "--rootfs", await busyboxRootfs(), "true"]);
    running.endInput();
    await eventually("its holder is there", () => there("holder.pid"));
    await eventually("its uplink is being started", () => there("network.json") || there("uplink/netns"));
    running.kill("SIGKILL");
    await running.exited;
    running.dispose();
    await box.start("next");
    await serve(lab, "peer", 80);
    expect(await ask(lab, "next", "tcp", PEER.ipv4, 80)).toBe(HOST.ipv4);
  });
}, 60_000);

test("--network slirp4netns: its addresses, the outside, published ports, and the host's loopback where that is asked for", async () => {
  await inLab(async (lab, box) => {
    await box.start("usual", "--network", "slirp4netns", ...PUBLISHED);
    await box.start("open", "--network", "slirp4netns:cidr=10.9.0.0/24,allow_host_loopback=true,mtu=1500,enable_ipv6=false");
    await Promise.all([serve(lab, "peer", 80), serve(lab, "host", 81)]);
    lab.start("usual", traffic("serve", "+80"));
    const shown = (name: string) => lab.in(name, ["ip", "-o", "address", "show", "dev", "tap0"]);
    expect(await shown("usual")).toContain("10.0.2.100/24");
    expect(await shown("usual")).toContain("fd00::100/64");
    expect(await shown("open")).toContain("10.9.0.100/24");
    expect(await shown("open")).not.toContain("fd00::");
    for (const name of ["usual", "open"]) expect(await ask(lab, name, "tcp", PEER.ipv4, 80)).toBe(HOST.ipv4);
    expect(await ask(lab, "usual", "tcp", PEER.ipv6, 80)).toBe(HOST.ipv6);
    await eventually("the published port", async () => (await ask(lab, "peer", "asking", HOST.ipv4, 8080)) === PEER.ipv4);
    expect(await ask(lab, "open", "tcp", "10.9.0.2", 81)).toBe("127.0.0.1");
    expect(await ask(lab, "usual", "tcp", "10.0.2.2", 81)).toBeNull();
  });
}, 60_000);

test("a client that comes by the same port of its own to two ports that lead to one is answered by both", async () => {
  await inLab(async (lab, box) => {
    await box.start("web", "-p", "8080:80", "-p", "8081:80");
    await serve(lab, "web", 80);
    const program = `
import socket
def connect(port):
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.settimeout(5)
    made.bind(("", 5555))
    made.connect(("${HOST.ipv4}", port))
    return made
for made in [connect(8080), connect(8081)]: print(made.recv(99).decode())
`;
    expect(await lab.in("peer", ["python3", "-c", program])).toBe(`${PEER.ipv4}\n${PEER.ipv4}`);
  });
}, 60_000);

test("connections that there were no descriptors for are taken when there are, whatever else goes on", async () => {
  await inLab(async (lab, box) => {
    await box.start("web", "-p", "8080:80");
    const echo = `
import socketserver
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while said := self.request.recv(99): self.request.sendall(said)
with socketserver.ThreadingTCPServer(("", 80), Echo) as server:
    print("ready", flush=True)
    server.serve_forever()
`;
    const server = lab.start("web", ["python3", "-c", echo]);
    await eventually("an echo", () => server.stdout().includes("ready"));
    const connect = `import socket; made = socket.create_connection(("${HOST.ipv4}", 8080))`;
    const busy = lab.start("peer", ["python3", "-c", `${connect}\nwhile True: made.send(b"a"); print(made.recv(1).decode(), flush=True)`]);
    await eventually("somebody is busy", () => busy.stdout() !== "");
    const ports = join(lab.roots.runRoot, "rootless", "ports");
    const [record = ""] = readdirSync(ports).filter((name) => name.endsWith(".json"));
    const { pid } = JSON.parse(readFileSync(join(ports, record), "utf8")) as { readonly pid: number };
    const limitTo = (count: number) => lab.in("host", commandAs(tester(), ["prlimit", `--pid=${pid}`, `--nofile=${count}:`]));
    await limitTo(0);
    const late = lab.start("peer", [
      "python3",
      "-c",
      `${connect}; made.send(b"b"); print("there", flush=True); print(made.recv(1).decode())`,
    ]);
    await eventually("one that comes late", () => late.stdout() === "there\n");
    await Bun.sleep(300);
    expect(late.stdout()).toBe("there\n");
    await limitTo(1000);
    await eventually("its answer", () => late.stdout() === "there\nb\n");
  });
}, 60_000);

test.each(["private", "slirp4netns"])(
  "root has no network %s",
  async (mode) => {
    const refused = await withLab((lab) => lab.teu(["run", "--network", mode, "--rootfs", "/", "true"]));
    expect(refused.stderr).toContain(`--network ${mode}: root's containers are connected to networks as they are; use bridge`);
  },
  60_000,
);
