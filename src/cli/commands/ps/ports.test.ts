import { expect, test } from "bun:test";
import { exposedText, parsePorts } from "./ports.ts";

for (const [exposed, want] of [
  [[], ""],
  [["80/tcp"], "80/tcp"],
  [["443/tcp", "80"], "80/tcp, 443/tcp"],
  [["8000/tcp", "8002/tcp", "8001/tcp"], "8000-8002/tcp"],
  [["53/udp", "53/tcp", "54/udp"], "53/tcp, 53-54/udp"],
  [["80/tcp", "443/tcp", "53/udp", "81/tcp"], "80-81/tcp, 53/udp, 443/tcp"],
  [["7000-7002/tcp", "x"], "7000-7002/tcp"],
] as const)
  test(`${exposed.join(" ")} is shown as ${want}`, () => expect(exposedText(exposed)).toBe(want));

for (const text of ["", "x", "70000", "9-8", "80/"]) test(`${text} is no port`, () => expect(parsePorts(text)).toBeUndefined());
