import { expect, test } from "bun:test";
import { parseAddress } from "../../../network/address/address.ts";
import type { PublishedPort } from "../../../network/model/port.ts";
import { parsePorts, portsText } from "./ports.ts";

for (const [exposed, want] of [
  [[], ""],
  [["80/tcp"], "80/tcp"],
  [["443/tcp", "80"], "80/tcp, 443/tcp"],
  [["8000/tcp", "8002/tcp", "8001/tcp"], "8000-8002/tcp"],
  [["53/udp", "53/tcp", "54/udp"], "53/tcp, 53-54/udp"],
  [["80/tcp", "443/tcp", "53/udp", "81/tcp"], "80-81/tcp, 53/udp, 443/tcp"],
  [["7000-7002/tcp", "x"], "7000-7002/tcp"],
] as const)
  test(`${exposed.join(" ")} is shown as ${want}`, () => expect(portsText(exposed, [])).toBe(want));

const port = (address: string, outside: number, target: number, protocol: "tcp" | "udp" = "tcp"): PublishedPort => ({
  container: "c",
  address: parseAddress(address, "a port"),
  port: outside,
  target,
  protocol,
});

for (const [exposed, published, want] of [
  [["80/tcp"], [port("0.0.0.0", 8080, 80), port("::", 8080, 80)], "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"],
  [["80/tcp", "443/tcp"], [port("127.0.0.1", 80, 80)], "127.0.0.1:80->80/tcp, 443/tcp"],
  [[], [80, 81, 82].map((number) => port("0.0.0.0", number, number)), "0.0.0.0:80-82->80-82/tcp"],
  [["53/udp"], [port("0.0.0.0", 53, 53), port("0.0.0.0", 53, 53, "udp")], "0.0.0.0:53->53/tcp, 0.0.0.0:53->53/udp"],
] as const)
  test(`${exposed.join(" ")} is shown as ${want}`, () => expect(portsText(exposed, published)).toBe(want));

for (const text of ["", "x", "70000", "9-8", "80/"]) test(`${text} is no port`, () => expect(parsePorts(text)).toBeUndefined());
