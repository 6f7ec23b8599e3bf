// The bytes of our messages, for each case of test/netlink that is compared with what ip(8) and nft(8) send: a change that is not meant shows
// here without root. UPDATE_GOLDENS=1 rewrites the file; the diff is what is reviewed.
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { NFT_CASES } from "../../../test/netlink/nft-cases.ts";
import { ROUTE_CASES } from "../../../test/netlink/route-cases.ts";
import { encodeMessages, type Message } from "./message.ts";
import { batch } from "./nftables/messages.ts";

const FILE = new URL("testdata/messages.txt", import.meta.url).pathname;

const CASES = [
  ...ROUTE_CASES.map(({ command, ours }) => ({ name: command, messages: ours })),
  ...NFT_CASES.map(({ name, ours }) => ({ name: `nft ${name}`, messages: batch(ours) })),
];

/** A line a message, in words of four bytes. */
function lines(messages: readonly Message[]): string[] {
  return messages.map((message) => {
    const bytes = encodeMessages([message]).map((chunk) => (chunk instanceof Uint8Array ? chunk.toHex() : "register"));
    return `  ${bytes.join("").replace(/(.{8})(?=.)/g, "$1 ")}`;
  });
}

test("messages are what they were", () => {
  const text = CASES.flatMap(({ name, messages }) => [name, ...lines(messages), ""]).join("\n");
  if (process.env.UPDATE_GOLDENS === "1") writeFileSync(FILE, text);
  expect(text).toBe(readFileSync(FILE, "utf8"));
});
