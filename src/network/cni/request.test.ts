import { describe, expect, test } from "bun:test";
import { parseConflist } from "./conflist.ts";
import { pluginError } from "./plugin.ts";
import { environmentOf, requestText, unmetWishes } from "./request.ts";
import { addressesInside, macInside, parseResult } from "./result.ts";

const LIST = parseConflist(
  JSON.stringify({
    cniVersion: "1.0.0",
    name: "dbnet",
    plugins: [
      { type: "bridge", keyA: ["more", 18], ipam: { type: "host-local" } },
      { type: "portmap", capabilities: { portMappings: true, mac: false }, args: { cni: { labels: [] } } },
    ],
  }),
  "dbnet",
);
const [BRIDGE, PORTMAP] = LIST.plugins;
if (BRIDGE === undefined || PORTMAP === undefined) throw new Error("two plugins");
const PORTS = { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: "tcp" as const }], mac: "02:00:00:00:00:01" };

describe("a plugin is given", () => {
  test("its fields, the version and the name; at first nothing else", () => {
    expect(JSON.parse(requestText(LIST, BRIDGE, { capabilities: PORTS }))).toEqual({
      cniVersion: "1.0.0",
      name: "dbnet",
      type: "bridge",
      keyA: ["more", 18],
      ipam: { type: "host-local" },
    });
  });

  test("of the wishes those that it declares, the result before, and no capabilities", () => {
    expect(JSON.parse(requestText(LIST, PORTMAP, { capabilities: PORTS, previous: { ips: [] } }))).toEqual({
      cniVersion: "1.0.0",
      name: "dbnet",
      type: "portmap",
      args: { cni: { labels: [] } },
      runtimeConfig: { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: "tcp" }] },
      prevResult: { ips: [] },
    });
  });

  test("at GC who is still there", () => {
    expect(JSON.parse(requestText(LIST, PORTMAP, { valid: [{ containerID: "a", ifname: "eth0" }] }))).toMatchObject({
      "cni.dev/valid-attachments": [{ containerID: "a", ifname: "eth0" }],
    });
  });

  test("an environment of its own", () => {
    const attachment = {
      containerId: "abc",
      namespace: "/run/netns/x",
      interface: "eth0",
      args: [["K8S", "a=b"]] as const,
      capabilities: {},
    };
    expect(environmentOf("ADD", ["/a", "/b"], attachment)).toMatchObject({
      CNI_COMMAND: "ADD",
      CNI_CONTAINERID: "abc",
      CNI_NETNS: "/run/netns/x",
      CNI_IFNAME: "eth0",
      CNI_ARGS: "K8S=a=b",
      CNI_PATH: "/a:/b",
    });
    expect(Object.keys(environmentOf("STATUS", ["/a"]))).toEqual(["PATH", "CNI_COMMAND", "CNI_PATH"]);
  });

  for (const [field, value] of [
    ["containerId", "-x"],
    ["interface", "a/b"],
    ["interface", "sixteen-letters-"],
    ["args", [["a;b", "c"]]],
  ] as const)
    test(`no ${field} ${JSON.stringify(value)}`, () => {
      const attachment = { containerId: "abc", interface: "eth0", args: [], capabilities: {}, [field]: value };
      expect(() => environmentOf("ADD", [], attachment)).toThrow("CNI ADD: ");
    });

  test("and what none of them takes is told", () => {
    expect(unmetWishes(LIST, PORTS)).toEqual(["mac"]);
    expect(unmetWishes(LIST, { ips: [], portMappings: PORTS.portMappings })).toEqual([]);
  });
});

describe("a result", () => {
  const interfaces = [
    { name: "cni0", mac: "aa:aa:aa:aa:aa:aa", sandbox: "" },
    { name: "eth0", mac: "02:00:00:00:00:02", sandbox: "/run/netns/x" },
  ];

  for (const [version, ips] of [
    [
      "1.0.0",
      [
        { address: "10.1.0.5/16", gateway: "10.1.0.1", interface: 1 },
        { address: "fd00::5/64", interface: 1 },
        { address: "10.9.9.9/8", interface: 0 },
      ],
    ],
    [
      "0.4.0",
      [
        { version: "4", address: "10.1.0.5/16", gateway: "10.1.0.1", interface: 1 },
        { version: "6", address: "fd00::5/64", interface: 1 },
      ],
    ],
  ] as const)
    test(`of version ${version} has the addresses inside`, () => {
      const found = parseResult(JSON.stringify({ cniVersion: version, interfaces, ips, dns: {}, own: 1 }), "result");
      expect(addressesInside(found, "eth0").map(({ address, prefixLength, gateway }) => [address, prefixLength, gateway] as const)).toEqual(
        [
          ["10.1.0.5" as never, 16, "10.1.0.1" as never],
          ["fd00::5" as never, 64, undefined],
        ],
      );
      expect(macInside(found, "eth0")).toBe("02:00:00:00:00:02");
      expect(found.fields.own).toBe(1);
    });

  for (const [text, want] of [
    ["", "result is not valid: document: is not JSON"],
    ['{"ips":[{"address":"10.1.0.5/33"}]}', 'result: ips[0].address: "10.1.0.5/33" is not an address with the length of its prefix'],
    ['{"ips":[{"address":"x/8"}]}', 'result: ips[0].address: "x" is not an IP address'],
    ['{"ips":[{}]}', "result is not valid: ips[0].address: is required"],
  ] as const)
    test(`${text} is refused`, () => expect(() => parseResult(text, "result")).toThrow(want));
});

describe("a failure is said as a sentence:", () => {
  const rows = [
    [
      '{"code":7,"msg":"Invalid Configuration","details":"10.0.0.0/31 too small\\n"}',
      "",
      "P: its configuration is not valid: Invalid Configuration: 10.0.0.0/31 too small (error 7)",
      "invalid",
    ],
    ['{"code":11,"msg":""}', "", "P: it says to try again later (error 11)", "unavailable"],
    ['{"code":999,"msg":"no route"}', "log", "P: no route (error 999)", "unavailable"],
    ["", "panic:\n\tat x\n", "P: exit status 2: panic: at x", "unavailable"],
    ["nonsense", "", "P: exit status 2: nonsense", "unavailable"],
    ["", "", "P: exit status 2", "unavailable"],
  ] as const;
  for (const [stdout, stderr, message, code] of rows)
    test(message, () => expect(pluginError("P", 2, Buffer.from(stdout), stderr)).toMatchObject({ message, code }));
});
