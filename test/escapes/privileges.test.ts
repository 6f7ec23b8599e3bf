// What a container's processes must not inherit from whoever starts them: capabilities (CVE-2022-29162), groups (CVE-2022-2990), keys; and
// what they must not see: other processes of the host.
import { describe, expect } from "bun:test";
import { join } from "node:path";
import type { RuntimeConfig } from "../../src/spec/runtime/config.ts";
import { bundle } from "../support/bundle.ts";
import { executable } from "../support/executables.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { type Outcome, run, runOk } from "../support/run.ts";
import { attack, victim } from "./container.ts";

const { test } = requires("root", "busybox");

/** A caller that has more than it should: inheritable capabilities, ambient ones, and groups. */
const RICH = ["setpriv", "--inh-caps=+chown,+sys_chroot,+kill", "--ambient-caps=+chown,+kill", "--groups=4,24,27,1001"];

/** Runs the runtime as such a caller. */
const richly = (roots: TestRoots, words: readonly string[]): Promise<Outcome> =>
  run([...RICH, executable("teu-runtime"), "--root", join(roots.runRoot, "runtime"), ...words]);

const STATUS = "grep -E '^(CapInh|CapAmb|Groups|NoNewPrivs)' /proc/self/status | tr -s ' \\t' ' '";
const NOTHING = "Groups: \nCapInh: 0000000000000000\nCapAmb: 0000000000000000\nNoNewPrivs: 1\n";

describe("a rich caller's container inherits no capability and no group", () => {
  for (const user of [
    { uid: 0, gid: 0 },
    { uid: 1000, gid: 1000 },
  ]) {
    test(`by run, as user ${user.uid}`, () =>
      withRoots(async (roots) => {
        const directory = await bundle({ roots, args: ["sh", "-c", STATUS], process: { user } });
        expect((await richly(roots, ["run", "--bundle", directory, roots.id("bundle")])).stdout).toBe(NOTHING);
      }));

    test(`by exec, as user ${user.uid}`, () =>
      withRoots(async (roots) => {
        const running = await victim(roots);
        const words = ["exec", "--user", `${user.uid}:${user.gid}`, running.id, "sh", "-c", STATUS];
        expect((await richly(roots, words)).stdout).toBe(NOTHING);
        await running.end();
      }));
  }
});

test("exec gives no more capabilities than the container's own program has, and none in the inheritable set with --cap", () =>
  withRoots(async (roots) => {
    const running = await victim(roots);
    const show = "grep -E '^Cap' /proc/self/status | tr -s ' \\t' ' '";
    const own = (await running.exec("grep -E '^Cap' /proc/1/status | tr -s ' \\t' ' '")).stdout;
    expect((await running.exec(show)).stdout).toBe(own);
    const more = (await running.exec(show, ["--cap", "CAP_CHOWN"])).stdout;
    expect(more).toContain("CapInh: 0000000000000000");
    expect(more).toContain("CapEff: 0000000020000421");
    await running.end();
  }));

/** setcap cap_chown,cap_kill=ei: struct vfs_cap_data, revision 2 with the effective bit (capabilities(7), "File capability extended attribute versioning"). */
const SET_CAPABILITIES =
  "import os, struct, sys; os.setxattr(sys.argv[1], 'security.capability', struct.pack('<5I', 0x2000001, 0, 0x21, 0, 0))";

test("a file with inheritable capabilities gives its caller nothing (CVE-2022-29162)", () =>
  withRoots(async (roots) => {
    const process = { user: { uid: 1000, gid: 1000 }, noNewPrivileges: false };
    const directory = await bundle({ roots, args: ["cat", "/proc/self/status"], process });
    const rootfs = join(directory, "rootfs/bin");
    // A copy: capabilities belong to the file, which all applets share.
    await runOk(["sh", "-euc", 'cd "$1"; rm cat; cp busybox cat', "sh", rootfs]);
    await runOk(["python3", "-c", SET_CAPABILITIES, join(rootfs, "cat")]);
    const { stdout } = await richly(roots, ["run", "--bundle", directory, roots.id("bundle")]);
    expect(stdout).toMatch(/CapInh:\t0+\nCapPrm:\t0+\nCapEff:\t0+\n/);
  }));

test("no process of the host's or of another container's is seen, signalled or traced", () =>
  withRoots(async (roots) => {
    const other = await victim(roots, { name: "other" });
    const script = `ls /proc | grep -c '^[0-9]'; kill -0 ${other.pid} 2>/dev/null && echo signalled; cat /proc/${other.pid}/cmdline 2>/dev/null; kill -9 -1; echo alive`;
    const { stdout } = await attack(roots, { script });
    // The shell, ls and grep.
    expect(stdout).toBe("3\nalive\n");
    expect(process.kill(other.pid, 0)).toBe(true);
    await other.end();
  }));

describe("the session keyring", () => {
  const script = "cat /proc/keys; true";
  const tweak = (config: RuntimeConfig) => ({ ...config, linux: { ...config.linux, maskedPaths: [] } });

  test("is the container's own", () =>
    withRoots(async (roots) => {
      const { stdout } = await attack(roots, { script, tweak });
      expect(stdout).toMatch(new RegExp(`keyring +_ses\\.${roots.id("a")}: empty`));
    }));

  test("of a process that joins is not the caller's either", () =>
    withRoots(async (roots) => {
      const running = await victim(roots, { tweak });
      expect((await running.exec(script)).stdout).toContain(`_ses.${running.id}`);
      await running.end();
    }));
});
