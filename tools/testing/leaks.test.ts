import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { leaks, type Snapshot, snapshot } from "./leaks.ts";

const NOTHING: Snapshot = { mount: [], cgroup: [], interface: [], "nft table": [], process: [], file: [] };
const MARKS = { run: "teu-test-7f", temporary: "/tmp/teu-test-7f-tmp", bin: "/repo/bin" };

describe("the leak check", () => {
  const ROWS: readonly { name: string; before?: Partial<Snapshot>; after: Partial<Snapshot>; want: readonly string[] }[] = [
    { name: "nothing new is no leak", after: {}, want: [] },
    {
      name: "a mount below a root of this run is a leak",
      after: { mount: ["/ /tmp/teu-test-7f-1/root/merged rw - overlay overlay rw"] },
      want: ["mount: / /tmp/teu-test-7f-1/root/merged rw - overlay overlay rw"],
    },
    { name: "a cgroup that was there before is none", before: { cgroup: ["/cg/teu/a"] }, after: { cgroup: ["/cg/teu/a"] }, want: [] },
    {
      name: "a second mount of the same place is a leak",
      before: { mount: ["/ /run/teu x"] },
      after: { mount: ["/ /run/teu x", "/ /run/teu x"] },
      want: ["mount: / /run/teu x"],
    },
    { name: "another engine's interface is not ours", after: { interface: ["interface docker0"] }, want: [] },
    { name: "an interface that the product names is ours", after: { interface: ["interface teu0"] }, want: ["interface: interface teu0"] },
    { name: "a word that only begins like the product is not ours", after: { file: ["/run/teutonic"] }, want: [] },
    { name: "a file of the product in /run is ours", after: { file: ["/run/teu"] }, want: ["file: /run/teu"] },
    {
      name: "one in /tmp is ours only with the run's mark",
      after: { file: ["/tmp/teu-plan-1", "/tmp/teu-test-7f-a"] },
      want: ["file: /tmp/teu-test-7f-a"],
    },
    {
      name: "whatever stays in the run's TMPDIR is ours",
      after: { file: ["/tmp/teu-test-7f-tmp/x"] },
      want: ["file: /tmp/teu-test-7f-tmp/x"],
    },
    {
      name: "a process is already known to be ours",
      after: { process: ["12 /repo/bin/teu-launcher"] },
      want: ["process: 12 /repo/bin/teu-launcher"],
    },
  ];
  for (const row of ROWS) {
    test(row.name, () => expect(leaks({ ...NOTHING, ...row.before }, { ...NOTHING, ...row.after }, MARKS)).toEqual([...row.want]));
  }

  test("a living process with the run's mark in its command line is seen, and gone when it ended", async () => {
    const marks = { run: `teu-test-leak-${process.pid}`, temporary: "/nonexistent", bin: "/nonexistent" };
    const child = spawn("sh", ["-c", "read line", marks.run], { stdio: ["pipe", "ignore", "ignore"] });
    await new Promise((resolve) => child.once("spawn", resolve));
    const seen = snapshot(marks).process;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.stdin?.end();
    await ended;
    expect(seen).toHaveLength(1);
    expect(snapshot(marks).process).toEqual([]);
  });
});
