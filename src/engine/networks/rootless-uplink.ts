// Joins a user's network namespace to the host: starts pasta, or else slirp4netns, and ends them.
import { accessSync, constants, existsSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import { runProgram } from "../../kernel/launch/program.ts";
import { READY_FD, startReady } from "../../kernel/launch/start-ready.ts";
import type { NamespaceHolder } from "../../kernel/state/open-namespaces.ts";
import { readProcess } from "../../kernel/state/process.ts";
import { pastaUplink } from "../../network/rootless/pasta.ts";
import { slirpCommand } from "../../network/rootless/slirp.ts";
import { type JoinedNamespaces, UPLINK, UPLINK_PACKAGES, UPLINK_PROGRAMS, type UplinkProgram } from "../../network/rootless/uplink.ts";
import type { Engine } from "../engine.ts";
import { type Identity, lives, placeOf, recordedProcess, rootlessDirectory, type Uplink } from "./rootless-record.ts";

const FOLDERS = ["/usr/local/bin", "/usr/bin", "/bin"];
/** What pasta calls itself: its name, and that of the variant for the processor that it has executed instead. */
export const PASTA_COMMANDS = ["pasta", "pasta.avx2", "passt", "passt.avx2"];
const TUN = "/dev/net/tun";
const PATIENCE_MS = 10_000;
const PAUSE_MS = 5;

/** Path of an installed program; not by the caller's PATH, as what it finds is to be the same at each command. */
export function findUplinkProgram(name: UplinkProgram): string | undefined {
  return FOLDERS.map((folder) => `${folder}/${name}`).find(existsSync);
}

/** Why neither program can work, in words that say what to do; undefined where one can. */
export function uplinkProblem(): string | undefined {
  if (UPLINK_PROGRAMS.every((name) => findUplinkProgram(name) === undefined)) {
    return `neither ${UPLINK_PROGRAMS.join(" nor ")} is installed (Debian packages ${Object.values(UPLINK_PACKAGES).join(", ")})`;
  }
  try {
    accessSync(TUN, constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return `${TUN} cannot be opened (it needs mode 0666, as udev gives it)`;
  }
}

/** Paths of a holder's namespaces. A monitor has them as descriptors. */
export function namespacePaths({ pid, monitor }: NamespaceHolder): JoinedNamespaces {
  if (monitor !== true) return { user: `/proc/${pid}/ns/user`, network: `/proc/${pid}/ns/net` };
  const find = (kind: string) =>
    readdirSync(`/proc/${pid}/fd`)
      .map((fd) => `/proc/${pid}/fd/${fd}`)
      .find((path) => readlinkSync(path).startsWith(`${kind}:[`));
  const [user, network] = [find("user"), find("net")];
  if (user === undefined || network === undefined) throw new TeuError("unavailable", `process ${pid} does not hold the user's networks`);
  return { user, network };
}

/**
 * Starts the first program that can be had.
 * @throws TeuError `unavailable` with what each of them says
 */
export async function startUplink(engine: Engine, holder: NamespaceHolder): Promise<Uplink> {
  const problem = uplinkProblem();
  if (problem !== undefined) throw new TeuError("unavailable", problem);
  await endPasta(engine);
  const problems: string[] = [];
  for (const name of UPLINK_PROGRAMS) {
    const program = findUplinkProgram(name);
    if (program === undefined) continue;
    try {
      const started = await START[name](engine, program, namespacePaths(holder));
      return { program: name, ...started };
    } catch (error) {
      if (!(error instanceof TeuError)) throw error;
      problems.push(error.message);
    }
  }
  throw new TeuError("unavailable", problems.join("; "));
}

type Start = (engine: Engine, program: string, namespaces: JoinedNamespaces) => Promise<Identity>;

const START: Readonly<Record<UplinkProgram, Start>> = {
  async pasta(engine, program, { user, network }) {
    const link = placeOf(engine, "netns");
    symlinkSync(network, link);
    const pidFile = placeOf(engine, "uplink.pid");
    await runPasta(pastaUplink({ program, namespaces: { user, network: link }, pidFile }));
    const started = recordedProcess(engine, "uplink.pid", PASTA_COMMANDS);
    if (started === undefined) throw new TeuError("unavailable", `${program}: it ended as soon as it had begun`);
    return started;
  },
  async slirp4netns(engine, program, namespaces) {
    const settings = { interface: UPLINK.interface, ipv6: true, ready: READY_FD, options: [] };
    const pid = await startReady(slirpCommand({ program, namespaces, ...settings }), rootlessDirectory(engine));
    const start = readProcess(pid)?.start;
    if (start === undefined) throw new TeuError("unavailable", `${program}: it ended as soon as it had begun`);
    return { pid, start };
  },
};

/** Runs pasta until it has gone to the background. @throws TeuError `unavailable` with its last words */
export async function runPasta(argv: readonly [string, ...string[]]): Promise<void> {
  const { exitCode, stderr } = await runProgram(argv, { env: {}, timeout: PATIENCE_MS });
  if (exitCode === 0) return;
  // Without a system logger it complains of that with every line.
  const words = stderr.split("\n").filter((line) => line !== "" && !/^Failed to send \d+ bytes to syslog/.test(line));
  throw new TeuError("unavailable", `pasta: ${words.at(-1) ?? `exit status ${exitCode}`}`);
}

export async function endUplink(engine: Engine, uplink: Uplink | undefined): Promise<void> {
  await endPasta(engine);
  if (uplink?.program === "slirp4netns" && lives(uplink)) process.kill(uplink.pid, "SIGTERM");
}

/** By its link, which it watches from its beginning; so one that nobody has noted ends, too. Waits until its interface is free again. */
async function endPasta(engine: Engine): Promise<void> {
  const running = recordedProcess(engine, "uplink.pid", PASTA_COMMANDS);
  rmSync(placeOf(engine, "netns"), { force: true });
  const end = performance.now() + PATIENCE_MS;
  while (running !== undefined && lives(running)) {
    if (performance.now() > end) process.kill(running.pid, "SIGKILL");
    await Bun.sleep(PAUSE_MS);
  }
  rmSync(placeOf(engine, "uplink.pid"), { force: true });
}
