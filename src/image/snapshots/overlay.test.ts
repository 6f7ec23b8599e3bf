import { describe, expect, test } from "bun:test";
import { overlayMount } from "./overlay.ts";

const WRITABLE = { upper: "/c/upper", work: "/c/work" };
const many = (count: number) => Array.from({ length: count }, (_, index) => `/l/${index}`);

describe("layers become a mount", () => {
  test("whose top-most layer is the first that overlayfs is told", () => {
    expect(overlayMount(["/bottom", "/top"], WRITABLE, { userxattr: false })).toEqual({
      destination: "/",
      type: "overlay",
      source: "overlay",
      options: ["lowerdir=/top:/bottom", "upperdir=/c/upper", "workdir=/c/work", "index=off", "metacopy=off", "redirect_dir=nofollow"],
    });
  });

  // biome-ignore format: table
  const rows = [
    { name: "with user.overlay marks in a user namespace, and no option that goes not with them", options: { userxattr: true }, want: ["userxattr", "index=off"] },
    { name: "that flushes nothing where nothing is to last", options: { userxattr: true, volatile: true }, want: ["userxattr", "index=off", "volatile"] },
    { name: "that is read-only where that is asked for", options: { userxattr: true, readonly: true }, want: ["userxattr", "index=off", "ro"] },
  ] as const;
  for (const { name, options, want } of rows)
    test(name, () => expect(overlayMount(["/l"], WRITABLE, options).options?.slice(3)).toEqual([...want]));

  test("that is read-only without a writable layer, and then never volatile", () => {
    expect(overlayMount(["/a", "/b"], undefined, { userxattr: true, volatile: true }).options).toEqual([
      "lowerdir=/b:/a",
      "userxattr",
      "index=off",
      "ro",
    ]);
  });

  test("that is a read-only bind where there is nothing to stack", () => {
    expect(overlayMount(["/a"], undefined, { userxattr: false })).toEqual({
      destination: "/",
      type: "bind",
      source: "/a",
      options: ["bind", "ro"],
    });
  });

  test("with the characters escaped that overlayfs reads as its own, where it does", () => {
    const { options = [] } = overlayMount(["/a:b\\c,d"], { upper: "/u:\\", work: "/w" }, { userxattr: true });
    expect(options.slice(0, 3)).toEqual(["lowerdir=/a\\:b\\\\c,d", "upperdir=/u:\\\\", "workdir=/w"]);
  });
});

test("500 layers are stacked, one more and none are refused", () => {
  expect(overlayMount(many(500), WRITABLE, { userxattr: false }).type).toBe("overlay");
  expect(() => overlayMount(many(501), WRITABLE, { userxattr: false })).toThrow("it has 501, and overlayfs takes 500");
  expect(() => overlayMount([], WRITABLE, { userxattr: false })).toThrow("it has none");
});
