import { describe, expect, test } from "bun:test";
import { parseAccounts, plainUser, resolveUser } from "./accounts.ts";

const PASSWD = `root:x:0:0:root:/root:/bin/sh
# a comment
app:x:1000:1001:App:/home/app:/bin/sh
7:x:70:70::/seven:
bad:x:nan:0::/:
high:x:4294967295:0::/:

nohome:x:5:5
`;
const GROUP = "root:x:0:\napp:x:1001:\nextra:x:2000:other,app\nwheel:x:10:app,root\n8:x:80:\nbad:x:-1:app\n";
const accounts = parseAccounts(PASSWD, GROUP);
const resolve = (user: string, groupAdd: readonly string[] = []) => resolveUser({ user, groupAdd }, accounts);

test("lines of passwd and group that are none are passed over", () => {
  expect(accounts.users.map(({ name }) => name)).toEqual(["root", "app", "7", "nohome"]);
  expect(accounts.groups.map(({ name }) => name)).toEqual(["root", "app", "extra", "wheel", "8"]);
});

describe("a user written as", () => {
  // biome-ignore format: table
  const rows = [
    { user: "",            want: { uid: 0, gid: 0, additionalGids: [10], home: "/root" } },
    { user: "root",        want: { uid: 0, gid: 0, additionalGids: [10], home: "/root" } },
    { user: "app",         want: { uid: 1000, gid: 1001, additionalGids: [2000, 10], home: "/home/app" } },
    { user: "1000",        want: { uid: 1000, gid: 1001, additionalGids: [2000, 10], home: "/home/app" } },
    { user: "app:extra",   want: { uid: 1000, gid: 2000, additionalGids: [], home: "/home/app" } },
    { user: "app:44",      want: { uid: 1000, gid: 44, additionalGids: [], home: "/home/app" } },
    { user: "app:",        want: { uid: 1000, gid: 1001, additionalGids: [2000, 10], home: "/home/app" } },
    { user: ":extra",      want: { uid: 0, gid: 2000, additionalGids: [], home: "/root" } },
    { user: "4000",        want: { uid: 4000, gid: 0, additionalGids: [] } },
    { user: "4000:4001",   want: { uid: 4000, gid: 4001, additionalGids: [] } },
    { user: "7",           want: { uid: 70, gid: 70, additionalGids: [], home: "/seven" } },
    { user: "0:8",         want: { uid: 0, gid: 80, additionalGids: [], home: "/root" } },
    { user: "nohome",      want: { uid: 5, gid: 5, additionalGids: [] } },
    { user: "4294967294",  want: { uid: 4294967294, gid: 0, additionalGids: [] } },
  ];
  for (const { user, want } of rows) test(JSON.stringify(user), () => expect(resolve(user)).toEqual(want));

  for (const { user, says } of [
    { user: "nobody", says: 'user: unable to find user "nobody": no matching entries in passwd file' },
    { user: "app:none", says: 'user: unable to find group "none": no matching entries in group file' },
    { user: "4294967295", says: "unable to find user" },
    { user: "-1", says: "unable to find user" },
    { user: "a:b:c", says: "is not USER or USER:GROUP" },
  ]) {
    test(`${JSON.stringify(user)} is refused`, () => expect(() => resolve(user)).toThrow(says));
  }
});

test("groups are added by name or number, each once and not the first one again", () => {
  expect(resolve("app", ["wheel", "44", "app", "44"]).additionalGids).toEqual([2000, 10, 44]);
  expect(() => resolve("app", ["none"])).toThrow('group-add: unable to find group "none"');
});

test("numbers need no files, anything else does", () => {
  const plain = (user: string, groupAdd: readonly string[] = []) => plainUser({ user, groupAdd });
  expect([plain(""), plain("1"), plain("1:2")]).toEqual([
    { uid: 0, gid: 0 },
    { uid: 1, gid: 0 },
    { uid: 1, gid: 2 },
  ]);
  expect([plain("a"), plain("1:a"), plain("1:"), plain("1:2:3"), plain("1", ["2"])]).toEqual(Array(5).fill(undefined));
});
