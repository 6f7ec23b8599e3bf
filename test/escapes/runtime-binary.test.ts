// The runtime's own executable, as containers see it through /proc/PID/exe, cannot be written to (CVE-2019-5736), and what the launcher
// has open before execve is nobody's to look at (CVE-2016-9962).
import { expect } from "bun:test";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Namespace, RuntimeConfig } from "../../src/spec/runtime/config.ts";
import { bundle } from "../support/bundle.ts";
import { executable } from "../support/executables.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { eventually } from "../support/run.ts";
import { teuRuntime } from "../support/teu.ts";
import { ALL_CAPABILITIES, attack, victim } from "./container.ts";

const { test } = requires("root", "busybox");
const launcher = executable("teu-launcher");

/** Contents, size, times and mode of the launcher. */
function fingerprint(): string {
  const { size, mtimeMs, mode, ino } = statSync(launcher);
  return `${createHash("sha256").update(readFileSync(launcher)).digest("hex")} ${size} ${mtimeMs} ${mode} ${ino}`;
}

/** Runs `body`, after which the launcher must be what it was. */
async function unharmed(body: () => Promise<void>): Promise<void> {
  const before = fingerprint();
  await body();
  expect(fingerprint()).toBe(before);
}

const MAPS = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

/** A configuration in the namespaces of a process, with every capability there is. */
const joined =
  (pid: number, types: readonly Namespace["type"][]) =>
  ({ hostname: _, ...config }: RuntimeConfig): RuntimeConfig => ({
    ...config,
    mounts: config.mounts?.slice(0, 2) ?? [],
    process: { cwd: "/", ...config.process, capabilities: ALL_CAPABILITIES, noNewPrivileges: false },
    linux: {
      namespaces: [{ type: "mount" }, ...types.map((type) => ({ type, path: `/proc/${pid}/ns/${type}` }))],
      ...(types.includes("user") ? { uidMappings: MAPS, gidMappings: MAPS } : {}),
    },
  });

const PROGRAMS = [
  { name: "/proc/self/exe as the program", path: "/proc/self/exe", prepare: () => {} },
  {
    name: "a script whose interpreter is /proc/self/exe",
    path: "/entry",
    prepare: (rootfs: string) => {
      writeFileSync(join(rootfs, "entry"), "#!/proc/self/exe\n");
      chmodSync(join(rootfs, "entry"), 0o755);
    },
  },
] as const;

for (const { name, path, prepare } of PROGRAMS) {
  test(`${name} runs nothing of the host's, by run or by exec`, () =>
    withRoots((roots) =>
      unharmed(async () => {
        const directory = await bundle({ roots, name: "run", args: [path], process: { capabilities: ALL_CAPABILITIES } });
        prepare(join(directory, "rootfs"));
        // The launcher again, in the container, without a plan: it refuses, whatever it is told.
        const ran = await teuRuntime(["run", "--bundle", directory, roots.id("run")], { roots });
        expect(ran.status).not.toBe(0);
        expect(ran.stdout).toBe("");

        const running = await victim(roots, { process: { capabilities: ALL_CAPABILITIES } });
        prepare(running.rootfs);
        const joinedIn = await teuRuntime(["exec", running.id, path], { roots });
        expect(joinedIn.status).not.toBe(0);
        expect(joinedIn.stdout).toBe("");
        await running.end();
      }),
    ));
}

test("a container that sees the launcher at work cannot write to it, then or when it has ended", () =>
  withRoots((roots) =>
    unharmed(async () => {
      const pod = await victim(roots, { name: "pod" });
      const waiting = await victim(roots, { waits: true, tweak: joined(pod.pid, ["pid"]) });
      const script = `exec >/out 2>&1
        for at in /proc/[0-9]*; do case "$(cat $at/comm)" in teu-launcher*) break;; esac; done
        exec 9<$at/exe && echo held
        (: >$at/exe); (: >>$at/exe); (: >>/proc/self/fd/9); cp /bin/busybox $at/exe
        touch /tried; while [ ! -e /gone ]; do sleep 0.05; done
        more() { (: >>/proc/self/fd/9); }; cut() { (: >/proc/self/fd/9); }
        idle() { for i in $(seq 200); do said=$($1 2>&1); case "$said" in *busy*) sleep 0.05;; *) break;; esac; done; echo "$said"; }
        echo later; idle more; idle cut; chmod 777 /proc/self/fd/9; touch /over; sleep 60`;
      const attacker = await victim(roots, { name: "attacker", script, tweak: joined(pod.pid, ["pid"]) });
      await eventually("the attacker has tried", () => existsSync(join(attacker.rootfs, "tried")));
      await waiting.end();
      writeFileSync(join(attacker.rootfs, "gone"), "");
      await eventually("the attacker has tried again", () => existsSync(join(attacker.rootfs, "over")), 25_000);
      const [during = "", after = ""] = readFileSync(join(attacker.rootfs, "out"), "utf8").split("later\n");
      expect(during).toStartWith("held\n");
      expect(during.match(/Read-only file system|Text file busy|Operation not permitted/g)).toHaveLength(4);
      // A file that is executed is busy, and no longer when it has ended (other tests' launchers have, too, by then): what keeps it from being
      // written to must be something else.
      expect(after.match(/Read-only file system|Operation not permitted/g)).toHaveLength(3);
      await attacker.end();
      await pod.end();
    }),
  ));

/** What a process of the container's shows to one that may trace it: a line, or a refusal, each. */
const LOOK =
  "ls /proc/1/fd/ >/dev/null 2>/tmp/e && echo seen || cat /tmp/e; ls /proc/1/cwd/ >/dev/null 2>/tmp/e && echo seen || cat /tmp/e";

test("a container with every capability of its user namespace cannot look at what the launcher has open there", () =>
  withRoots(async (roots) => {
    const users = (config: RuntimeConfig): RuntimeConfig => ({
      ...config,
      linux: { ...config.linux, uidMappings: MAPS, gidMappings: MAPS, namespaces: [...(config.linux?.namespaces ?? []), { type: "user" }] },
    });
    const looks = async (waits: boolean) => {
      const seen = await victim(roots, { name: `seen-${waits}`, waits, tweak: users });
      const tweak = (config: RuntimeConfig) => {
        const made = joined(seen.pid, ["pid", "user"])(config);
        return { ...made, mounts: [...(made.mounts ?? []), { destination: "/tmp", type: "tmpfs" }] };
      };
      const { stdout } = await attack(roots, { name: `attacker-${waits}`, script: LOOK, tweak });
      await seen.end();
      return stdout;
    };
    expect(await looks(true)).toMatch(/^ls: [^\n]*Permission denied\nls: [^\n]*Permission denied\n$/);
    expect(await looks(false)).toBe("seen\nseen\n"); // its own program may be looked at: the attacker has all that it takes
  }));
