import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keptAttachments } from "./cache.ts";
import { addAttachment, type CniPlaces, checkAttachment, collectGarbage, deleteAttachment, networkStatus } from "./chain.ts";
import { cniSettings } from "./create.ts";
import { callPlugin, pluginVersions } from "./plugin.ts";

let folder = "";
let places: CniPlaces = { cache: "", path: [], timeout: 0 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "teu-cni-"));
  mkdirSync(join(folder, "bin"));
  places = { cache: join(folder, "cache"), path: [join(folder, "nowhere"), join(folder, "bin")], timeout: 5000 };
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A plugin that writes each call into the log: its command, and what it was given. */
function plugin(name: string, body: string): void {
  const script = `#!/bin/sh\ninput=$(cat)\nprintf '%s %s %s\\n' "${name}" "$CNI_COMMAND" "$input" >>${folder}/log\n${body}\n`;
  writeFileSync(join(folder, "bin", name), script, { mode: 0o755 });
}

interface Call {
  readonly name: string;
  readonly command: string;
  readonly input: { readonly prevResult?: { readonly by?: string }; readonly runtimeConfig?: object };
}

function calls(): Call[] {
  const lines = readFileSync(join(folder, "log"), "utf8").trim().split("\n");
  return lines.map((line) => {
    const [, name = "", command = "", input = ""] = /^(\S+) (\S+) (.*)$/.exec(line) ?? [];
    return { name, command, input: JSON.parse(input) };
  });
}

const passes = (by: string) => `[ "$CNI_COMMAND" != ADD ] || echo '{"cniVersion":"1.0.0","by":"${by}"}'`;
const network = (version = "1.0.0", more = {}) => ({
  name: "net",
  conflist: JSON.stringify({
    cniVersion: version,
    name: "dbnet",
    plugins: [{ type: "first" }, { type: "second", capabilities: { mac: true } }],
    ...more,
  }),
});
const ATTACHMENT = {
  containerId: "c1",
  namespace: "/run/netns/c1",
  interface: "eth0",
  args: [],
  capabilities: { mac: "02:00:00:00:00:01" },
};

describe("a chain", () => {
  test("hands results on, keeps the last one, and is taken back in reverse order with it", async () => {
    plugin("first", passes("first"));
    plugin("second", passes("second"));
    const { fields } = await addAttachment(network(), ATTACHMENT, places);
    expect(fields.by).toBe("second");
    const [kept] = keptAttachments(places.cache, "c1");
    expect(kept).toMatchObject({ network: "dbnet", attachment: ATTACHMENT, result: { by: "second" } });
    expect(readdirSync(join(places.cache, "results"))).toEqual(["dbnet-c1-eth0"]);
    await checkAttachment(network(), ATTACHMENT, places, fields);
    await deleteAttachment(network(), ATTACHMENT, places, kept?.result);
    expect(keptAttachments(places.cache)).toEqual([]);
    expect(
      calls().map(({ name, command, input }) => [name, command, input.prevResult?.by, input.runtimeConfig !== undefined] as const),
    ).toEqual([
      ["first", "ADD", undefined, false],
      ["second", "ADD", "first", true],
      ["first", "CHECK", "second", false],
      ["second", "CHECK", "second", true],
      ["second", "DEL", "second", true],
      ["first", "DEL", "second", false],
    ]);
  });

  test("that fails is taken back, and says which plugin failed", async () => {
    plugin("first", passes("first"));
    plugin("second", `[ "$CNI_COMMAND" = DEL ] || { echo '{"code":100,"msg":"no"}'; exit 1; }`);
    await expect(addAttachment(network(), ATTACHMENT, places)).rejects.toThrow("CNI plugin second: ADD: no (error 100)");
    expect(calls().map(({ name, command }) => `${name} ${command}`)).toEqual(["first ADD", "second ADD", "second DEL", "first DEL"]);
    expect(keptAttachments(places.cache)).toEqual([]);
  });

  test("that cannot be taken back either is left in the cache for later", async () => {
    plugin("first", `exit 3`);
    plugin("second", "");
    await expect(addAttachment(network(), ATTACHMENT, places)).rejects.toThrow("CNI plugin first: ADD: exit status 3");
    expect(keptAttachments(places.cache)).toMatchObject([{ network: "dbnet", attachment: { containerId: "c1" } }]);
  });

  test("refuses a wish that none of its plugins takes", async () => {
    const wish = { ...ATTACHMENT, capabilities: { aliases: ["db"] } };
    await expect(addAttachment(network(), wish, places)).rejects.toThrow("network net: none of its CNI plugins has the capability aliases");
  });

  test("of an old version is not checked, and DEL has no result", async () => {
    plugin("first", "");
    plugin("second", "");
    await checkAttachment(network("0.3.1"), ATTACHMENT, places, { by: "x" });
    await checkAttachment(network("1.0.0", { disableCheck: true }), ATTACHMENT, places, { by: "x" });
    await deleteAttachment(network("0.3.1"), ATTACHMENT, places, { by: "x" });
    expect(calls().map(({ command, input }) => [command, input.prevResult] as const)).toEqual([
      ["DEL", undefined],
      ["DEL", undefined],
    ]);
  });

  test("of 1.1 is asked for its status and to collect garbage, all of it", async () => {
    plugin("first", `[ "$CNI_COMMAND" = GC ] && exit 4; exit 0`);
    plugin("second", `[ "$CNI_COMMAND" = STATUS ] && { echo '{"code":50,"msg":"no daemon"}'; exit 1; }; exit 0`);
    const errors = await collectGarbage(network("1.1.0"), [{ containerID: "c1", ifname: "eth0" }], places);
    expect(errors.map(({ message }) => message)).toEqual(["CNI plugin first: GC: exit status 4"]);
    await expect(networkStatus(network("1.1.0"), places)).rejects.toThrow(
      "CNI plugin second: STATUS: it is not available: no daemon (error 50)",
    );
    expect(await collectGarbage(network("1.0.0"), [], places)).toEqual([]);
    await networkStatus(network("1.0.0"), places);
    expect(calls().map(({ name, command }) => `${name} ${command}`)).toEqual(["first GC", "second GC", "first STATUS", "second STATUS"]);
  });
});

describe("a plugin", () => {
  const call = (type: string) => callPlugin({ type, command: "ADD", input: "{}", attachment: ATTACHMENT }, places);

  test("that is nowhere is an error with the places", async () => {
    await expect(call("none")).rejects.toThrow(`there is no CNI plugin none in ${folder}/nowhere, ${folder}/bin`);
  });

  test("that does not end is killed with what it has started", async () => {
    plugin("slow", "sleep 100 & echo $! >$0.pid; wait");
    places = { ...places, timeout: 300 };
    await expect(call("slow")).rejects.toThrow("CNI plugin slow: ADD: it was killed, as it had not ended after 0.3 s");
    const child = Number(readFileSync(join(folder, "bin", "slow.pid"), "utf8"));
    const state = () => {
      try {
        return /^State:\s+(\S)/m.exec(readFileSync(`/proc/${child}/status`, "utf8"))?.[1];
      } catch {
        return "gone";
      }
    };
    for (let round = 0; round < 100 && !["gone", "Z"].includes(state() ?? ""); round++) await Bun.sleep(20);
    expect(["gone", "Z"]).toContain(state() ?? "");
  });

  test("that says without end is ended", async () => {
    plugin("loud", "yes");
    await expect(call("loud")).rejects.toThrow("CNI plugin loud: ADD: it says more than 1024 KiB");
  });

  test("is asked for its versions", async () => {
    plugin("asked", `echo '{"cniVersion":"1.1.0","supportedVersions":["0.4.0","1.0.0"]}'`);
    expect(await pluginVersions("asked", places, "1.1.0")).toEqual(["0.4.0", "1.0.0"]);
  });
});

describe("network create -d cni", () => {
  const wishes = () => ({ options: { conflist: join(folder, "net.conflist") }, foreign: [], path: places.path, rootless: false });

  test("keeps the list as it was read", () => {
    plugin("first", "");
    plugin("second", "");
    writeFileSync(join(folder, "net.conflist"), network().conflist);
    const { conflist, ...settings } = cniSettings(wishes());
    expect(settings).toEqual({ kind: "cni", path: places.path });
    expect(JSON.parse(conflist)).toEqual(JSON.parse(network().conflist));
  });

  test("refuses what cannot be", () => {
    writeFileSync(join(folder, "net.conflist"), network().conflist);
    expect(() => cniSettings(wishes())).toThrow("there is no CNI plugin first in ");
    expect(() => cniSettings({ ...wishes(), rootless: true })).toThrow(
      "driver cni: CNI plugins change the host's network, for which they need root",
    );
    expect(() => cniSettings({ ...wishes(), options: {} })).toThrow("driver cni: --opt conflist=PATH is required");
    expect(() => cniSettings({ ...wishes(), options: { ...wishes().options, mtu: "1" } })).toThrow(
      'driver cni: there is no option "mtu", only conflist',
    );
    expect(() => cniSettings({ ...wishes(), foreign: ["--subnet"] })).toThrow("driver cni: --subnet: this is for the plugins to decide");
  });
});
