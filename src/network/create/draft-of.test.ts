import { describe, expect, test } from "bun:test";
import { draftOf, type NetworkWishes } from "./draft-of.ts";

type Change = Partial<Omit<NetworkWishes, "reserved">> & { readonly reserved?: Readonly<Record<string, string>> };

function draft({ reserved = {}, ...change }: Change) {
  return draftOf({
    name: "front",
    driver: "bridge",
    subnets: [],
    gateways: [],
    ranges: [],
    internal: false,
    attachable: false,
    names: true,
    options: {},
    labels: {},
    ...change,
    reserved: new Map(Object.entries(reserved)),
  });
}

test("a bridge of which nothing is said has both families, names, masquerade and filtered ports", () => {
  expect(draft({})).toEqual({
    name: "front",
    driver: "bridge",
    subnets: [],
    ipv4: true,
    ipv6: undefined,
    internal: false,
    attachable: false,
    isolated: false,
    names: true,
    masquerade: true,
    publish: "filtered",
    options: {},
    labels: {},
  });
});

describe("gateways, ranges and reserved addresses belong to the subnet that they lie in", () => {
  test("in whatever order", () => {
    const { subnets } = draft({
      subnets: ["10.5.0.0/24", "fd00:5::/64"],
      gateways: ["fd00:5::fe", "10.5.0.254"],
      ranges: ["10.5.0.128/25"],
      reserved: { router: "10.5.0.7", switch: "fd00:5::7", printer: "10.5.0.8" },
    });
    expect(subnets as readonly object[]).toEqual([
      { prefix: "10.5.0.0/24", gateway: "10.5.0.254", range: "10.5.0.128/25", reserved: { router: "10.5.0.7", printer: "10.5.0.8" } },
      { prefix: "fd00:5::/64", gateway: "fd00:5::fe", reserved: { switch: "fd00:5::7" } },
    ]);
  });

  const SUBNETS = ["10.5.0.0/24"];
  for (const { change, says } of [
    { change: { subnets: ["10.5.0.1/24"] }, says: "--subnet: 10.5.0.1/24 has bits of a host set; the network is 10.5.0.0/24" },
    { change: { subnets: ["10.5.0.0"] }, says: '--subnet: "10.5.0.0" is not a network' },
    { change: { subnets: ["10.5.0.0/24", "10.5.0.0/25"] }, says: "--subnet: 10.5.0.0/25 overlaps 10.5.0.0/24" },
    { change: { subnets: ["10.5.0.0/24", "10.6.0.0/24"] }, says: "--subnet: a bridge has one subnet of IPv4, not 2" },
    { change: { gateways: ["10.5.0.1"] }, says: "--gateway: no matching subnet for gateway 10.5.0.1" },
    { change: { subnets: SUBNETS, gateways: ["10.6.0.1"] }, says: "no matching subnet for gateway 10.6.0.1" },
    { change: { subnets: SUBNETS, gateways: ["10.5.0.1", "10.5.0.2"] }, says: "cannot configure multiple gateways (10.5.0.2, 10.5.0.1)" },
    { change: { subnets: SUBNETS, gateways: ["10.5.0.255"] }, says: "10.5.0.255 is the own or the broadcast address of 10.5.0.0/24" },
    { change: { subnets: SUBNETS, gateways: ["x"] }, says: '--gateway: "x" is not an IP address' },
    { change: { ranges: ["10.5.0.0/25"] }, says: "--ip-range: no matching subnet for range 10.5.0.0/25" },
    { change: { subnets: SUBNETS, ranges: ["10.5.0.0/16"] }, says: "no matching subnet for range 10.5.0.0/16" },
    { change: { subnets: SUBNETS, ranges: ["10.5.0.0/25", "10.5.0.128/25"] }, says: "cannot configure multiple ranges" },
    { change: { subnets: SUBNETS, ranges: ["10.5.0.0/32"] }, says: "10.5.0.0/32 has no address for a container" },
    { change: { subnets: SUBNETS, reserved: { a: "10.6.0.1" } }, says: "--aux-address: no matching subnet for aux-address 10.6.0.1" },
    { change: { subnets: ["127.0.0.0/8"] }, says: "--subnet: no network can have 127.0.0.0/8: 127.0.0.0/8 is for the loopback" },
    { change: { subnets: ["0.0.0.0/0"] }, says: "no network can have 0.0.0.0/0: 0.0.0.0/8 is for this host" },
    { change: { subnets: ["169.254.77.0/24"] }, says: "169.254.0.0/16 is for addresses of a link" },
    { change: { subnets: ["239.1.0.0/16"] }, says: "224.0.0.0/4 is for groups (multicast)" },
    { change: { subnets: ["255.255.255.0/24"] }, says: "255.255.255.255/32 is for the broadcast address" },
    { change: { subnets: ["::ffff:10.0.0.0/120"] }, says: "::/8 is for protocols" },
    { change: { subnets: ["fe80::/64"] }, says: "fe80::/10 is for addresses of a link" },
    { change: { subnets: ["ff05::/64"] }, says: "ff00::/8 is for groups (multicast)" },
    { change: { subnets: SUBNETS, ipv4: false }, says: "--subnet: is of IPv4, which --ipv4=false turns off" },
    { change: { subnets: ["fd00::/64"], ipv6: false }, says: "--subnet: is of IPv6, which --ipv6=false turns off" },
    { change: { ipv4: false, ipv6: false }, says: "IPv4 or IPv6 must be enabled" },
    { change: { driver: "vxlan", options: { vni: "7", local: "10.1.0.1", peers: "10.1.0.2" } }, says: "--subnet: is needed" },
    { change: { name: "a b" }, says: "invalid network name (a b)" },
    { change: { name: "bridge" }, says: "operation is not permitted on predefined bridge network" },
    { change: { name: "host" }, says: "operation is not permitted on predefined host network" },
  ] as const satisfies readonly { readonly change: Change; readonly says: string }[])
    test(says, () => expect(() => draft(change)).toThrow(says));

  test("all that is wrong is told at once", () => {
    expect(() => draft({ gateways: ["x"], ranges: ["y"], options: { z: "1" } })).toThrow(
      /--ip-range: .*; --gateway: .*; --opt z: is no option of the driver bridge/,
    );
  });
});

describe("families", () => {
  for (const { change, ipv4, ipv6 } of [
    { change: { subnets: ["fd00::/64"] }, ipv4: true, ipv6: undefined },
    { change: { subnets: ["fd00::/64"], ipv4: false }, ipv4: false, ipv6: undefined },
    { change: { ipv6: true }, ipv4: true, ipv6: true },
    { change: { driver: "macvlan", options: { parent: "eth0" } }, ipv4: true, ipv6: false },
    { change: { driver: "macvlan", options: { parent: "eth0" }, subnets: ["fd00::/64"] }, ipv4: false, ipv6: true },
    { change: { driver: "ipvlan", options: { parent: "eth0" }, subnets: ["10.0.0.0/24"], ipv6: true }, ipv4: true, ipv6: true },
    { change: { driver: "cni", settings: { kind: "cni", conflist: "{}", path: [] } }, ipv4: false, ipv6: false },
  ] as const satisfies readonly { readonly change: Change; readonly ipv4: boolean; readonly ipv6: boolean | undefined }[])
    test(JSON.stringify(change), () => expect(draft(change)).toMatchObject({ ipv4, ipv6 }));

  test("an internal macvlan has no gateway but one that is named", () => {
    const change = { driver: "macvlan", options: { parent: "eth0" }, internal: true, subnets: ["10.0.0.0/24"] } as const;
    expect(draft(change).subnets[0]?.gateway).toBeNull();
    expect(draft({ ...change, gateways: ["10.0.0.9"] }).subnets[0]?.gateway as string | null).toBe("10.0.0.9");
    expect(draft({ ...change, internal: false }).subnets[0]).not.toHaveProperty("gateway");
  });
});

describe("options", () => {
  const VXLAN = { vni: "7", local: "10.1.0.1", peers: "10.1.0.2,10.1.0.3" };
  for (const { driver = "bridge", options, want } of [
    { options: { "com.docker.network.bridge.name": "br7" }, want: { interface: "br7" } },
    { options: { "com.docker.network.bridge.enable_ip_masquerade": "false" }, want: { masquerade: false } },
    { options: { "com.docker.network.bridge.enable_icc": "0" }, want: { isolated: true } },
    { options: { "com.docker.network.driver.mtu": "1400" }, want: { mtu: 1400 } },
    { options: { mtu: "9000" }, want: { mtu: 9000 } },
    { options: { "com.docker.network.container_iface_prefix": "net" }, want: { interfacePrefix: "net" } },
    { options: { "teu.publish": "direct" }, want: { publish: "direct" } },
    { options: { isolate: "true" }, want: {} },
    { driver: "macvlan", options: { parent: "eth0" }, want: { interface: "eth0", settings: { kind: "macvlan", mode: "bridge" } } },
    { driver: "macvlan", options: { parent: "eth0.7", macvlan_mode: "vepa" }, want: { settings: { kind: "macvlan", mode: "vepa" } } },
    { driver: "ipvlan", options: { parent: "eth0", mode: "l3" }, want: { settings: { kind: "ipvlan", mode: "l3" } } },
    { driver: "ipvlan", options: { parent: "eth0" }, want: { settings: { kind: "ipvlan", mode: "l2" } } },
    {
      driver: "vxlan",
      options: VXLAN,
      want: { settings: { kind: "vxlan", vni: 7, port: 4789, local: "10.1.0.1", peers: ["10.1.0.2", "10.1.0.3"] } },
    },
    {
      driver: "vxlan",
      options: { ...VXLAN, peers: "/etc/peers", port: "8472" },
      want: { settings: { kind: "vxlan", vni: 7, port: 8472, local: "10.1.0.1", peers: "/etc/peers" } },
    },
  ] as const)
    test(`${driver} ${JSON.stringify(options)}`, () => {
      const subnets = driver === "vxlan" ? ["10.9.0.0/24"] : [];
      expect(draft({ driver, subnets, options }) as object).toMatchObject({ ...want, options });
    });

  for (const { driver = "bridge", options, says } of [
    { options: { nosuch: "1" }, says: "--opt nosuch: is no option of the driver bridge; there are com.docker.network.bridge.name" },
    { options: { parent: "eth0" }, says: "--opt parent: is no option of the driver bridge" },
    { options: { toString: "1" }, says: "--opt toString: is no option" },
    { options: { mtu: "67" }, says: '--opt mtu: "67" is not from 68 to 65535' },
    { options: { mtu: "1e3" }, says: '"1e3" is not from' },
    { options: { "com.docker.network.bridge.enable_icc": "maybe" }, says: '"maybe" is neither true nor false' },
    { options: { "com.docker.network.bridge.name": "a/b" }, says: "is not a name that a network interface can have" },
    { options: { "com.docker.network.bridge.name": "br%d" }, says: "is not a name that a network interface can have" },
    { options: { "com.docker.network.bridge.name": "all" }, says: "is not a name that a network interface can have" },
    { options: { "com.docker.network.container_iface_prefix": "a%" }, says: "does not begin a name of an interface" },
    { options: { "com.docker.network.bridge.name": "a".repeat(16) }, says: "must be 1 to 15 bytes long" },
    { options: { "com.docker.network.container_iface_prefix": "7" }, says: "does not begin a name of an interface" },
    { options: { "com.docker.network.bridge.host_binding_ipv4": "127.0.0.1" }, says: "-p 127.0.0.1:8080:80" },
    { options: { "com.docker.network.bridge.gateway_mode_ipv4": "routed" }, says: "have addresses of their own behind the host's" },
    { options: { "teu.publish": "all" }, says: '"all" is none of filtered, direct' },
    { options: { isolate: "false" }, says: "networks are always isolated" },
    { options: { vlan: "7" }, says: "do not filter VLANs" },
    { driver: "macvlan", options: {}, says: "--opt parent: is needed" },
    { driver: "macvlan", options: { parent: "eth0", mode: "l2" }, says: '"l2" is none of bridge, vepa, private, passthru' },
    { driver: "vxlan", options: {}, says: "--opt vni: is needed" },
    { driver: "vxlan", options: { ...VXLAN, vni: "0" }, says: '"0" is not from 1 to 16777215' },
    { driver: "vxlan", options: { ...VXLAN, peers: "hosts" }, says: '--opt peers: "hosts" is not an IP address' },
  ] as const)
    test(`${driver} refuses ${JSON.stringify(options)}`, () =>
      expect(() => draft({ driver, subnets: ["10.9.0.0/24"], options })).toThrow(says));

  test("podman's name of the interface is that of the bridge, or of the parent", () => {
    expect(draft({ interface: "br7" }).interface).toBe("br7");
    expect(draft({ driver: "macvlan", interface: "eth0" }).interface).toBe("eth0");
    expect(draft({ interface: "br7" }).options).toEqual({});
  });
});
