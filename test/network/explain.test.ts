// What `run --explain` and `run --timings` tell of a container's networks.
import { expect } from "bun:test";
import { labRequires, withLab } from "./lab/lab.ts";

const { test } = labRequires();

test("the plan tells in words how the container is connected, and makes nothing", () =>
  withLab(async (lab) => {
    const lines = (await lab.ok(["run", "--explain", "--network", "bridge", "-p", "8080:80", "-p", "127.0.0.1::53/udp", "hello"]))
      .split("\n")
      .map((line) => line.trim());
    for (const told of [
      "- publish: port 8080 to 80/tcp",
      "- publish: a free port of 127.0.0.1 to 53/udp",
      "- connect container to network bridge: cable to eth0",
      "- connect container to network bridge: eth0 up",
      "- connect container to network bridge: addresses of eth0, chosen by the start",
    ])
      expect(lines).toContain(told);
    expect(lines.filter((line) => /^\d+ +(netlinkPart|holdPorts) /.test(line)).length).toBe(4);
    expect(await lab.in("host", ["ip", "-o", "link", "show", "type", "bridge"])).toBe("");
  }));

test("what an address that is asked for is called", () =>
  withLab(async (lab) => {
    const text = await lab.ok(["run", "--explain", "--network", "bridge", "--ip", "10.88.0.77", "hello"]);
    expect(text).toContain("- connect container to network bridge: address 10.88.0.77 of eth0");
  }));

test("a container without networks has none of it", () =>
  withLab(async (lab) => {
    expect(await lab.ok(["run", "--explain", "--network", "none", "hello"])).not.toContain("netlinkPart");
  }));

test("the time that each part takes is told", () =>
  withLab(async (lab) => {
    const { status, stderr } = await lab.teu(["run", "--rm", "--network", "bridge", "--timings", "hello"]);
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/ms +\d+ netlinkPart the host's side of the container's networks {2}# network/),
    ]);
  }));
