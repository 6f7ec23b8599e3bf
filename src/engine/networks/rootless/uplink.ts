// Joins a user's network namespace to the host: starts pasta, or else slirp4netns, and ends them.
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { TeuError } from "../../../base/errors.ts";
import { optionalText } from "../../../base/optional-text.ts";
import { runProgram } from "../../../kernel/launch/program.ts";
import { READY_FD, startReady } from "../../../kernel/launch/start-ready.ts";
import { isNamespace, type NamespaceHolder } from "../../../kernel/state/networks/open-namespaces.ts";
import { readProcess } from "../../../kernel/state/process.ts";
import { pastaUplink } from "../../../network/rootless/pasta.ts";
import { slirpUplink } from "../../../network/rootless/slirp.ts";
import {
  type JoinedNamespaces,
  UPLINK_PACKAGES,
  UPLINK_PROGRAMS,
  type UplinkProgram,
  uplinkOrder,
} from "../../../network/rootless/uplink.ts";
import type { Engine } from "../../engine.ts";
import { type Identity, lives, placeOf, recordedProcess, rootlessDirectory, signalProcess, type Uplink } from "./record.ts";

const FOLDERS = ["/usr/local/bin", "/usr/bin", "/bin"];
/** What pasta calls itself: its name, and that of the variant for the processor that it has executed instead. */
const PASTA_COMMANDS = ["pasta", "pasta.avx2", "passt", "passt.avx2"];
const TUN = "/dev/net/tun";
const PATIENCE_MS = 10_000;
const PAUSE_MS = 5;

/** Path of an installed program; not by the caller's PATH, as what it finds is to be the same at each command. */
export function findUplinkProgram(name: UplinkProgram): string | undefined {
  return FOLDERS.map((folder) => `${folder}/${name}`).find(existsSync);
}

/** Those that are installed, the better one first. */
async function uplinkPrograms(): Promise<{ readonly name: UplinkProgram; readonly program: string }[]> {
  const pasta = findUplinkProgram("pasta");
  const version = pasta === undefined ? undefined : (await runProgram([pasta, "--version"], { env: {}, timeout: PATIENCE_MS })).stdout;
  return uplinkOrder(new TextDecoder().decode(version)).flatMap((name) => {
    const program = findUplinkProgram(name);
    return program === undefined ? [] : [{ name, program }];
  });
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
  const find = (kind: "user" | "net") =>
    readdirSync(`/proc/${pid}/fd`)
      .map((fd) => `/proc/${pid}/fd/${fd}`)
      .find((path) => isNamespace(path, kind));
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
  await endUplink(engine);
  const problems: string[] = [];
  for (const { name, program } of await uplinkPrograms()) {
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
    const link = linkTo(engine, network);
    const pidFile = placeOf(engine, "uplink.pid");
    await runPasta(pastaUplink({ program, namespaces: { user, network: link }, pidFile }));
    const started = recordedProcess(pidFile, PASTA_COMMANDS);
    if (started === undefined) throw new TeuError("unavailable", `${program}: it ended as soon as it had begun`);
    return started;
  },
  async slirp4netns(engine, program, { user, network }) {
    const namespaces = { user, network: linkTo(engine, network) };
    const pid = await startReady(slirpUplink({ program, namespaces, ready: READY_FD }), rootlessDirectory(engine));
    const start = readProcess(pid)?.start;
    if (start === undefined) throw new TeuError("unavailable", `${program}: it ended as soon as it had begun`);
    return { pid, start };
  },
};

/** By this path the programs are found again. */
function linkTo(engine: Engine, network: string): string {
  const link = placeOf(engine, "uplink/netns");
  mkdirSync(dirname(link), { recursive: true, mode: 0o700 });
  rmSync(link, { force: true });
  symlinkSync(network, link);
  return link;
}

/** Runs pasta until it has gone to the background. @throws TeuError `unavailable` with its last words */
export async function runPasta(argv: readonly [string, ...string[]]): Promise<void> {
  const { exitCode, stderr } = await runProgram(argv, { env: {}, timeout: PATIENCE_MS });
  if (exitCode === 0) return;
  // Without a system logger it complains of that with every line.
  const words = stderr.split("\n").filter((line) => line !== "" && !/^Failed to send \d+ bytes to syslog/.test(line));
  throw new TeuError("unavailable", `pasta: ${words.at(-1) ?? `exit status ${exitCode}`}`);
}

/** All programs that have been started for this engine's namespace, noted or not; their interface is free again when this returns. */
export async function endUplink(engine: Engine): Promise<void> {
  const link = placeOf(engine, "uplink/netns");
  const running = startedWith(link);
  rmSync(link, { force: true }); // pasta watches it
  for (const one of running) if (!PASTA_COMMANDS.includes(one.command)) signalProcess(one, "SIGTERM");
  const end = performance.now() + PATIENCE_MS;
  while (running.some(lives)) {
    if (performance.now() > end) for (const one of running) signalProcess(one, "SIGKILL");
    await Bun.sleep(PAUSE_MS);
  }
  rmSync(placeOf(engine, "uplink.pid"), { force: true });
}

/** Processes that have this path among their arguments: the engine's own, which nobody else names. */
function startedWith(path: string): (Identity & { readonly command: string })[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isSafeInteger(pid) || pid === process.pid) return [];
    const facts = argumentsOf(pid).includes(path) ? readProcess(pid) : undefined;
    return facts === undefined ? [] : [{ pid, start: facts.start, command: facts.command }];
  });
}

/** A process's own word for what it was called with; empty where it has ended. */
export function argumentsOf(pid: number): string[] {
  return optionalText(`/proc/${pid}/cmdline`)?.split("\0") ?? [];
}
