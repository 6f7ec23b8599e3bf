import { expect, test } from "bun:test";
import { cleanCgroupPath, levels } from "./path.ts";

// biome-ignore format: table
const CLEANED: readonly { path: string; want: string }[] = [
  { path: "/a/b", want: "/a/b" },
  { path: "a//b/./c/", want: "a/b/c" },
  { path: "/../../../../etc", want: "/etc" },
  { path: "../../etc", want: "etc" },
  { path: "/a/../../b", want: "/b" },
  { path: "a/..", want: "" },
  { path: "/", want: "/" },
  { path: "...", want: "..." },
];
for (const { path, want } of CLEANED) {
  test(`${path} is cleaned to ${JSON.stringify(want)}`, () => expect(cleanCgroupPath(path)).toBe(want));
}

test("levels lists each directory from the top", () => {
  expect(levels("/m", "/a/b")).toEqual(["/m/a", "/m/a/b"]);
  expect(levels("/", "a")).toEqual(["/a"]);
});
