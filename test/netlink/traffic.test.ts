// What our messages about traffic control make of a real kernel's interfaces, as tc(8) tells it and as packets go.
import { expect } from "bun:test";
import type { Message } from "../../src/kernel/netlink/message.ts";
import { addVeth } from "../../src/kernel/netlink/rtnetlink/links.ts";
import { ingressQdisc, removeQdisc, tbf, u32Redirect } from "../../src/kernel/netlink/rtnetlink/traffic.ts";
import { requires } from "../support/requires.ts";
import { afterwards } from "./namespace.ts";

const { test } = requires("root", "ip");

const PAIR = addVeth({ name: "k0", index: 20, up: true, peer: { name: "k1", index: 21 } });
const ADDRESS = Uint8Array.fromHex("fd740000000000000000000000000001");

async function after(messages: readonly Message[], command: string): Promise<unknown> {
  return JSON.parse(await afterwards({ route: [...PAIR, ...messages] }, command));
}

test("a token bucket, changed, removed", async () => {
  const show = "tc -j qdisc show dev k0 root";
  const slow = tbf(20, { rate: 1_000_000, burst: 32_768, limit: 82_768 });
  const limit = (rate: number, burst: number) => [{ kind: "tbf", root: true, options: expect.objectContaining({ rate, burst }) }];
  expect(await after([slow], show)).toMatchObject(limit(1_000_000, 32_768));
  expect(await after([slow, tbf(20, { rate: 2_000_000, burst: 65_536, limit: 100_000 })], show)).toMatchObject(limit(2_000_000, 65_536));
  const fast = await after([tbf(20, { rate: 5_000_000_000, burst: 10_000_000, limit: 20_000_000 })], show);
  expect(fast).toMatchObject([{ options: { rate: 5_000_000_000 } }]);
  expect(await after([slow, removeQdisc(20, "root")], show)).not.toContainEqual(expect.objectContaining({ kind: "tbf" }));
});

test("filters that send packets elsewhere", async () => {
  const show = "tc -j filter show dev k0 ingress";
  const redirect = { order: 1, kind: "mirred", mirred_action: "redirect", direction: "egress", to_dev: "k1" };
  const messages = [
    ingressQdisc(20),
    u32Redirect(20, { destination: { address: ADDRESS, prefixLength: 128 }, to: 21 }),
    u32Redirect(20, { destination: { address: Uint8Array.of(10, 88, 0, 0), prefixLength: 20 }, to: 21, priority: 7 }),
    u32Redirect(20, { to: 21, priority: 9 }),
  ];
  const filters = (await after(messages, show)) as { protocol: string; pref: number; options: { actions?: unknown } }[];
  const own = filters.filter(({ options }) => options?.actions !== undefined);
  expect(own).toMatchObject([
    { protocol: "ip", pref: 7, options: { match: { value: "a580000", mask: "fffff000", off: 16 }, actions: [redirect] } },
    { protocol: "all", pref: 9, options: { actions: [redirect] } },
    { protocol: "ipv6", options: { actions: [redirect] } },
  ]);
  const text = await afterwards({ route: [...PAIR, ...messages] }, "tc filter show dev k0 ingress protocol ipv6");
  for (const match of ["fd740000/ffffffff at 24", "00000000/ffffffff at 28", "00000000/ffffffff at 32", "00000001/ffffffff at 36"])
    expect(text).toContain(`match ${match}`);
  expect(await after([...messages, removeQdisc(20, "ingress")], "tc -j qdisc show dev k0 ingress")).toEqual([]);
});
