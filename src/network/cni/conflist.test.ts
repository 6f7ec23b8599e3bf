import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidInputError } from "../../base/errors.ts";
import { parseConflist } from "./conflist.ts";
import { readConflist } from "./read-conflist.ts";

/** `field: message` of each problem; none for a list that is taken. */
function problems(list: unknown): string[] {
  try {
    parseConflist(typeof list === "string" ? list : JSON.stringify(list), "net.conflist");
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems.map(({ field, message }) => `${field}: ${message}`);
    throw error;
  }
  return [];
}

const BRIDGE = { type: "bridge", bridge: "cni0" };

describe("a configuration list", () => {
  const refused: readonly { readonly why: string; readonly list: unknown; readonly want: readonly string[] }[] = [
    { why: "no object", list: [], want: ["document: must be an object, not an array"] },
    { why: "no JSON", list: "{", want: ["document: is not JSON: Expected '}'"] },
    { why: "no name", list: { cniVersion: "1.0.0", plugins: [BRIDGE] }, want: ["name: is required"] },
    {
      why: "a name that is a path",
      list: { cniVersion: "1.0.0", name: "../x", plugins: [BRIDGE] },
      want: ['name: "../x" is not a letter or digit followed by letters, digits, "_", "." and "-"'],
    },
    { why: "no version", list: { name: "n", plugins: [BRIDGE] }, want: ["cniVersion: is required"] },
    {
      why: "a version that is not spoken",
      list: { cniVersion: "0.2.0", name: "n", plugins: [BRIDGE] },
      want: ["cniVersion: 0.2.0: none of these is spoken here, only 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0"],
    },
    { why: "no plugins", list: { cniVersion: "1.0.0", name: "n", plugins: [] }, want: ["plugins: must have at least one"] },
    {
      why: "a plugin that is a path, and one without a type",
      list: { cniVersion: "1.0.0", name: "n", plugins: [{ type: "../sh" }, {}] },
      want: ['plugins[0].type: "../sh" is not the name of a program', "plugins[1].type: is required"],
    },
    {
      why: "what the runtime fills in",
      list: { cniVersion: "1.0.0", name: "n", plugins: [{ type: "a", runtimeConfig: {}, prevResult: {}, "cni.dev/x": 1 }] },
      want: [
        "plugins[0].runtimeConfig: is filled in by the runtime",
        "plugins[0].prevResult: is filled in by the runtime",
        'plugins[0]["cni.dev/x"]: is filled in by the runtime',
      ],
    },
    {
      why: "a plugin nested without end",
      list: `{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"a","x":${"[".repeat(100_000)}${"]".repeat(100_000)}}]}`,
      want: ["plugins[0]: is nested too deeply"],
    },
  ];
  for (const { why, list, want } of refused) test(`is refused: ${why}`, () => expect(problems(list)).toEqual([...want]));

  const versions: readonly { readonly given: object; readonly want: string }[] = [
    { given: { cniVersion: "0.3.1" }, want: "0.3.1" },
    { given: { cniVersion: "1.1.0", cniVersions: ["0.4.0", "1.0.0"] }, want: "1.1.0" },
    { given: { cniVersion: "0.3.1", cniVersions: ["0.4.0", "2.0.0"] }, want: "0.4.0" },
    { given: { cniVersions: ["1.0.0", "0.3.0"] }, want: "1.0.0" },
  ];
  for (const { given, want } of versions)
    test(`${JSON.stringify(given)} is spoken as ${want}`, () => {
      expect(parseConflist(JSON.stringify({ name: "n", plugins: [BRIDGE], ...given }), "x").version as string).toBe(want);
    });

  test("keeps a plugin's own fields with all their digits", () => {
    const text = '{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"a","big":18446744073709551615,"__proto__":{"x":1}}]}';
    const [plugin] = parseConflist(text, "x").plugins;
    expect(plugin?.fields.big).toBe(18446744073709551615n);
    expect(Object.keys(plugin?.fields ?? {})).toEqual(["type", "big", "__proto__"]);
  });

  test("a single plugin's configuration is a list of it", () => {
    const { name, plugins } = parseConflist('{"cniVersion":"0.3.1","name":"n","type":"ptp","capabilities":{"mac":true,"ips":false}}', "x");
    expect(name).toBe("n");
    expect(plugins.map(({ type, capabilities }) => ({ type, capabilities }))).toEqual([{ type: "ptp", capabilities: ["mac"] }]);
  });
});

describe("the file of a list", () => {
  const withFolder = (use: (folder: string) => void) => {
    const folder = mkdtempSync(join(tmpdir(), "teu-cni-"));
    try {
      use(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const list = { cniVersion: "1.1.0", name: "net", plugins: [BRIDGE] };

  test("is joined by the plugins of the folder beside it, in order, unless it says not to", () =>
    withFolder((folder) => {
      const path = join(folder, "10-net.conflist");
      mkdirSync(join(folder, "net"));
      writeFileSync(join(folder, "net", "20-b.conf"), '{"type":"tuning"}');
      writeFileSync(join(folder, "net", "10-a.conf"), '{"type":"portmap"}');
      writeFileSync(join(folder, "net", "README"), "no plugin");
      writeFileSync(path, JSON.stringify(list));
      expect(readConflist(path).list.plugins.map(({ type }) => type)).toEqual(["bridge", "portmap", "tuning"]);
      writeFileSync(path, JSON.stringify({ ...list, loadOnlyInlinedPlugins: true }));
      expect(readConflist(path).list.plugins.map(({ type }) => type)).toEqual(["bridge"]);
    }));

  test("is a regular file with an absolute path", () =>
    withFolder((folder) => {
      expect(() => readConflist("x.conflist")).toThrow("conflist: x.conflist is not an absolute path");
      expect(() => readConflist(join(folder, "none"))).toThrow(`conflist: there is no file ${folder}/none (ENOENT)`);
      expect(() => readConflist(folder)).toThrow(`conflist: ${folder} is not a regular file`);
    }));
});
