// `system check` of containers, networks and volumes: rows against directories, and the database that holds the rows. Repair brings together what tells of
// the same thing: documents that were damaged are read from the records of birth, a database that is none is made anew from those and from
// the records of volumes. Nothing that holds anybody's files is removed.
import { existsSync, lstatSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DamagedDatabaseError, databaseError } from "../../base/database.ts";
import { TeuError } from "../../base/errors.ts";
import { allContainers, type ContainerRow, replaceDocument } from "../../containers/state/rows.ts";
import { isAlive } from "../../kernel/state/process.ts";
import { isEmpty, listDirectories, readVolumeRecord, volumePaths } from "../../volumes/directory.ts";
import { allVolumes } from "../../volumes/rows.ts";
import { makeVolume } from "../../volumes/store.ts";
import { containerPaths, readBirth } from "../containers/state/directory.ts";
import { finishRemoval } from "../containers/state/finish-removal.ts";
import { recover } from "../containers/state/recover.ts";
import { runState } from "../containers/state/run-state.ts";
import { namesIn } from "../containers/state/set-aside.ts";
import { containersOf } from "../containers/state/take-files.ts";
import type { Engine } from "../engine.ts";
import { checkNetworks } from "./check-networks.ts";
import type { StateFinding } from "./finding.ts";

/** What is wrong; after a repair, what was. */
export async function checkState(engine: Engine, { repair }: { readonly repair: boolean }): Promise<readonly StateFinding[]> {
  if (!existsSync(databaseOf(engine)) && !existsSync(containersOf(engine))) return [];
  const problems = checkDatabase(engine, repair);
  if (problems.length > 0 && !repair) return problems;
  if (problems.length > 0) await recover(engine, { runs: true }); // before their names are another's
  const networks = checkNetworks(engine, repair);
  problems.push(...(await checkContainers(engine, repair)), ...networks, ...checkVolumes(engine));
  if (repair) {
    adoptVolumes(engine);
    await recover(engine, { runs: true });
    // Bridges of networks that are none any more.
    if (networks.length > 0) await (await import("../networks/host/sweep.ts")).sweepKernel(engine);
  }
  return problems;
}

const databaseOf = ({ root }: Engine) => join(root, "state.db");

function checkDatabase(engine: Engine, repair: boolean): StateFinding[] {
  const path = databaseOf(engine);
  if (isSound(engine, path)) return [];
  if (repair) {
    engine.state.close();
    for (const suffix of ["-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
    renameSync(path, `${path}.damaged-${engine.runtime.now().getTime()}`);
  }
  const anew = "; made anew from the records of containers and volumes: networks, events, and what was renamed or updated, are lost";
  return [{ kind: "database", subject: path, message: `${path} is damaged${repair ? anew : ""}` }];
}

function isSound({ state }: Engine, path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) return false;
  try {
    const told = state.rows.query<{ integrity_check: string }, []>("PRAGMA integrity_check").all();
    for (const table of TABLES) state.rows.query(`SELECT * FROM ${table} LIMIT 1`).get();
    return told.every((row) => row.integrity_check === "ok");
  } catch (error) {
    const told = error instanceof TeuError ? error : databaseError(path, error);
    if (told instanceof DamagedDatabaseError) return false;
    throw told;
  }
}

const NETWORKS = ["networks", "subnets", "network_choices", "endpoints", "endpoint_names", "ports", "attachments"] as const;
const TABLES = ["containers", "events", "duties", "health", "volumes", "volume_uses", ...NETWORKS] as const;

async function checkContainers(engine: Engine, repair: boolean): Promise<StateFinding[]> {
  const rows = allContainers(engine.state.rows);
  const problems: StateFinding[] = [];
  for (const row of rows) {
    if (row.removing) continue; // whoever comes next goes on
    const problem = missing(engine, row) ?? damaged(engine, row);
    if (problem === undefined) continue;
    problems.push(problem.finding);
    if (repair) await problem.repair?.();
  }
  const known = new Set(rows.map(({ id }) => id));
  const orphans = namesIn(containersOf(engine)).filter((id) => !id.startsWith(".") && !known.has(id));
  return [...problems, ...orphans.flatMap((id) => orphaned(engine, id))];
}

interface Problem {
  readonly finding: StateFinding;
  readonly repair?: () => Promise<void>;
}

/** One that runs goes on without its directory, until somebody ends it. */
function missing(engine: Engine, { id, name }: ContainerRow): Problem | undefined {
  if (existsSync(containerPaths(engine.root, id).directory)) return undefined;
  const runs = runState(engine, id).kind === "alive";
  const message = `container ${name} has lost its directory, and all that it wrote`;
  return {
    finding: { kind: "container-missing", subject: id, message: runs ? `${message}; it still runs` : message },
    ...(runs ? {} : { repair: () => finishRemoval(engine, id, { volumes: false }) }),
  };
}

function damaged(engine: Engine, { id, name, damage }: ContainerRow): Problem | undefined {
  const birth = readBirth(containerPaths(engine.root, id).directory);
  if (damage !== undefined) {
    const way = birth === undefined ? "there is no record of its birth: remove it" : "the record of its birth has what it was made with";
    return {
      finding: { kind: "container-damaged", subject: id, message: `the configuration of container ${name} is damaged; ${way}` },
      ...(birth === undefined ? {} : { repair: async () => engine.state.write((db) => replaceDocument(db, birth), { durable: true }) }),
    };
  }
  if (birth !== undefined) return undefined;
  return {
    finding: { kind: "container-damaged", subject: id, message: `the record of the birth of container ${name} is missing, or damaged` },
    repair: async () => writeBirthAnew(engine, id),
  };
}

async function writeBirthAnew(engine: Engine, id: string): Promise<void> {
  const [{ containerById }, { writeBirth }] = await Promise.all([
    import("../../containers/state/rows.ts"),
    import("../containers/state/directory.ts"),
  ]);
  const row = containerById(engine.state.rows, id);
  if (row !== undefined && row.damage === undefined) writeBirth(containerPaths(engine.root, id), row.document);
}

/** A directory without a row that nobody is at making. */
function orphaned(engine: Engine, id: string): StateFinding[] {
  const directory = join(containersOf(engine), id);
  const birth = readBirth(directory);
  if (birth !== undefined && isAlive(birth.birth.creator.pid, birth.birth.creator.start)) return [];
  const what = birth === undefined ? "has no record that tells whose it is" : "is of a container that no row tells of";
  return [{ kind: "container-orphaned", subject: id, message: `${directory} ${what}` }];
}

/** Most of it is repaired by whichever command sweeps. */
function checkVolumes(engine: Engine): StateFinding[] {
  const { root, state } = engine;
  const lost = allVolumes(state.rows)
    .filter(({ name }) => !existsSync(volumePaths(root, name).data))
    .map(({ name }) => name);
  const strays = strayVolumes(engine);
  return [
    ...lost.map((name) => ({ kind: "volume-missing", subject: name, message: `volume ${name} has lost its directory` }) as const),
    ...strays.map(
      (name) =>
        ({
          kind: "volume-orphaned",
          subject: name,
          message: `${volumePaths(root, name).directory} is of a volume that no row tells of`,
        }) as const,
    ),
  ];
}

function strayVolumes({ root, state }: Engine): string[] {
  const rows = new Set(allVolumes(state.rows).map(({ name }) => name));
  return listDirectories(root).names.filter((name) => !rows.has(name));
}

/** Directories with files in them, and no record that says what volume they are: they become volumes that ask for nothing. */
function adoptVolumes(engine: Engine): void {
  const { root, state, runtime } = engine;
  for (const name of strayVolumes(engine)) {
    const { directory, data } = volumePaths(root, name);
    if (readVolumeRecord(directory) !== undefined || isEmpty(data)) continue;
    const created = runtime.now().getTime();
    state.write((db) => makeVolume(db, root, { name, created, driver: "local", options: {}, labels: {}, anonymous: false }));
  }
}
