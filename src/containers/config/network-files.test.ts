import { describe, expect, test } from "bun:test";
import type { NetworkSettings } from "../document/network.ts";
import { hostsText, resolverText } from "./network-files.ts";

const settings = (change: Partial<NetworkSettings>): NetworkSettings => ({
  mode: { kind: "none" },
  exposed: [],
  ports: [],
  publishAll: false,
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
  extraHosts: [],
  ...change,
});

describe("hosts", () => {
  test("has the container itself, and what was added", () => {
    const text = hostsText(settings({ extraHosts: ["a:10.0.0.1", "b:fd00::1"] }), "box", undefined);
    expect(text).toEndWith("127.0.0.1\tbox\n10.0.0.1\ta\nfd00::1\tb\n");
    expect(text).toStartWith("127.0.0.1\tlocalhost\n");
  });

  test("is the host's where its network is shared", () => {
    expect(hostsText(settings({ extraHosts: ["a:10.0.0.1"] }), "box", "10.1.1.1 h")).toBe("10.1.1.1 h\n10.0.0.1\ta\n");
  });
});

describe("resolv.conf", () => {
  const HOSTS = "# made by x\ndomain old\nnameserver 10.0.0.1\noptions ndots:1\n";
  // biome-ignore format: table
  const rows: readonly { name: string; change: Partial<NetworkSettings>; shared?: string; want: string }[] = [
    { name: "is empty without a network",     change: {}, want: "" },
    { name: "is the shared one",              change: {}, shared: HOSTS, want: HOSTS },
    { name: "has what was asked for",         change: { dns: ["1.1.1.1", "9.9.9.9"], dnsSearch: ["a.b", "c"], dnsOptions: ["ndots:2", "rotate"] },
      want: "nameserver 1.1.1.1\nnameserver 9.9.9.9\nsearch a.b c\noptions ndots:2 rotate\n" },
    { name: "keeps what was not asked for",   change: { dns: ["1.1.1.1"] }, shared: HOSTS, want: "# made by x\ndomain old\noptions ndots:1\nnameserver 1.1.1.1\n" },
    { name: "replaces a domain by a search",  change: { dnsSearch: ["x"] }, shared: HOSTS, want: "# made by x\nnameserver 10.0.0.1\noptions ndots:1\nsearch x\n" },
    { name: "has no search by a dot",         change: { dnsSearch: ["."] }, shared: HOSTS, want: "# made by x\nnameserver 10.0.0.1\noptions ndots:1\n" },
  ];
  for (const { name, change, shared, want } of rows) test(name, () => expect(resolverText(settings(change), shared)).toBe(want));
});
