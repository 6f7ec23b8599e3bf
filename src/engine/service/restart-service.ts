// The unit that brings containers back after a start of the machine: written, enabled by the link that `systemctl enable` makes, and taken away.
// systemd itself is told where it runs; where it does not (an image that is being built) the files are all that there is to it.
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeAtomically } from "../../base/atomic-file.ts";
import { TeuError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";
import { RESTART_UNIT, type RestartUnit, restartUnit, wantedBy } from "../../containers/systemd/restart-unit.ts";
import { runProgram } from "../../kernel/launch/program.ts";

export interface ServicePlace {
  /** Directory of units. */
  readonly directory: string;
  readonly user: boolean;
  /** What tells `systemctl --user` where its manager is. */
  readonly environment: Readonly<Record<string, string>>;
  /** It is the directory that a systemd of this machine reads: that one is told. */
  readonly live: boolean;
}

export interface ServiceStatus {
  readonly path: string;
  readonly installed: boolean;
  readonly enabled: boolean;
  /** It is what `install` would write. */
  readonly current: boolean;
}

const unitPath = ({ directory }: ServicePlace) => join(directory, RESTART_UNIT);
const linkPath = ({ directory, user }: ServicePlace) => join(directory, `${wantedBy(user)}.wants`, RESTART_UNIT);
const LINK = `../${RESTART_UNIT}`;

/** @throws TeuError `denied` where the directory is not ours */
export async function installService(place: ServicePlace, unit: RestartUnit): Promise<string> {
  const path = unitPath(place);
  try {
    mkdirSync(dirname(linkPath(place)), { recursive: true, mode: 0o755 });
    writeAtomically(path, restartUnit(unit), { mode: 0o644 });
    if (!isEnabled(place)) {
      rmSync(linkPath(place), { force: true });
      symlinkSync(LINK, linkPath(place));
    }
  } catch (error) {
    throw inTermsOf(`write ${path}`, error);
  }
  await reload(place);
  return path;
}

/** False where there was nothing. */
export async function uninstallService(place: ServicePlace): Promise<boolean> {
  const { installed, enabled } = statusOf(place, "");
  try {
    for (const path of [linkPath(place), unitPath(place)]) rmSync(path, { force: true });
  } catch (error) {
    throw inTermsOf(`remove ${unitPath(place)}`, error);
  }
  if (installed || enabled) await reload(place);
  return installed || enabled;
}

/** What is there of the unit, beside what `install` would write. */
export function serviceStatus(place: ServicePlace, unit: RestartUnit): ServiceStatus {
  return statusOf(place, restartUnit(unit));
}

function statusOf(place: ServicePlace, text: string): ServiceStatus {
  const path = unitPath(place);
  const there = existsSync(path);
  return { path, installed: there, enabled: isEnabled(place), current: there && readFileSync(path, "utf8") === text };
}

/** `systemctl enable` writes the absolute path. */
function isEnabled(place: ServicePlace): boolean {
  try {
    return [LINK, unitPath(place)].includes(readlinkSync(linkPath(place)));
  } catch {
    return false;
  }
}

/** sd_booted(3). */
const BOOTED = "/run/systemd/system";

async function reload({ live, user, environment }: ServicePlace): Promise<void> {
  if (!live || !existsSync(BOOTED)) return;
  const argv = ["systemctl", ...(user ? ["--user"] : []), "daemon-reload"] as const;
  const { exitCode, stderr } = await runProgram([argv[0], ...argv.slice(1)], { env: environment });
  if (exitCode !== 0) throw new TeuError("unavailable", `run ${argv.join(" ")}: ${stderr.trim().replaceAll("\n", "; ")}`);
}

function inTermsOf(what: string, error: unknown): unknown {
  if (!failedWith(error, "EACCES", "EPERM", "EROFS")) return error;
  return new TeuError("denied", `${what}: ${error instanceof Error ? error.message : error}`, { cause: error });
}
