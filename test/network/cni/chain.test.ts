// Debian's own CNI plugins as a chain: bridge with host-local, portmap, tuning and bandwidth, with real traffic between namespaces that stand for
// containers.
import { expect } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { CniAttachment } from "../../../src/network/cni/request.ts";
import { HOST, type Lab, labRequires, PEER, withLab } from "../lab/lab.ts";
import { ask, probe, serve } from "../lab/traffic.ts";
import { bridgePlugin } from "./plugins.ts";
import type { CniRequest } from "./program.ts";

const { test } = labRequires("cni", "iptables");

const PROGRAM = join(import.meta.dir, "program.ts");

function conflist(lab: Lab): string {
  return JSON.stringify({
    cniVersion: "1.0.0",
    name: "labnet",
    plugins: [
      bridgePlugin(lab.roots.root),
      { type: "tuning", capabilities: { mac: true }, sysctl: { "net.core.somaxconn": "500" } },
      { type: "portmap", capabilities: { portMappings: true }, snat: true },
      { type: "bandwidth", capabilities: { bandwidth: true } },
    ],
  });
}

async function operate(lab: Lab, command: CniRequest["command"], attachment: CniAttachment): Promise<string> {
  const request: CniRequest = { command, conflist: conflist(lab), cache: join(lab.roots.runRoot, "cni"), attachment };
  return lab.in("host", [process.execPath, PROGRAM, JSON.stringify(request)]);
}

test("a chain of Debian's plugins: addresses, published ports, the way out, checks, and nothing left", () =>
  withLab(
    async (lab) => {
      await lab.in("host", ["sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]);
      const attach = async (place: string, capabilities: CniAttachment["capabilities"]): Promise<CniAttachment> => {
        await lab.place(place);
        return {
          containerId: `${lab.roots.mark}-${place}`,
          namespace: lab.namespace(place),
          interface: "eth0",
          args: [["IgnoreUnknown", "1"]],
          capabilities,
        };
      };
      const bandwidth = { ingressRate: 8_000_000, ingressBurst: 800_000, egressRate: 8_000_000, egressBurst: 800_000 };
      const one = await attach("one", {
        portMappings: [{ hostPort: 8080, containerPort: 80, protocol: "tcp" }],
        mac: "02:00:00:00:77:01",
        bandwidth,
      });
      const two = await attach("two", { bandwidth });
      expect(JSON.parse(await operate(lab, "ADD", one))).toMatchObject([
        { address: "10.77.0.2", prefixLength: 24, gateway: "10.77.0.1" },
        { address: "fd77::2", prefixLength: 64, gateway: "fd77::1" },
      ]);
      await operate(lab, "ADD", two);
      await serve(lab, "one", 80);
      await serve(lab, "peer", 80);
      expect(
        await probe(lab, "two", [
          { kind: "tcp", to: "10.77.0.2", port: 80 },
          { kind: "udp", to: "fd77::2", port: 80 },
          { kind: "icmp", to: "10.77.0.2" },
          { kind: "tcp", to: PEER.ipv4, port: 80 },
        ]),
      ).toEqual(["10.77.0.3", "fd77::3", "pong", HOST.ipv4]);
      expect(await ask(lab, "peer", "tcp", HOST.ipv4, 8080)).toBe(PEER.ipv4);
      expect(await lab.in("one", ["ip", "-o", "link", "show", "eth0"])).toContain("02:00:00:00:77:01");

      // portmap's own CHECK looks for the IPv4 address among the rules of IPv6: only the container without ports is checked.
      await operate(lab, "CHECK", two);
      await lab.in("two", ["ip", "address", "flush", "dev", "eth0"]);
      await expect(operate(lab, "CHECK", two)).rejects.toThrow(/CNI plugin bridge: CHECK: /);

      await operate(lab, "DEL", one);
      await operate(lab, "DEL", one);
      await lab.in("host", ["ip", "netns", "del", lab.namespace("two").replace("/run/netns/", "")]);
      await operate(lab, "DEL", two);
      expect(await lab.in("host", ["ip", "-o", "link", "show", "type", "veth"])).not.toContain("cni0");
      expect(await lab.in("host", ["ip", "-o", "link", "show", "type", "ifb"])).toBe("");
      expect(await lab.in("host", ["nft", "list", "ruleset"])).not.toContain("8080");
      expect(readdirSync(join(lab.roots.root, "labnet")).filter((file) => file.startsWith("10.") || file.startsWith("fd"))).toEqual([]);
      expect(readdirSync(join(lab.roots.runRoot, "cni", "results"))).toEqual([]);
    },
    // The plugins keep their bridge and iptables' own chains.
    { leftovers: "sweep" },
  ));
