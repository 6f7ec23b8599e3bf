// A small QEMU machine that a test boots itself: Debian's cloud kernel on a microvm under plain emulation (no KVM), up in a few seconds.
// The machine, its disk and its console log live in one temporary directory and end with the guest.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { type Agent, connectAgent, MachineEnded, type ScriptResult } from "./agent.ts";
import { BUSYBOX, busyboxHost, guestPart } from "./busybox.ts";
import { copyTree, type GuestFiles, makeDisk, stage } from "./disk.ts";
import { initramfs } from "./initramfs.ts";
import { guestKernel } from "./kernel.ts";

export { MachineEnded };

export const DEFAULT_CACHE = "/var/cache/teu-test";

export interface GuestOptions {
  /** Files beside the base system's, by their path in the guest. */
  readonly files?: GuestFiles;
  /** Directory that is the base of the root file system, and stays as it is; default: busybox alone. */
  readonly base?: string;
  /** First program of the disk; default `/bin/init` of busybox. */
  readonly init?: string;
  readonly memoryMiB?: number;
  readonly diskMiB?: number;
  /** Time until the agent must have answered. */
  readonly bootMs?: number;
  /** Where the kernel is kept between runs. */
  readonly cache?: string;
}

export interface Guest extends AsyncDisposable {
  /** Process id of QEMU. */
  readonly pid: number;
  /** Milliseconds from the start of QEMU to the agent's greeting. */
  readonly bootMs: number;
  /**
   * Runs a shell script as root in the guest. A script that takes too long is killed (status 137); a machine that
   * does not answer 30 seconds later is killed too.
   * @throws MachineEnded with the end of the console's output when the machine ends.
   */
  run(script: string, options?: { readonly timeoutMs?: number }): Promise<ScriptResult>;
}

/** What may only run scripts in the guest, not end it. */
export type ScriptRunner = Pick<Guest, "run">;

const GRACE_MS = 30_000;
const CONSOLE_TAIL = 2_000;

/**
 * The host's TSC frequency, which an emulated one shares. A guest that must measure it against an emulated timer
 * fails to on a busy host, and then has no timer interrupt to boot with.
 */
function hostTscKhz(): number {
  const cpuinfo = readFileSync("/proc/cpuinfo", "utf8");
  const nominal = Number(/model name.*@ ([\d.]+)GHz/.exec(cpuinfo)?.[1]) * 1e6;
  const current = Number(/cpu MHz\s*: ([\d.]+)/.exec(cpuinfo)?.[1]) * 1e3;
  return Math.round(nominal || current || 2_000_000);
}

function qemuArguments(machine: { kernel: string; directory: string; init: string; memoryMiB: number }): string[] {
  const at = (name: string) => join(machine.directory, name);
  return [
    // acpi=on: this kernel finds virtio-mmio devices only in the ACPI tables, not on its command line
    ...["-M", "microvm,acpi=on,pit=off,pic=off", "-accel", "tcg", "-cpu", "max", "-smp", "2", "-m", `${machine.memoryMiB}`],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-kernel", machine.kernel, "-initrd", at("initramfs")],
    ...[
      "-append",
      `console=ttyS0 quiet panic=-1 tsc=reliable tsc_early_khz=${hostTscKhz()} random.trust_cpu=on guest.init=${machine.init}`,
    ],
    ...["-chardev", `file,id=console,path=${at("console")}`, "-serial", "chardev:console"],
    ...["-drive", `id=root,file=${at("disk")},format=raw,if=none,cache=unsafe`, "-device", "virtio-blk-device,drive=root"],
    ...["-device", "virtio-serial-device", "-chardev", "stdio,id=agent,signal=off"],
    ...["-device", "virtserialport,chardev=agent,name=test"],
  ];
}

/** Lays out kernel, initramfs and disk in `directory`; gives the path of the kernel. */
async function prepare(directory: string, options: GuestOptions): Promise<string> {
  const kernel = await guestKernel(options.cache ?? DEFAULT_CACHE);
  const init = await readFile(guestPart("initramfs-init"));
  await writeFile(join(directory, "initramfs"), initramfs({ init, busybox: await readFile(BUSYBOX), modules: kernel.modules }));
  const root = join(directory, "root");
  if (options.base === undefined) await stage(root, await busyboxHost());
  else await copyTree(options.base, root);
  await stage(root, options.files ?? {});
  await makeDisk(join(directory, "disk"), root, options.diskMiB ?? 1024);
  await rm(root, { recursive: true });
  return kernel.image;
}

function spawnQemu(args: readonly string[]): ChildProcess & { readonly stdin: Writable; readonly stdout: Readable } {
  // the death signal takes the machine along when the test runner is killed
  return spawn("setpriv", ["--pdeathsig", "KILL", "qemu-system-x86_64", ...args], { stdio: ["pipe", "pipe", "inherit"] });
}

/** The end of the guest's console output, for an error. */
function consoleTail(directory: string): string {
  try {
    return readFileSync(join(directory, "console"), "utf8").slice(-CONSOLE_TAIL) || "nothing on its console";
  } catch {
    return "it wrote no console";
  }
}

/** Kills the machine when `work` takes longer than `ms`, so that whatever waits for it fails. */
async function within<T>(ms: number, machine: ChildProcess, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => machine.kill("SIGKILL"), ms);
  return work.finally(() => clearTimeout(timer));
}

/**
 * Boots a guest. `await using` it: its end kills QEMU and removes the disk.
 * @throws Error when the machine does not come up, with the end of its console's output.
 */
export async function startGuest(options: GuestOptions = {}): Promise<Guest> {
  const directory = await mkdtemp(join(tmpdir(), "teu-guest-"));
  let machine: ReturnType<typeof spawnQemu> | undefined;
  const end = async () => {
    if (machine !== undefined && machine.exitCode === null && machine.signalCode === null && machine.kill("SIGKILL")) {
      await once(machine, "exit");
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const kernel = await prepare(directory, options);
    const started = performance.now();
    machine = spawnQemu(qemuArguments({ kernel, directory, init: options.init ?? "/bin/init", memoryMiB: options.memoryMiB ?? 512 }));
    const agent: Agent = connectAgent({ input: machine.stdin, output: machine.stdout }, () => consoleTail(directory));
    const running = machine;
    await within(options.bootMs ?? 120_000, running, agent.ready());
    return {
      pid: running.pid ?? 0,
      bootMs: performance.now() - started,
      run(script, { timeoutMs = 60_000 } = {}) {
        return within(timeoutMs + GRACE_MS, running, agent.run(script, Math.ceil(timeoutMs / 1000)));
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Boots a guest for one script, and ends it. */
export async function runInGuest(
  options: GuestOptions & { readonly script: string; readonly timeoutMs?: number },
): Promise<ScriptResult & { readonly bootMs: number }> {
  await using guest = await startGuest(options);
  const { timeoutMs = 60_000 } = options;
  return { ...(await guest.run(options.script, { timeoutMs })), bootMs: guest.bootMs };
}
