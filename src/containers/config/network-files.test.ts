import { describe, expect, test } from "bun:test";
import type { NetworkSettings } from "../document/network.ts";
import { hostsText, networkResolverText, type ResolverFacts, resolverText } from "./network-files.ts";

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

describe("resolv.conf on networks", () => {
  const STUB = "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch lan\n";
  const REAL = "nameserver 192.168.1.1\nnameserver fe80::1%eth0\nsearch lan\n";
  const facts = (change: Partial<ResolverFacts>): ResolverFacts => ({ gateways: [], host: undefined, resolved: undefined, ...change });
  const GATEWAYS = ["10.89.0.1", "fd00::1"];
  // biome-ignore format: table
  const rows: readonly { name: string; change?: Partial<NetworkSettings>; facts: Partial<ResolverFacts>; want: string; warns?: RegExp }[] = [
    { name: "names our server",                   facts: { gateways: GATEWAYS }, want: "nameserver 10.89.0.1\nnameserver fd00::1\noptions ndots:0\n" },
    { name: "whatever the host has",              facts: { gateways: ["10.89.0.1"], host: STUB }, want: "nameserver 10.89.0.1\nsearch lan\noptions edns0 ndots:0\n" },
    { name: "and keeps --dns for that server",    change: { dns: ["1.1.1.1"] }, facts: { gateways: ["10.89.0.1"] }, want: "nameserver 10.89.0.1\noptions ndots:0\n" },
    { name: "searches where it was asked to",     change: { dnsSearch: ["a.b"] }, facts: { gateways: ["10.89.0.1"], host: STUB }, want: "nameserver 10.89.0.1\nsearch a.b\noptions edns0 ndots:0\n" },
    { name: "searches nowhere by a dot",          change: { dnsSearch: ["."] }, facts: { gateways: ["10.89.0.1"], host: STUB }, want: "nameserver 10.89.0.1\noptions edns0 ndots:0\n" },
    { name: "has the options that were asked for", change: { dnsOptions: ["ndots:2", "rotate"] }, facts: { gateways: ["10.89.0.1"], host: STUB }, want: "nameserver 10.89.0.1\nsearch lan\noptions ndots:2 rotate\n" },
    { name: "drops the host's ndots",             facts: { gateways: ["10.89.0.1"], host: "options ndots:5 timeout:1" }, want: "nameserver 10.89.0.1\noptions timeout:1 ndots:0\n" },
    { name: "has three servers, IPv4 first",      facts: { gateways: ["fd00::1", "10.89.0.1", "fd01::1", "10.90.0.1"] }, want: "nameserver 10.89.0.1\nnameserver 10.90.0.1\nnameserver fd00::1\noptions ndots:0\n" },
    { name: "without names, the host's servers",  facts: { host: "nameserver 127.0.0.1 # local\nnameserver 10.0.0.1\nnameserver ::1\nnameserver 10.0.0.2\n" }, want: "nameserver 10.0.0.1\nnameserver 10.0.0.2\n" },
    { name: "those behind systemd-resolved",      facts: { host: STUB, resolved: REAL }, want: "nameserver 192.168.1.1\nsearch lan\noptions edns0\n" },
    { name: "not where the host names others",    facts: { host: "nameserver 10.0.0.1\n", resolved: REAL }, want: "nameserver 10.0.0.1\n" },
    { name: "those that were asked for",          change: { dns: ["1.1.1.1"] }, facts: { host: "nameserver 127.0.0.1\n" }, want: "nameserver 1.1.1.1\n" },
    { name: "says that there is none",            facts: { host: "nameserver 127.0.0.1\nnameserver ::1\nsearch lan\n" }, want: "search lan\n", warns: /those of the host \(127\.0\.0\.1, ::1\) are reached from the host only; give one with --dns/ },
    { name: "says that the host has none",        facts: {}, want: "", warns: /the host has none/ },
  ];
  for (const { name, change = {}, facts: given, want, warns } of rows) {
    test(name, () => {
      const { text, warning } = networkResolverText(settings(change), facts(given));
      expect(text).toBe(want);
      if (warns === undefined) expect(warning).toBeUndefined();
      else expect(warning).toMatch(warns);
    });
  }
});
