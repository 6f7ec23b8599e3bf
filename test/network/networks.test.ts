// `teu network`: networks as objects. What they are in the kernel is not looked at here.
import { describe, expect } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cli, cliTest, cliTests, ROOT } from "../cli/callers.ts";

/** What a command prints that succeeds. */
async function said(cli: Cli, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await cli.teu(["network", ...args]);
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: "" });
  return stdout;
}

/** What a command says that fails. */
async function refused(cli: Cli, ...args: readonly string[]): Promise<string> {
  const { status, stderr } = await cli.teu(["network", ...args]);
  expect({ args, status }).toEqual({ args, status: 1 });
  return stderr;
}

const ID = /^[0-9a-f]{64}\n$/;
const lines = (text: string) => text.split("\n").filter(Boolean);

describe("networks", () => {
  cliTests("that every engine has are there", async (cli) => {
    expect(lines(await said(cli, "ls", "--format", "{{.Name}} {{.Driver}} {{.Scope}}"))).toEqual([
      "bridge bridge local",
      "host host local",
      "none null local",
    ]);
    expect(await said(cli, "ls")).toMatch(/^NETWORK ID {5}NAME {6}DRIVER {4}SCOPE\n[0-9a-f]{12} {3}bridge {4}bridge {4}local\n/);
    for (const name of ["bridge", "host", "none"]) {
      expect(await said(cli, "exists", name)).toBe("");
      expect(await refused(cli, "rm", name)).toBe(`teu: ${name} is a pre-defined network and cannot be removed\n`);
      expect(await refused(cli, "create", name)).toBe(
        `teu: operation is not permitted on predefined ${name} network: choose another name\n`,
      );
    }
    const [id = ""] = lines(await said(cli, "ls", "-q", "--no-trunc", "--filter", "name=^none$"));
    expect(
      await said(cli, "inspect", "--format", "{{.Name}} {{.Driver}} {{len .IPAM.Config}} {{json .IPAM.Config}}", id.slice(0, 12)),
    ).toBe("none null 0 null\n");
  });

  cliTests("are made, found, listed, inspected and removed", async (cli) => {
    const id = await said(cli, "create", "--label", "tier=db", "--opt", "mtu=1400", "front");
    expect(id).toMatch(ID);
    expect(await refused(cli, "create", "front")).toBe(`teu: network with name front already exists: ${id}`);
    expect(await said(cli, "create", "--ignore", "front")).toBe(id);
    const subnets = ["--subnet", "10.205.0.0/24", "--subnet", "fd00:205::/64"];
    await said(
      cli,
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
    expect(JSON.parse(await said(cli, "inspect", "back"))).toEqual([
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
    expect(await said(cli, "inspect", "-v", "-f", shown, id.slice(0, 10))).toBe(`front 1400 db ${id}`);
    expect((await cli.teu(["inspect", "--type", "network", "-f", "{{.Driver}}", "front"])).stdout).toBe("bridge\n");
    expect((await cli.teu(["inspect", "-f", "{{.Name}}", "back"])).stdout).toBe("back\n");
    const { status, stdout, stderr } = await cli.teu(["network", "rm", "nope", "front"]);
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "front\n", stderr: "teu: network nope not found\n" });
    expect(await said(cli, "rm", "-f", "nope", "back")).toBe("nope\nback\n");
    expect(await refused(cli, "exists", "back")).toBe("");
    expect(await refused(cli, "inspect", "back")).toBe("teu: network back not found\n");
    expect(lines(await said(cli, "ls", "-q"))).toHaveLength(3);
  });

  cliTest(ROOT, "are found by filters, and shown through templates", async (cli) => {
    await said(cli, "create", "--label", "tier=db", "--ipv6=false", "one");
    await said(cli, "create", "--internal", "--ipv4=false", "two");
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
      [["until=0s", "name=one"], ["one"]],
      [["id=0000000000000000"], []],
    ] as const) {
      const flags = filters.flatMap((filter) => ["--filter", filter]);
      expect({ filters, names: lines(await said(cli, "ls", ...flags, "--format", "{{.Name}}")) }).toEqual({ filters, names: [...names] });
    }
    expect(await said(cli, "ls", "-f", "type=custom", "--format", '{{.Name}} {{.IPv4}} {{.IPv6}} {{.Internal}} {{.Label "tier"}}')).toBe(
      "one true false false db\ntwo false true true \n",
    );
    expect(JSON.parse(await said(cli, "ls", "-f", "name=one", "--format", "json"))).toMatchObject({
      Name: "one",
      Scope: "local",
      Labels: "tier=db",
    });
    expect(await refused(cli, "ls", "--filter", "dangling=perhaps")).toContain("invalid filter 'dangling=perhaps'");
    expect(await refused(cli, "ls", "--filter", "size=1")).toContain("invalid filter 'size'");
  });

  cliTest(ROOT, "are pruned when no container has asked for them", async (cli) => {
    await said(cli, "create", "--label", "keep", "one");
    await said(cli, "create", "two");
    expect((await cli.teu(["network", "prune"], { stdin: "n\n" })).stdout).toBe(
      "WARNING! This will remove all custom networks not used by at least one container.\nAre you sure you want to continue? [y/N] ",
    );
    expect(await said(cli, "prune", "-f", "--filter", "until=1h")).toBe("");
    expect(await said(cli, "prune", "-f", "--filter", "label!=keep")).toBe("Deleted Networks:\ntwo\n\n");
    const { stdout } = await cli.teu(["system", "prune", "--force"]);
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
    expect(lines((await cli.teu(events)).stdout).filter((line) => !line.endsWith("bridge"))).toEqual([
      ...["create one", "create two", "prune <no value>", "destroy two", "prune <no value>", "destroy one", "prune <no value>"],
    ]);
  });

  cliTest(ROOT, "that cannot be what is asked for are refused, with all that is wrong", async (cli) => {
    await said(cli, "create", "--subnet", "10.205.0.0/24", "one");
    for (const [args, says] of [
      [
        ["--subnet", "10.205.0.128/25"],
        "create network x: subnet 10.205.0.128/25 overlaps 10.205.0.0/24 of network one; choose another one",
      ],
      [["--subnet", "10.6.0.1/24", "-o", "nosuch=1"], "--subnet: 10.6.0.1/24 has bits of a host set"],
      [["--subnet", "10.6.0.1/24", "-o", "nosuch=1"], "--opt nosuch: is no option of the driver bridge"],
      [["-d", "overlay"], "overlay"],
      [["-d", "macvlan"], "--opt parent: is needed"],
      [["--scope", "swarm", "--ingress"], "--ingress: is for networks of a swarm; --scope: is for networks of a swarm"],
      [["--config-from", "one"], "--config-from: takes a network that is a configuration"],
      [["--ipam-driver", "dhcp"], "--ipam-driver: addresses are given by teu alone"],
      [["--dns", "1.1.1.1"], "--dns: names that teu does not know"],
      [["--ipv4=false", "--ipv6=false"], "IPv4 or IPv6 must be enabled"],
    ] as const)
      expect(await refused(cli, "create", ...args, "x")).toContain(says);
    expect(lines(await said(cli, "ls", "-q", "--filter", "type=custom"))).toHaveLength(1);
    for (const args of [
      ["--scope", "local"],
      ["--ipam-driver", "default"],
    ])
      await said(cli, "create", ...args, `fine-${args[1]}`);
  });

  cliTest(ROOT, "get their subnets from the configured pools, until those are taken", async (cli) => {
    const config = (text: string) => {
      mkdirSync(join(cli.roots.root, "config"), { recursive: true });
      writeFileSync(join(cli.roots.root, "config/config.yaml"), text);
    };
    config('network: { pools: [{ base: 10.205.0.0/23, size: 24 }, { base: "fd12:3456:789a::/48", size: 64 }] }\n');
    const made: string[] = [];
    for (const name of ["one", "two"]) {
      await said(cli, "create", name);
      made.push((await said(cli, "inspect", "-f", "{{range .IPAM.Config}}{{.Subnet}} {{end}}", name)).trim());
    }
    expect(made).toEqual(["10.205.0.0/24 fd12:3456:789a::/64", "10.205.1.0/24 fd12:3456:789a:1::/64"]);
    expect(await refused(cli, "create", "three")).toContain(
      "create network three: no IPv4 subnet of 10.205.0.0/23 is free; name one with --subnet",
    );
    config("network: { pools: [{ base: 10.205.0.1/23, size: 24 }, { base: 10.0.0.0/16, size: 8 }] }\n");
    expect(await refused(cli, "create", "three")).toMatch(
      /pools\[0\]: 10.205.0.1\/23 has bits of a host set.*; pools\[1\]: no network of \/8 is in 10.0.0.0\/16/,
    );
    config("network: { pool: [] }\n");
    expect(await refused(cli, "create", "three")).toContain("is no setting; there are default, pools");
  });

  cliTest(ROOT, "made by many commands at once have addresses of their own", async (cli) => {
    const names = Array.from({ length: 12 }, (_, index) => `n${index}`);
    await Promise.all(names.map((name) => said(cli, "create", name)));
    const found = await Promise.all(names.map((name) => said(cli, "inspect", "-f", "{{range .IPAM.Config}}{{.Subnet}} {{end}}", name)));
    expect(new Set(found.flatMap((text) => text.trim().split(" "))).size).toBe(2 * names.length);
  });
});
