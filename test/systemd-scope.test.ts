// The systemd driver's client against other people's D-Bus: a private dbus-daemon, and on it a stand-in for systemd written
// with python3-dbus. Skips, saying so, where these are not installed; systemd itself is tested in a virtual machine.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setUnitProperties, startScope, stopUnit } from "../src/kernel/cgroup/systemd/scope.ts";

const DAEMON = "/usr/bin/dbus-daemon";
const PYTHON = "/usr/bin/python3";
const able =
  existsSync(DAEMON) && Bun.spawnSync([PYTHON, "-c", "import dbus, dbus.mainloop.glib; from gi.repository import GLib"]).exitCode === 0;
if (!able) console.warn("test/systemd-scope.test.ts: skipped: needs the packages dbus-daemon, python3-dbus and python3-gi");

interface Call {
  readonly call: string;
  readonly unit?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

const calls: Call[] = [];
const children: ChildProcess[] = [];
let dir = "";
let sockets: { path: string; bus: boolean }[] = [];

function config(socket: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=${socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;
}

describe.skipIf(!able)("a systemd scope", () => {
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "teu-test-dbus-"));
    const socket = join(dir, "bus");
    writeFileSync(join(dir, "bus.conf"), config(socket));
    const daemon = spawn(DAEMON, ["--nofork", "--nopidfile", `--config-file=${join(dir, "bus.conf")}`], { stdio: "ignore" });
    children.push(daemon);
    for (let tried = 0; tried < 200 && !existsSync(socket); tried++) await Bun.sleep(10);
    const fake = spawn(PYTHON, [join(import.meta.dir, "fixtures/fake-systemd.py"), `unix:path=${socket}`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(fake);
    const ready = Promise.withResolvers<void>();
    createInterface({ input: fake.stdout }).on("line", (line) => {
      const call: Call = JSON.parse(line);
      if (call.call === "ready") ready.resolve();
      else calls.push(call);
    });
    sockets = [{ path: socket, bus: true }];
    await ready.promise;
  });

  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  });

  /** What the stand-in was asked since the last time: so many calls, whose lines may come later than its replies. */
  async function asked(count: number): Promise<Call[]> {
    for (let tried = 0; tried < 500 && calls.length < count; tried++) await Bun.sleep(2);
    return calls.splice(0);
  }

  const properties = [
    { name: "Slice", signature: "s", value: "machine.slice" },
    { name: "Delegate", signature: "b", value: true },
    { name: "MemoryMax", signature: "t", value: "67108864" },
    { name: "AllowedCPUs", signature: "ay", value: new Uint8Array([3]) },
    { name: "DeviceAllow", signature: "a(ss)", value: [["/dev/char/1:3", "rwm"]] },
  ];

  test("is started with its process and properties as they were meant", async () => {
    await startScope({ unit: "teu-web.scope", pid: 4711, properties, sockets });
    expect(await asked(2)).toEqual([
      { call: "Subscribe" },
      {
        call: "StartTransientUnit",
        unit: "teu-web.scope",
        mode: "replace",
        properties: {
          Slice: "machine.slice",
          Delegate: true,
          MemoryMax: 67108864,
          AllowedCPUs: [3],
          DeviceAllow: [["/dev/char/1:3", "rwm"]],
          PIDs: [4711],
        },
      },
    ] as unknown as Call[]);
  });

  test("counts as started when its job ends before the reply comes", async () => {
    await startScope({ unit: "early-x.scope", pid: 1, properties, sockets });
    expect((await asked(2)).map(({ call }) => call)).toEqual(["Subscribe", "StartTransientUnit"]);
  });

  test("whose job fails is an error", async () => {
    const started = startScope({ unit: "broken-x.scope", pid: 1, properties, sockets });
    expect(started).rejects.toThrow("StartTransientUnit broken-x.scope: systemd's job ended with failed");
    await started.catch(() => undefined);
    await asked(2);
  });

  test("takes the name of one that failed earlier, once that is reset", async () => {
    await startScope({ unit: "leftover-x.scope", pid: 1, properties, sockets });
    expect((await asked(4)).map(({ call }) => call)).toEqual(["Subscribe", "StartTransientUnit", "ResetFailedUnit", "StartTransientUnit"]);
  });

  test("is stopped and forgotten; one that is gone is stopped already", async () => {
    await stopUnit("teu-web.scope", sockets);
    expect((await asked(3)).map(({ call }) => call)).toEqual(["Subscribe", "StopUnit", "ResetFailedUnit"]);
    await stopUnit("gone-x.scope", sockets);
    expect((await asked(3)).map(({ call }) => call)).toEqual(["Subscribe", "StopUnit", "ResetFailedUnit"]);
  });

  test("gets new properties", async () => {
    await setUnitProperties("teu-web.scope", { properties: [{ name: "TasksMax", signature: "t", value: 5n }], sockets });
    expect(await asked(1)).toMatchObject([{ call: "SetUnitProperties", unit: "teu-web.scope", properties: { TasksMax: 5 } }]);
  });

  test("tells what systemd says of a bad call", async () => {
    const bad = startScope({ unit: "teu-bad.scope", pid: 1, properties: [{ name: "X", signature: "o", value: "not a path" }], sockets });
    expect(bad).rejects.toThrow(); // the bus hangs up on a message that breaks the rules
    await bad.catch(() => undefined);
  });

  test("needs a socket that answers, and names those that do not", async () => {
    const missing = [{ path: join(dir, "none"), bus: true }];
    const lost = stopUnit("x.scope", missing);
    expect(lost).rejects.toThrow(/^connect to systemd: .*none: /);
    await lost.catch(() => undefined);
    await stopUnit("gone-x.scope", [...missing, ...sockets]);
  });
});
