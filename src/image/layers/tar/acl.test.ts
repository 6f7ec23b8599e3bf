import { describe, expect, test } from "bun:test";
import { aclAttribute } from "./acl.ts";

/** `tag permissions id` of each entry. */
function entries(text: string): readonly string[] | undefined {
  const bytes = aclAttribute(text);
  if (bytes === undefined) return undefined;
  const view = Buffer.from(bytes);
  expect(view.readUInt32LE(0)).toBe(2);
  return Array.from({ length: (view.length - 4) / 8 }, (_, index) => {
    const at = 4 + 8 * index;
    return `${view.readUInt16LE(at)} ${view.readUInt16LE(at + 2)} ${view.readUInt32LE(at + 4)}`;
  });
}

const NOBODY = 2 ** 32 - 1;

describe("an ACL's text is read", () => {
  test.each([
    ["lines", "user::rwx\nuser:1000:rw-\ngroup::r-x\nmask::rwx\nother::r--\n"],
    ["commas and short words", "u::rwx,u:1000:rw-,g::r-x,m::rwx,o::r--"],
    ["numbers behind names", "user::rwx,user:joe:rw-:1000,group::r-x,mask::rwx,other::r--"],
    ["another order, with remarks", "other::r--\nmask::rwx\nuser:1000:rw-\t#effective:rw-\nuser::rwx\ngroup::r-x"],
  ])("from %s", (_, text) => {
    expect(entries(text)).toEqual([`1 7 ${NOBODY}`, "2 6 1000", `4 5 ${NOBODY}`, `16 7 ${NOBODY}`, `32 4 ${NOBODY}`]);
  });

  test.each([
    ["names without numbers", "user::rwx,user:joe:rw-,group::r-x,mask::rwx,other::r--"],
    ["no entries", ""],
    ["other words", "user::rwx,everyone@::r-x,other::r--"],
    ["other permissions", "user::rwX,group::r-x,other::r--"],
    ["a mask of somebody", "user::rwx,group::r-x,mask:5:rwx,other::r--"],
    ["numbers beyond users", "user::rwx,user:4294967295:rw-,group::r-x,mask::rwx,other::r--"],
  ])("as none from %s", (_, text) => {
    expect(entries(text)).toBeUndefined();
  });
});
