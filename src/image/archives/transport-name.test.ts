import { describe, expect, test } from "bun:test";
import { formatTransportName, parseTransportName, type TransportName } from "./transport-name.ts";

const GOOD: readonly [string, TransportName][] = [
  ["docker://localhost:5000/debian:12", { transport: "docker", reference: "localhost:5000/debian:12" }],
  ["docker-daemon:debian:12", { transport: "docker-daemon", reference: "debian:12" }],
  ["oci:/tmp/layout", { transport: "oci", path: "/tmp/layout" }],
  ["oci:/tmp/layout:12", { transport: "oci", path: "/tmp/layout", reference: "12" }],
  ["oci:dir:docker.io/library/debian:12", { transport: "oci", path: "dir", reference: "docker.io/library/debian:12" }],
  ["oci:dir:@3", { transport: "oci", path: "dir", index: 3 }],
  ["oci-archive:a.tar:latest", { transport: "oci-archive", path: "a.tar", reference: "latest" }],
  ["docker-archive:a.tar", { transport: "docker-archive", path: "a.tar" }],
  ["docker-archive:a.tar:debian:12", { transport: "docker-archive", path: "a.tar", reference: "debian:12" }],
  ["docker-archive:a.tar:@0", { transport: "docker-archive", path: "a.tar", index: 0 }],
  ["dir:/some/where", { transport: "dir", path: "/some/where" }],
  ["bootstrap:debian/bookworm?variant=apt", { transport: "bootstrap", recipe: "debian/bookworm?variant=apt" }],
  ["debian", { transport: "store", reference: "debian" }],
  ["localhost:5000/debian", { transport: "store", reference: "localhost:5000/debian" }],
];

const BAD: readonly [string, RegExp][] = [
  ["", /expected a name/],
  ["docker:debian", /does not start with \/\//],
  ["docker://", /the reference is empty/],
  ["oci:", /the path is empty/],
  ["oci::tag", /the path is empty/],
  ["oci:dir:@-1", /source index/],
  ["oci:dir:@1x", /source index/],
  ["oci:dir:a//b", /is not the name of an image/],
  ["oci:dir:../../etc", /is not the name of an image/],
  ["oci:di\0r", /NUL/],
  ["containers-storage:debian", /unknown transport "containers-storage"/],
  ["foo:/path", /unknown transport "foo"; known are docker,/],
  ["http://example.org/x", /unknown transport "http"/],
];

describe("transport names", () => {
  test.each(GOOD)("%s is read, and written back the same", (text, name) => {
    expect(parseTransportName(text)).toEqual(name);
    expect(formatTransportName(name)).toBe(text);
  });

  test.each(BAD)("%j is refused", (text, why) => {
    expect(() => parseTransportName(text)).toThrow(why);
  });

  test("names of Object.prototype are no transports", () => {
    expect(parseTransportName("constructor:1")).toEqual({ transport: "store", reference: "constructor:1" });
  });
});
