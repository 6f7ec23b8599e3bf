import { describe, expect, test } from "bun:test";
import type { IpAddress } from "../address/address.ts";
import { pastaPrivate, pastaUplink } from "./pasta.ts";
import { slirpUplink } from "./slirp.ts";
import { uplinkOrder } from "./uplink.ts";

const namespaces = { user: "/proc/7/ns/user", network: "/run/x/netns" };

test("pasta's command for bridge networks opens nothing", () => {
  const words = pastaUplink({ program: "/usr/bin/pasta", namespaces, pidFile: "/run/x/pid" }).join(" ");
  expect(words).toStartWith(
    "/usr/bin/pasta --quiet --config-net --userns /proc/7/ns/user --netns /run/x/netns --pid /run/x/pid --no-map-gw",
  );
  expect(words).toEndWith("-t none -u none");
});

describe("a private network's pasta", () => {
  const port = (address: string, number: number, target: number, protocol: "tcp" | "udp" = "tcp") => ({
    address: address as IpAddress,
    port: number,
    target,
    protocol,
  });
  const words = (ports: readonly ReturnType<typeof port>[], options: readonly string[] = []) => {
    const command = { program: "pasta", namespaces, pidFile: "/pid", interface: "eth0", ports, options };
    return pastaPrivate(command)
      .slice(pastaPrivate(command).indexOf("--pid") + 2)
      .join(" ");
  };
  const CLOSED = "--no-map-gw -T none -U none -I eth0 --dns-forward 169.254.64.3";

  const cases: readonly [string, readonly ReturnType<typeof port>[], readonly string[], string][] = [
    ["without ports", [], [], `${CLOSED} -t none -u none`],
    ["both families are one", [port("0.0.0.0", 8080, 80), port("::", 8080, 80)], [], `${CLOSED} -t 8080:80 -u none`],
    ["one address", [port("127.0.0.1", 53, 5353, "udp")], [], `${CLOSED} -t none -u 127.0.0.1/53:5353`],
    ["one family", [port("::", 1, 2)], [], `${CLOSED} -t ::/1:2 -u none`],
    ["options replace defaults", [], ["--map-gw", "-T", "22"], "-U none -I eth0 --dns-forward 169.254.64.3 -t none -u none -T 22"],
  ];
  test.each(cases)("%s", (_what, ports, options, want) => expect(words(ports, options)).toBe(want));
});

test("slirp4netns's command lets nothing reach the host's loopback", () => {
  expect(slirpUplink({ program: "slirp4netns", namespaces, ready: 3 }).join(" ")).toBe(
    "slirp4netns --configure --mtu=65520 --cidr=169.254.64.0/24 --enable-ipv6 --disable-host-loopback --ready-fd=3 --netns-type=path --userns-path=/proc/7/ns/user /run/x/netns uplink",
  );
});

test("an old pasta comes after slirp4netns", () => {
  expect(uplinkOrder("pasta unknown version\nCopyright Red Hat\n")[0]).toBe("slirp4netns");
  expect(uplinkOrder("pasta 0.0~git20230309.7c7625d-1\n")[0]).toBe("slirp4netns");
  expect(uplinkOrder("passt 2024_09_06.6b38f07\n")[0]).toBe("pasta");
  expect(uplinkOrder(undefined)[0]).toBe("slirp4netns");
});
