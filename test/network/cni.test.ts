// Containers in networks that CNI plugins make: Debian's bridge, host-local, tuning, portmap and bandwidth.
import { expect } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/run.ts";
import { HOST, type Lab, labRequires, PEER, withLab } from "./lab.ts";
import { ask } from "./traffic.ts";

const { test } = labRequires("cni", "iptables");

/** A file with the list, and a network of it. */
async function makeNetwork(lab: Lab, name: string): Promise<void> {
  const path = join(lab.roots.directory, `${name}.conflist`);
  const bridge = {
    type: "bridge",
    bridge: "cni0",
    isGateway: true,
    ipMasq: true,
    hairpinMode: true,
    ipam: {
      type: "host-local",
      dataDir: join(lab.roots.root, "leases"),
      ranges: [[{ subnet: "10.77.0.0/24" }], [{ subnet: "fd77::/64" }]],
      routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }],
    },
  };
  const plugins = [bridge, { type: "tuning", capabilities: { mac: true } }, { type: "portmap", capabilities: { portMappings: true } }];
  writeFileSync(path, JSON.stringify({ cniVersion: "1.0.0", name, plugins }));
  await lab.ok(["network", "create", "-d", "cni", "-o", `conflist=${path}`, name]);
}

const SERVER = ["busybox", "nc", "-lk", "-p", "80", "-e", "echo", "hello"];

function run(lab: Lab, name: string, ...words: readonly string[]): Promise<string> {
  return lab.ok(["run", "-d", "--name", name, "--rootfs", ...words]);
}
void run;

const leases = (lab: Lab) => {
  const folder = join(lab.roots.root, "leases", "front");
  return existsSync(folder) ? readdirSync(folder).filter((file) => /^(10\.|fd)/.test(file)) : [];
};

test("a container of a CNI network: addresses, ports, the way out; nothing is left at its end, however it ends", () =>
  withLab(
    async (lab) => {
      await makeNetwork(lab, "front");
      await lab.in("host", ["sysctl", "-qw", "net.ipv4.ip_forward=1"]);
    },
    { leftovers: "sweep" },
  ));
void [eventually, HOST, PEER, ask, SERVER, leases];
