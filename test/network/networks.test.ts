// `teu network`: networks as objects, and the bridges that stand for them; in the lab, as a bridge is the host's.
import { Database } from "bun:sqlite";
import { describe, expect } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gateOf } from "../../src/network/drivers/names.ts";
import { engineTag } from "../../src/network/model/engine-tag.ts";
import { CALLERS, type Caller, ROOT } from "../cli/callers.ts";
import { HOST, type Lab, type LabOptions, labRequires, withLab } from "./lab/lab.ts";

/** Defines a test for one caller. */
function networkTest(caller: Caller, name: string, body: (lab: Lab) => Promise<void>, options: LabOptions = {}): void {
  const account = caller.account();
  labRequires(...caller.needs).test(`${name}, as ${caller.name}`, () =>
    withLab(body, { ...options, ...(account === undefined ? {} : { account }) }),
  );
}

/** The same for each caller. */
function networkTests(name: string, body: (lab: Lab) => Promise<void>): void {
  for (const caller of CALLERS) networkTest(caller, name, body);
}

/** What a command prints that succeeds. */
async function said(lab: Lab, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await lab.teu(["network", ...args]);
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: "" });
  return stdout;
}

/** What a command says that fails. */
async function refused(lab: Lab, ...args: readonly string[]): Promise<string> {
  const { status, stderr } = await lab.teu(["network", ...args]);
  expect({ args, status }).toEqual({ args, status: 1 });
  return stderr;
}

/** The bridges of the host. */
async function bridges(lab: Lab): Promise<string[]> {
  const shown = await lab.in("host", ["ip", "-o", "link", "show", "type", "bridge"]);
  return lines(shown)
    .map((line) => line.split(": ")[1] ?? "")
    .toSorted();
}

const ID = /^[0-9a-f]{64}\n$/;
const lines = (text: string) => text.split("\n").filter(Boolean);

describe("networks", () => {
  networkTests("that every engine has are there", async (lab) => {
    expect(lines(await said(lab, "ls", "--format", "{{.Name}} {{.Driver}} {{.Scope}}"))).toEqual([
      "bridge bridge local",
      "host host local",
      "none null local",
    ]);
    expect(await said(lab, "ls")).toMatch(/^NETWORK ID {5}NAME {6}DRIVER {4}SCOPE\n[0-9a-f]{12} {3}bridge {4}bridge {4}local\n/);
    for (const name of ["bridge", "host", "none"]) {
      expect(await said(lab, "exists", name)).toBe("");
      expect(await refused(lab, "rm", name)).toBe(`teu: ${name} is a pre-defined network and cannot be removed\n`);
      expect(await refused(lab, "create", name)).toBe(
        `teu: operation is not permitted on predefined ${name} network: choose another name\n`,
      );
    }
    const [id = ""] = lines(await said(lab, "ls", "-q", "--no-trunc", "--filter", "name=^none$"));
    expect(
      await said(lab, "inspect", "--format", "{{.Name}} {{.Driver}} {{len .IPAM.Config}} {{json .IPAM.Config}}", id.slice(0, 12)),
    ).toBe("none null 0 []\n");
  });

  networkTests("are made, found, listed, inspected and removed", async (lab) => {
    const id = await said(lab, "create", "--label", "tier=db", "--opt", "mtu=1400", "front");
    expect(id).toMatch(ID);
    expect(await refused(lab, "create", "front")).toBe(`teu: network with name front already exists: ${id}`);
    expect(await said(lab, "create", "--ignore", "front")).toBe(id);
    const subnets = ["--subnet", "10.205.0.0/24", "--subnet", "fd00:205::/64"];
    await said(
      lab,
      "create",
      ...subnets,
      "--ip-range",
      "10.205.0.128/25",
      "--gateway",
      "10.205.0.254",
      "--aux-address",
      "r=10.205.0.7",
      "back",
    );
    expect(JSON.parse(await said(lab, "inspect", "back"))).toEqual([
      {
        Name: "back",
        Id: expect.stringMatching(/^[0-9a-f]{64}$/),
        Created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/),
        Scope: "local",
        Driver: "bridge",
        EnableIPv4: true,
        EnableIPv6: true,
        IPAM: {
          Driver: "default",
          Options: {},
          Config: [
            { Subnet: "10.205.0.0/24", IPRange: "10.205.0.128/25", Gateway: "10.205.0.254", AuxiliaryAddresses: { r: "10.205.0.7" } },
            { Subnet: "fd00:205::/64", Gateway: "fd00:205::1" },
          ],
        },
        Internal: false,
        Attachable: false,
        Ingress: false,
        ConfigFrom: { Network: "" },
        ConfigOnly: false,
        Containers: {},
        Options: {},
        Labels: {},
      },
    ]);
    const shown = '{{.Name}} {{index .Options "mtu"}} {{.Labels.tier}} {{(index .IPAM.Config 0).IPRange}}{{.ID}}';
    expect(await said(lab, "inspect", "-v", "-f", shown, id.slice(0, 10))).toBe(`front 1400 db ${id}`);
    expect((await lab.teu(["inspect", "--type", "network", "-f", "{{.Driver}}", "front"])).stdout).toBe("bridge\n");
    expect((await lab.teu(["inspect", "-f", "{{.Name}}", "back"])).stdout).toBe("back\n");
    const { status, stdout, stderr } = await lab.teu(["network", "rm", "nope", "front"]);
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "front\n", stderr: "teu: network nope not found\n" });
    expect(await said(lab, "rm", "-f", "nope", "back")).toBe("back\n");
    expect(await refused(lab, "exists", "back")).toBe("");
    expect(await refused(lab, "inspect", "back")).toBe("teu: network back not found\n");
    expect(lines(await said(lab, "ls", "-q"))).toHaveLength(3);
  });

  networkTest(ROOT, "are found by filters, and shown through templates", async (lab) => {
    await said(lab, "create", "--label", "tier=db", "--ipv6=false", "one");
    await said(lab, "create", "--internal", "--ipv4=false", "two");
    for (const [filters, names] of [
      [["label=tier"], ["one"]],
      [["label=tier=web"], []],
      [["label!=tier", "type=custom"], ["two"]],
      [["name=w"], ["two"]],
      [
        ["name=^o", "name=^t"],
        ["one", "two"],
      ],
      [
        ["driver=bridge", "type=custom"],
        ["one", "two"],
      ],
      [["driver=null"], ["none"]],
      [["type=builtin"], ["bridge", "host", "none"]],
      [["dangling=true"], ["one", "two"]],
      [["dangling=false"], ["bridge", "host", "none"]],
      [["scope=swarm"], []],
      [["until=1h"], []],
      [["until=0s", "name=^one$"], ["one"]],
      [["id=0000000000000000"], []],
    ] as const) {
      const flags = filters.flatMap((filter) => ["--filter", filter]);
      expect({ filters, names: lines(await said(lab, "ls", ...flags, "--format", "{{.Name}}")) }).toEqual({ filters, names: [...names] });
    }
    expect(await said(lab, "ls", "-f", "type=custom", "--format", '{{.Name}} {{.IPv4}} {{.IPv6}} {{.Internal}} {{.Label "tier"}}')).toBe(
      "one true false false db\ntwo false true true \n",
    );
    expect(JSON.parse(await said(lab, "ls", "-f", "name=^one$", "--format", "json"))).toMatchObject({
      Name: "one",
      Scope: "local",
      Labels: "tier=db",
    });
    expect(await refused(lab, "ls", "--filter", "dangling=perhaps")).toContain("invalid filter 'dangling=perhaps'");
    expect(await refused(lab, "ls", "--filter", "size=1")).toContain("invalid filter 'size'");
  });

  networkTest(ROOT, "are pruned when no container has asked for them", async (lab) => {
    await said(lab, "create", "--label", "keep", "one");
    await said(lab, "create", "two");
    expect((await lab.teu(["network", "prune"], { stdin: "n\n" })).stdout).toBe(
      "WARNING! This will remove all custom networks not used by at least one container.\nAre you sure you want to continue? [y/N] ",
    );
    expect(await said(lab, "prune", "-f", "--filter", "until=1h")).toBe("");
    expect(await said(lab, "prune", "-f", "--filter", "label!=keep")).toBe("Deleted Networks:\ntwo\n\n");
    const { stdout } = await lab.teu(["system", "prune", "--force"]);
    expect(stdout).toContain("Deleted Networks:\none\n\n");
    const events = [
      "events",
      "--since",
      "1m",
      "--until",
      "0s",
      "--filter",
      "type=network",
      "--format",
      "{{.Action}} {{.Actor.Attributes.name}}",
    ];
    expect(lines((await lab.teu(events)).stdout).filter((line) => !line.endsWith("bridge"))).toEqual([
      ...["create one", "create two", "prune <no value>", "destroy two", "prune <no value>", "destroy one", "prune <no value>"],
    ]);
  });

  networkTest(ROOT, "that cannot be what is asked for are refused, with all that is wrong", async (lab) => {
    await said(lab, "create", "--subnet", "10.205.0.0/24", "one");
    for (const [args, says] of [
      [
        ["--subnet", "10.205.0.128/25"],
        "create network x: subnet 10.205.0.128/25 overlaps 10.205.0.0/24 of network one; choose another one",
      ],
      [["--subnet", "10.6.0.1/24", "-o", "nosuch=1"], "--subnet: 10.6.0.1/24 has bits of a host set"],
      [["--subnet", "10.6.0.1/24", "-o", "nosuch=1"], "--opt nosuch: is no option of the driver bridge"],
      [["-d", "overlay"], '--driver: there is no driver "overlay", but bridge, macvlan, ipvlan, vxlan, cni; overlay takes a swarm'],
      [["-d", "macvlan"], "--opt parent: is needed"],
      [["--scope", "swarm", "--ingress"], "--ingress: is for networks of a swarm; --scope: is for networks of a swarm"],
      [["--config-from", "one"], "--config-from: takes a network that is a configuration"],
      [["--ipam-driver", "dhcp"], "--ipam-driver: addresses are given by teu alone"],
      [["--dns", "1.1.1.1"], "--dns: names that teu does not know"],
      [["--ipv4=false", "--ipv6=false"], "IPv4 or IPv6 must be enabled"],
    ] as const)
      expect(await refused(lab, "create", ...args, "x")).toContain(says);
    expect(lines(await said(lab, "ls", "-q", "--filter", "type=custom"))).toHaveLength(1);
    for (const args of [
      ["--scope", "local"],
      ["--ipam-driver", "default"],
    ])
      await said(lab, "create", ...args, `fine-${args[1]}`);
  });

  networkTest(ROOT, "get their subnets from the configured pools, until those are taken", async (lab) => {
    const config = (text: string) => {
      mkdirSync(join(lab.roots.root, "config"), { recursive: true });
      writeFileSync(join(lab.roots.root, "config/config.yaml"), text);
    };
    config('network: { pools: [{ base: 10.205.0.0/23, size: 24 }, { base: "fd12:3456:789a::/48", size: 64 }] }\n');
    const made: string[] = [];
    for (const name of ["one", "two"]) {
      await said(lab, "create", name);
      made.push((await said(lab, "inspect", "-f", "{{range .IPAM.Config}}{{.Subnet}} {{end}}", name)).trim());
    }
    expect(made).toEqual(["10.205.0.0/24 fd12:3456:789a::/64", "10.205.1.0/24 fd12:3456:789a:1::/64"]);
    expect(await refused(lab, "create", "three")).toContain(
      "create network three: no IPv4 subnet of 10.205.0.0/23 is free (networks); name one with --subnet",
    );
    config("network: { pools: [{ base: 10.205.0.1/23, size: 24 }, { base: 10.0.0.0/16, size: 8 }] }\n");
    expect(await refused(lab, "create", "three")).toMatch(
      /pools\[0\]: 10.205.0.1\/23 has bits of a host set.*; pools\[1\]: no network of \/8 is in 10.0.0.0\/16/,
    );
    config("network: { pool: [] }\n");
    expect(await refused(lab, "create", "three")).toContain("is no setting; there are default, pools");
  });

  networkTest(ROOT, "made by many commands at once have addresses of their own", async (lab) => {
    const names = Array.from({ length: 12 }, (_, index) => `n${index}`);
    await Promise.all(names.map((name) => said(lab, "create", name)));
    const found = await Promise.all(names.map((name) => said(lab, "inspect", "-f", "{{range .IPAM.Config}}{{.Subnet}} {{end}}", name)));
    expect(new Set(found.flatMap((text) => text.trim().split(" "))).size).toBe(2 * names.length);
  });

  networkTest(ROOT, "are bridges of the host, with the addresses of their gateways, until they are removed", async (lab) => {
    const id = await said(lab, "create", "--subnet", "10.205.0.0/24", "--ipv6=false", "one");
    await said(lab, "create", "--subnet", "fd00:205::/64", "--ipv4=false", "-o", "com.docker.network.bridge.name=br7", "two");
    const one = `teu${id.slice(0, 11)}`;
    expect(await bridges(lab)).toEqual(["br7", one]);
    expect(await lab.in("host", ["ip", "-o", "-4", "address", "show", "dev", one])).toContain("inet 10.205.0.1/24");
    expect(await lab.in("host", ["ip", "-o", "-6", "address", "show", "dev", "br7"])).toContain("inet6 fd00:205::1/64");
    await said(lab, "ls");
    expect(await bridges(lab)).toEqual(["br7", one]);
    await said(lab, "rm", "one");
    await said(lab, "prune", "-f");
    expect(await bridges(lab)).toEqual([]);
  });

  networkTest(
    ROOT,
    "do not take what the host has",
    async (lab) => {
      for (const [subnet, says] of [
        ["10.1.0.0/24", `subnet 10.1.0.0/24 conflicts with what this host has: address ${HOST.ipv4}/24 of uplink`],
        ["10.0.0.0/8", `conflicts with what this host has: address ${HOST.ipv4}/24 of uplink`],
        ["fd01::/64", `conflicts with what this host has: address ${HOST.ipv6}/64 of uplink`],
        ["172.30.5.0/24", "conflicts with what this host has: route 172.30.5.0/24 via 10.1.0.2 by uplink"],
      ] as const) {
        if (subnet === "172.30.5.0/24") await lab.in("host", ["ip", "route", "add", subnet, "via", "10.1.0.2", "table", "77"]);
        expect(await refused(lab, "create", "--subnet", subnet, "x")).toContain(says);
      }
      await lab.in("host", ["ip", "route", "add", "10.88.0.0/23", "via", "10.1.0.2"]);
      await lab.in("host", ["ip", "route", "add", "0.0.0.0/1", "via", "10.1.0.2"]);
      await lab.in("host", ["ip", "address", "add", "10.88.3.9/32", "dev", "lo"]);
      const subnet = ["inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}"];
      for (const name of ["one", "two"]) await said(lab, "create", name);
      expect(await said(lab, ...subnet, "one", "two")).toBe("10.88.2.0/24\n10.88.4.0/24\n");
      await lab.in("host", ["ip", "route", "add", "blackhole", "172.16.0.0/12"]);
      await said(lab, "create", "--subnet", "10.205.0.0/24", "three");
      await lab.in("host", ["ip", "route", "add", "10.0.0.0/8", "via", "10.1.0.2"]);
      expect(await said(lab, ...subnet, "one")).toBe("10.88.2.0/24\n");
      await said(lab, "create", "four");
      expect(await said(lab, ...subnet, "four")).toBe("192.168.128.0/24\n");
      await said(lab, "create", "--subnet", "10.206.0.0/24", "five");
    },
    { leftovers: "sweep" },
  );

  networkTest(ROOT, "that were killed halfway are finished by the next command", async (lab) => {
    const environment = Object.entries(lab.env).map(([key, value]) => `${key}=${value}`);
    const rounds = 10;
    /** Kills a command after a part of the time that it took undisturbed. */
    const killed = async (ms: number, ...args: readonly string[]) => {
      const running = lab.start("host", ["env", ...environment, lab.program, "network", ...args]);
      await Bun.sleep(ms);
      running.kill("SIGKILL");
      await running.exited;
    };
    const timed = async (...args: readonly string[]) => {
      const start = performance.now();
      await said(lab, ...args);
      return performance.now() - start;
    };
    const whole = { create: await timed("create", "first"), rm: await timed("rm", "first") };
    for (let round = 1; round <= rounds; round++) {
      const [made, gone] = [`made${round}`, `gone${round}`];
      await killed((whole.create * round) / rounds, "create", made);
      await said(lab, "create", gone);
      await killed((whole.rm * round) / rounds, "rm", gone);
    }
    await said(lab, "prune", "-f");
    expect(await bridges(lab)).toEqual([]);
    expect(readdirSync(join(lab.roots.runRoot, "networks/removed"))).toEqual([]);
    await said(lab, "create", "after");
    expect(await bridges(lab)).toHaveLength(1);
  });

  networkTest(ROOT, "that cannot be made leave nothing", async (lab) => {
    await said(lab, "create", "one");
    const before = await bridges(lab);
    expect(await refused(lab, "create", "-d", "macvlan", "-o", "parent=nosuch0", "x")).toContain("nosuch0");
    expect(await refused(lab, "create", "-o", "com.docker.network.bridge.name=uplink", "x")).toContain(
      "create network x: this host has an interface uplink that is not teu's; choose another name",
    );
    const gate = gateOf(engineTag(lab.roots.root)).out.name;
    expect(await refused(lab, "create", "--interface-name", gate, "x")).toContain(`this host has an interface ${gate} that is teu's own`);
    const vxlan = ["-d", "vxlan", "--subnet", "10.204.0.0/24", "-o", "vni=1", "-o", `local=${HOST.ipv4}`];
    expect(await refused(lab, "create", ...vxlan, "-o", "peers=/dev/zero", "x")).toContain("peers: /dev/zero is not a regular file");
    expect(lines(await said(lab, "ls", "-q", "--filter", "type=custom"))).toHaveLength(1);
    expect(await bridges(lab)).toEqual(before);
    await said(lab, "create", "x");
  });

  networkTest(
    ROOT,
    "of two engines that choose at once have addresses of their own",
    async (lab) => {
      const other = { env: { TEU_ROOT: lab.roots.path("other"), TEU_RUN_ROOT: lab.roots.path("other-run") } };
      const names = Array.from({ length: 5 }, (_, index) => `n${index}`);
      await Promise.all(names.flatMap((name) => [lab.ok(["network", "create", name]), lab.ok(["network", "create", name], other)]));
      const show = ["network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}", ...names];
      const subnets = [...lines(await lab.ok(show)), ...lines(await lab.ok(show, other))];
      expect(new Set(subnets).size).toBe(2 * names.length);
      for (const options of [{}, other]) await lab.ok(["network", "prune", "-f"], options);
      expect(await bridges(lab)).toEqual([]);
    },
    { leftovers: "sweep" },
  );

  networkTests("whose rows are damaged are found by system check, and do not stand in the way of others", async (lab) => {
    for (const name of ["one", "two"]) await said(lab, "create", name);
    using db = new Database(join(lab.roots.root, "state.db"));
    db.run("UPDATE networks SET document = '{\"version\":1}' WHERE name = 'one'");
    expect(await refused(lab, "ls")).toContain("it is damaged: its field id is missing");
    expect(await refused(lab, "inspect", "one")).toContain("take it away with: teu system check --repair");
    expect(await said(lab, "inspect", "-f", "{{.Name}}", "two")).toBe("two\n");
    const check = await lab.teu(["system", "check"]);
    expect(check.stdout + check.stderr).toContain("the configuration of network one is damaged; repair removes it: make it again");
    await lab.teu(["system", "check", "--repair"]);
    expect(await lab.teu(["system", "check"])).toMatchObject({ status: 0 });
    expect(lines(await said(lab, "ls", "-f", "type=custom", "--format", "{{.Name}}"))).toEqual(["two"]);
    await said(lab, "create", "three");
  });
});
