// Containers in networks that CNI plugins make: Debian's bridge, host-local, tuning and portmap.
import { expect } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../support/run.ts";
import { tester } from "../../support/user.ts";
import { type Box, startBox } from "../lab/boxes.ts";
import { all, check, type Ends, ends, ports } from "../lab/cells.ts";
import { HOST, type Lab, labRequires, PEER, withLab } from "../lab/lab.ts";
import { serve } from "../lab/traffic.ts";
import { bridgePlugin } from "./plugins.ts";

const { test } = labRequires("cni", "iptables");

/** A file with the list, and its path. */
function writeList(lab: Lab, plugins: readonly object[] = []): string {
  const path = join(lab.roots.directory, "front.conflist");
  const all = [
    bridgePlugin(join(lab.roots.root, "leases")),
    { type: "tuning", capabilities: { mac: true } },
    { type: "portmap", capabilities: { portMappings: true } },
    ...plugins,
  ];
  writeFileSync(path, JSON.stringify({ cniVersion: "1.0.0", name: "front", plugins: all }));
  return path;
}

const create = (lab: Lab) => lab.ok(["network", "create", "-d", "cni", "-o", `conflist=${writeList(lab)}`, "front"]);

/** What plugins and we hold for containers. */
function held(lab: Lab): string[] {
  const list = (...parts: readonly string[]) => (existsSync(join(...parts)) ? readdirSync(join(...parts)) : []);
  return [
    ...list(lab.roots.root, "leases", "front").filter((file) => /^(10\.|fd)/.test(file)),
    ...list(lab.roots.runRoot, "cni", "results"),
    ...list(lab.roots.runRoot, "netns"),
  ];
}

test("containers reach each other, the world and are reached, and what plugins hold goes with them", () =>
  withLab(
    async (lab) => {
      await lab.in("host", ["sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]);
      await create(lab);
      const one = await startBox(lab, "one", [
        "--network",
        "name=front,mac-address=02:00:00:00:77:01",
        "-p",
        "8080:80",
        "-p",
        "8080:80/udp",
      ]);
      const two = await startBox(lab, "two", ["--network", "front"]);
      await one.serve(80);
      await serve(lab, "peer", 80);
      const addresses = async (box: Box): Promise<Ends> => [await box.address(4), await box.address(6)];
      const [a, b] = [await addresses(one), await addresses(two)];
      const gateway: Ends = ["10.77.0.1", "fd77::1"];
      const cells = [
        ...all("two", a, b),
        ...all("two", ends(PEER), ends(HOST)),
        ...all("host", a, gateway),
        ...ports("peer", ends(HOST), ends(PEER)),
        ...ports("host", ends(HOST), ends(HOST)),
        ...ports("two", ends(HOST), gateway),
        ...ports("one", ends(HOST), gateway),
      ];
      // The plugins' bridge asks whether its address is another's: until then it is no source.
      const unsure = () => lab.in("host", ["ip", "-6", "-o", "address", "show", "dev", "cni0", "tentative"]);
      await eventually("the gateway's address is sure", async () => (await unsure()) === "");
      await check(lab, cells, { one, two });
      expect(await one.in(["ip", "-o", "link", "show", "eth0"])).toContain("02:00:00:00:77:01");
      const [shown] = JSON.parse(await lab.ok(["inspect", one.name]));
      expect(shown.NetworkSettings.Networks.front).toMatchObject({
        IPAddress: a[0],
        GlobalIPv6Address: a[1],
        MacAddress: "02:00:00:00:77:01",
      });
      expect(await lab.ok(["exec", one.name, "cat", "/etc/hosts"])).toContain(a[0]);

      await lab.ok(["restart", "-t", "0", one.name]);
      expect(held(lab).filter((file) => file.includes(one.id))).toHaveLength(2);
      await lab.ok(["rm", "-f", one.name, two.name]);
      expect(held(lab)).toEqual([]);
      expect(await lab.in("host", ["nft", "list", "ruleset"])).not.toContain("8080");
      await lab.ok(["network", "rm", "front"]);
    },
    // The plugins keep their bridge and iptables' own chains.
    { leftovers: "sweep" },
  ));

test("a container whose monitor is killed gives up what plugins hold at the next command", () =>
  withLab(
    async (lab) => {
      await create(lab);
      const box = await startBox(lab, "killed", ["--network", "front"]);
      expect(held(lab)).toHaveLength(4);
      const [, monitor = ""] = /^PPid:\s+(\d+)$/m.exec(await Bun.file(`/proc/${box.pid}/status`).text()) ?? [];
      process.kill(Number(monitor), "SIGKILL");
      process.kill(box.pid, "SIGKILL");
      await lab.ok(["ps"]);
      expect(held(lab)).toEqual([]);
      await lab.ok(["rm", box.name]);
    },
    { leftovers: "sweep" },
  ));

test("what cannot be is refused with the reason", () =>
  withLab(
    async (lab) => {
      await create(lab);
      const refusal = async (...args: readonly string[]) => (await lab.teu(args)).stderr.trim();
      const rootfs = ["--rootfs", "/", "true"];
      expect(await refusal("network", "create", "-d", "cni", "-o", `conflist=${writeList(lab)}`, "--subnet", "10.1.0.0/24", "x")).toContain(
        "driver cni: --subnet: this is for the plugins to decide",
      );
      expect(await refusal("network", "create", "-d", "cni", "-o", `conflist=${writeList(lab, [{ type: "nowhere" }])}`, "x")).toContain(
        "there is no CNI plugin nowhere in /opt/cni/bin, ",
      );
      expect(await refusal("run", "--network", "front", "--network", "bridge", ...rootfs)).toContain(
        "a container of networks that CNI plugins make has no others",
      );
      expect(await refusal("run", "--rm", "--network", "name=front,ip=10.77.0.9", ...rootfs)).toContain(
        "network front: none of its CNI plugins has the capability ips",
      );
      expect(await refusal("run", "--rm", "--network", "front", "-p", "80", ...rootfs)).toContain("CNI plugins choose no port");
      const box = await startBox(lab, "box", ["--network", "front"]);
      expect(await refusal("network", "disconnect", "front", box.name)).toContain("stop the container first");
      await lab.ok(["rm", "-f", box.name]);
      expect(held(lab)).toEqual([]);
    },
    { leftovers: "sweep" },
  ));

labRequires("cni", "tester", "userns", "newuidmap", "subids").test("without root there are no CNI networks", () =>
  withLab(
    async (lab) => {
      const { status, stderr } = await lab.teu(["network", "create", "-d", "cni", "-o", "conflist=/x", "front"]);
      expect(status).not.toBe(0);
      expect(stderr).toContain("driver cni: CNI plugins change the host's network, for which they need root");
    },
    { account: tester(), leftovers: "sweep" },
  ),
);
