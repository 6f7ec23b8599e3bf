// `teu image tree` and `teu image diff`: what images consist of, and what is between them.
import { expect, test } from "bun:test";
import { withStore } from "./store.ts";

const short = (digest: string | undefined) => digest?.slice(7, 19) ?? "";

test(
  "a tree tells of each layer its size, its maker and who else has it",
  withStore(async (cli) => {
    const { blobs } = await cli.image("a:1", "one");
    await cli.image("b:1", "two");
    const lines = (await cli.ok(["image", "tree", "a:1"])).split("\n");
    expect(lines.slice(0, 2)).toEqual([`Image ID: ${short(blobs[0]?.descriptor.digest)}`, "Tags:     [a:1]"]);
    expect(lines[2]).toMatch(/^Size: {5}3\d\d/);
    expect(lines[4]).toMatch(/^├── ID: [0-9a-f]{12} Size: 3\S+kB fixture Shared with: \[b:1\]$/);
    expect(lines[5]).toMatch(/^└── ID: [0-9a-f]{12} Size: \S+B fixture$/);
    const tree = JSON.parse(await cli.ok(["image", "tree", "--format", "json", "b:1"]));
    expect(tree).toMatchObject({ names: ["docker.io/library/b:1"], layers: [{ sharedBy: ["docker.io/library/a:1"] }, { sharedBy: [] }] });
    expect(await cli.try(["image", "tree", "none"])).toEqual({ status: 1, stdout: "", stderr: "teu: No such image: none:latest\n" });
  }),
);

test(
  "a diff tells what was added, changed and deleted",
  withStore(async (cli) => {
    await cli.image("a:1", "one");
    await cli.image("b:1", "two");
    expect(await cli.ok(["image", "diff", "a:1", "b:1"])).toBe("C /etc/salt\n");
    expect(await cli.ok(["image", "diff", "a:1", "a:1"])).toBe("");
    await cli.ok(["import", cli.tree("left", { "same/file": "x", "gone/one": "1", "gone/two": "2", "other/changed": "before" }), "l:1"]);
    await cli.ok(["import", cli.tree("right", { "same/file": "x", "new/deep/file": "1", "other/changed": "behind" }), "r:1"]);
    const changes = (await cli.ok(["image", "diff", "l:1", "r:1"])).split("\n").filter((line) => !/^C \/(same|other)$/.test(line)); // their times
    expect(changes).toEqual(["D /gone", "A /new", "A /new/deep", "A /new/deep/file", "C /other/changed", ""]);
    expect(JSON.parse(await cli.ok(["image", "diff", "--format", "json", "a:1", "b:1"]))).toEqual({ changed: ["/etc/salt"] });
  }),
);
