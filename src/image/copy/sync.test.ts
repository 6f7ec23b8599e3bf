import { describe, expect, test } from "bun:test";
import { TeuError } from "../../base/errors.ts";
import { destinationName, itemsOf, syncItems } from "./sync.ts";
import { parseSyncList } from "./sync-list.ts";

const LIST = `
registry.example.com:
  images:
    busybox: []
    redis:
      - "1.0"
      - sha256:${"0".repeat(64)}
    app:
  images-by-tag-regex:
    acme/nginx: ^1\\.13\\.[12]-alpine$
  credentials:
    username: john
    password: this is a secret
  tls-verify: true
  cert-dir: /home/john/certs
localhost:5000:
  tls-verify: false
  images:
    one: [latest]
`;

const TAGS: Readonly<Record<string, readonly string[]>> = {
  busybox: ["1", "2"],
  app: ["x"],
  "acme/nginx": ["1.13.1-alpine", "1.13.3-alpine", "latest"],
};
const listTags = async (_: unknown, repository: string) => TAGS[repository] ?? [];

const BAD: readonly [string, RegExp][] = [
  ["[]", /must be an object/],
  ["a: {b: [", /is no YAML/],
  ["a.io: {images: {UPPER: []}}", /images\.UPPER: is no name of a repository/],
  ["a.io: {images: {x: ['a b']}}", /images\.x\[0\]: must be a tag or a digest/],
  ["a.io: {images: {x: ['../y']}}", /must be a tag or a digest/],
  ["a.io: {images-by-tag-regex: {x: '('}}", /a\.io\.images-by-tag-regex\.x: "\(" is no regular expression/],
  ["a.io: {tls-verify: maybe}", /tls-verify"\]: must be true or false/],
  ["a.io: {credentials: {username: u}}", /credentials\.password: is required/],
];

describe("sync lists", () => {
  test("a list gives its registries, and their images by tag, digest, pattern or all of them", async () => {
    const [first, second] = await parseSyncList(LIST);
    expect(first).toMatchObject({
      registry: "registry.example.com",
      credentials: { username: "john", password: "this is a secret" },
      tlsVerify: true,
      certDir: "/home/john/certs",
    });
    expect(second).toEqual({ registry: "localhost:5000", tlsVerify: false, images: [{ repository: "one", wanted: ["latest"] }] });
    const items = await itemsOf(await parseSyncList(LIST), listTags, false);
    expect(items.map(({ from }) => from)).toEqual([
      "registry.example.com/busybox:1",
      "registry.example.com/busybox:2",
      "registry.example.com/redis:1.0",
      `registry.example.com/redis@sha256:${"0".repeat(64)}`,
      "registry.example.com/app:x",
      "registry.example.com/acme/nginx:1.13.1-alpine",
      "localhost:5000/one:latest",
    ]);
    expect(items.at(-2)?.to).toBe("nginx:1.13.1-alpine");
  });

  test.each(BAD)("%s is refused", async (text, why) => {
    await expect(parseSyncList(text)).rejects.toThrow(why);
  });

  test("two images that would get one name are kept apart by their whole names only", async () => {
    const list = await parseSyncList("a.io: {images: {x/app: ['1']}}\nb.io: {images: {y/app: ['1']}}");
    await expect(itemsOf(list, listTags, false)).rejects.toThrow(/b\.io\/y\/app:1: a\.io\/x\/app:1 goes to app:1 too; use --scoped/);
    expect((await itemsOf(list, listTags, true)).map(({ to }) => to)).toEqual(["a.io/x/app:1", "b.io/y/app:1"]);
  });

  test("names at the destination", () => {
    expect(destinationName("localhost:5000/a/b:1", false)).toBe("b:1");
    expect(destinationName("localhost:5000/a/b:1", true)).toBe("localhost:5000/a/b:1");
  });
});

describe("what a failure does", () => {
  const items = ["a", "b", "c"].map((name) => ({ from: name, to: name }));
  const opened: string[] = [];
  const ports = {
    openSource: async (from: string) => {
      opened.push(from);
      throw new TeuError("not-found", `no ${from}`);
    },
    openDestination: async () => {
      throw new Error("comes after the source");
    },
  };
  const platform = { os: "linux", architecture: "amd64" };

  test("the first one stops, unless the rest is to go on", async () => {
    await expect(syncItems(items, ports, { platform })).rejects.toThrow("no a");
    expect(opened.splice(0)).toEqual(["a"]);
    const { copied, failed } = await syncItems(items, ports, { platform, keepGoing: true });
    expect(opened.splice(0)).toEqual(["a", "b", "c"]);
    expect(copied).toEqual([]);
    expect(failed.map(({ item }) => item.from)).toEqual(["a", "b", "c"]);
  });

  test("a dry run opens nothing and tells everything", async () => {
    const told: string[] = [];
    const { copied } = await syncItems(items, ports, { platform, dryRun: true, onItem: ({ from }) => told.push(from) });
    expect(copied).toEqual(items);
    expect(told).toEqual(["a", "b", "c"]);
    expect(opened).toEqual([]);
  });
});
