import { expect, test } from "bun:test";
import { isLinkLocal, isLoopback, parseResolvConf } from "./resolv-conf.ts";

test("reads what resolvers read", () => {
  const text =
    "# made by x\n; too\nnameserver\t10.0.0.1  # first\nnameserver fe80::1%eth0\nnameserver\ndomain old\nsearch a.b c\noptions ndots:2\nsortlist 10.0.0.0\noptions rotate edns0\r\n";
  expect(parseResolvConf(text)).toEqual({
    servers: ["10.0.0.1", "fe80::1%eth0"],
    search: ["a.b", "c"],
    options: ["ndots:2", "rotate", "edns0"],
  });
  expect(parseResolvConf("")).toEqual({ servers: [], search: [], options: [] });
});

test("knows what others do not reach", () => {
  expect(["127.0.0.53", "127.1.2.3", "::1", "::FFFF:127.0.0.1"].filter(isLoopback)).toHaveLength(4);
  expect(["10.127.0.1", "128.0.0.1", "::12", "fe80::1"].filter(isLoopback)).toEqual([]);
  expect(["fe80::1", "febf::1", "2001:db8::1%eth0"].filter(isLinkLocal)).toHaveLength(3);
  expect(["fec0::1", "10.0.0.1", "fd00::fe80"].filter(isLinkLocal)).toEqual([]);
});
