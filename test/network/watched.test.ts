// A program that the launcher watches: its end is noticed however it comes, by a command outside of the namespaces that it may run in.
import { expect } from "bun:test";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { endHolder, holdNamespaces } from "../../src/kernel/state/networks/hold-namespaces.ts";
import type { NamespaceHolder } from "../../src/kernel/state/networks/open-namespaces.ts";
import { startWatched } from "../../src/kernel/state/watched-program.ts";
import { contextOf } from "../faults/plan-killed.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { eventually } from "../support/run.ts";

const { test } = requires("root");
const NETWORK = "/proc/self/ns/net";

for (const where of ["here", "in held namespaces"]) {
  test(`a program ${where} is watched until it is killed`, async () => {
    await withRoots(async (roots) => {
      const context = contextOf(roots);
      const all = [{ containerID: 0, hostID: 0, size: 1000 }];
      const holder: NamespaceHolder | undefined = where === "here" ? undefined : holdNamespaces(context, { uids: all, gids: all });
      const [ran, over] = [join(roots.directory, "ran"), join(roots.directory, "over")];
      const script = (file: string, then: string) => `echo $$ $A $(readlink ${NETWORK}) >${file}.new; mv ${file}.new ${file}; ${then}`;
      try {
        await startWatched(context, {
          args: ["/bin/sh", "-c", script(ran, "while :; do sleep 1; done")],
          env: ["A=b", "PATH=/usr/bin:/bin"],
          onExit: ["/bin/sh", "-c", script(over, "exit 0")],
          ...(holder === undefined ? {} : { within: holder }),
        });
        await eventually("it runs", () => existsSync(ran));
        const [pid, word, network] = readFileSync(ran, "utf8").trim().split(" ");
        const wanted = holder === undefined ? readlinkSync(NETWORK) : readlinkSync(`/proc/${holder.pid}/ns/net`);
        expect([word, network]).toEqual(["b", wanted]);
        expect(existsSync(over)).toBe(false);
        process.kill(Number(pid), "SIGKILL");
        await eventually("its end is noticed", () => existsSync(over));
        expect(readFileSync(over, "utf8").trim().split(" ")[1]).toBe(readlinkSync(NETWORK));
      } finally {
        if (holder !== undefined) endHolder(holder);
      }
    });
  });
}

test("a program that is not there is an error", async () => {
  await withRoots(async (roots) => {
    const missing = startWatched(contextOf(roots), { args: ["/nowhere/teu"], env: [], onExit: [] });
    await expect(missing).rejects.toThrow("ENOENT");
  });
});
