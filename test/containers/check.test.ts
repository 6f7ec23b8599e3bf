// `teu system check` of containers and volumes: what is wrong is told, a repair keeps everybody's files, and afterwards nothing is wrong.
import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cli, cliTests } from "../cli/callers.ts";

interface Place {
  readonly cli: Cli;
  readonly root: string;
  /** Of a container that was made and never started. */
  readonly id: string;
  readonly name: string;
}

const database = ({ root }: Place) => join(root, "state.db");
const directory = ({ root, id }: Place) => join(root, "containers", id);
const dropLog = (place: Place) => {
  for (const suffix of ["-wal", "-shm"]) rmSync(`${database(place)}${suffix}`, { force: true });
};
const change = (place: Place, ...statements: readonly string[]) => {
  using db = new Database(database(place));
  for (const statement of statements) db.run(statement);
};

interface Damage {
  readonly name: string;
  readonly damage: (place: Place) => unknown;
  readonly kinds: readonly string[];
  /** What is so after a repair. */
  readonly mended: (place: Place) => Promise<void>;
}

const isStarted = async ({ cli, name }: Place) => expect(await cli.teu(["start", name])).toMatchObject({ status: 0, stderr: "" });
const isGone = async ({ cli, name }: Place) => {
  const { stdout } = await cli.teu(["ps", "-a", "--format", "{{.Names}}"]);
  expect(stdout).not.toContain(name);
};
const hasFile = async ({ cli, root }: Place, volume: string) => {
  expect((await cli.teu(["volume", "ls", "-q"])).stdout).toContain(`${volume}\n`);
  expect(existsSync(join(root, "volumes", volume, "_data/file"))).toBe(true);
};
/** As its owner may make it. */
const copyOf = async ({ cli, root }: Place, name: string) => {
  const to = join(root, "volumes", name);
  await cli.run(["cp", "-a", join(root, "volumes/kept"), to]);
  return to;
};

const DAMAGES: readonly Damage[] = [
  { name: "nothing", damage: () => {}, kinds: [], mended: isStarted },
  {
    name: "a document that is none",
    damage: (place) => change(place, `UPDATE containers SET document = '{"version":2}'`),
    kinds: ["container-damaged"],
    mended: isStarted,
  },
  {
    name: "a record of birth that is garbage",
    damage: (place) => writeFileSync(join(directory(place), "container.json"), "garbage"),
    kinds: ["container-damaged"],
    mended: isStarted,
  },
  {
    name: "a directory that is gone",
    damage: (place) => rmSync(directory(place), { recursive: true }),
    kinds: ["container-missing"],
    mended: isGone,
  },
  {
    name: "a row that is gone",
    damage: (place) => change(place, "DELETE FROM volume_uses", "DELETE FROM containers"),
    kinds: ["container-orphaned"],
    mended: isStarted,
  },
  {
    name: "a database that is garbage",
    damage: (place) => {
      dropLog(place);
      writeFileSync(database(place), "garbage".repeat(1000));
    },
    kinds: ["database"],
    mended: async (place) => {
      await isStarted(place);
      await hasFile(place, "kept");
      expect(readdirSync(place.root).filter((entry) => entry.startsWith("state.db.damaged-"))).toHaveLength(1);
    },
  },
  { name: "a table that is gone", damage: (place) => change(place, "DROP TABLE health"), kinds: ["database"], mended: isStarted },
  {
    name: "a directory in place of the database",
    damage: (place) => {
      dropLog(place);
      rmSync(database(place));
      mkdirSync(database(place));
    },
    kinds: ["database"],
    mended: isStarted,
  },
  {
    name: "a volume without its directory",
    damage: ({ root }) => rmSync(join(root, "volumes/kept"), { recursive: true }),
    kinds: ["volume-missing"],
    mended: async ({ cli }) => expect((await cli.teu(["volume", "rm", "kept"])).status).toBe(0),
  },
  {
    name: "a copy of a volume's directory",
    damage: (place) => copyOf(place, "copied"),
    kinds: ["volume-orphaned"],
    mended: async (place) => {
      await hasFile(place, "kept");
      await hasFile(place, "copied");
    },
  },
  {
    name: "a volume's directory with a record that is garbage",
    damage: async (place) => writeFileSync(join(await copyOf(place, "stray"), "volume.json"), '{"name":"../../../etc"}'),
    kinds: ["volume-orphaned"],
    mended: (place) => hasFile(place, "stray"),
  },
];

for (const { name, damage, kinds, mended } of DAMAGES) {
  cliTests(`${name} is told, and mended`, async (cli) => {
    const { root } = cli.roots;
    const own = cli.roots.id("c");
    expect((await cli.teu(["volume", "create", "kept"])).status).toBe(0);
    writeFileSync(join(root, "volumes/kept/_data/file"), "");
    const { stdout } = await cli.teu(["create", "--name", own, "--rootfs", cli.rootfs, "true"]);
    const place = { cli, root, id: stdout.trim(), name: own };
    await damage(place);
    const check = async (...flags: readonly string[]) => {
      const { status, stdout: text, stderr } = await cli.teu(["system", "check", "--quick", "--format", "json", ...flags]);
      const { problems } = JSON.parse(text) as { problems: readonly { kind: string; message: string }[] };
      expect({ status, stderr }).toEqual({ status: problems.length === 0 ? 0 : 1, stderr: "" });
      return problems.map(({ kind }) => kind);
    };
    expect(await check()).toEqual([...kinds]);
    expect(await check("--repair")).toEqual([...kinds]);
    await mended(place);
    expect(await check()).toEqual([]);
    expect((await cli.teu(["rm", "-f", own])).status).toBe(0);
  });
}

cliTests("a link in place of a volume's directory is not followed", async (cli) => {
  expect((await cli.teu(["volume", "create", "linked"])).status).toBe(0);
  const [link, target] = [join(cli.roots.root, "volumes/linked"), cli.roots.path("target")];
  mkdirSync(target, { mode: 0o777 });
  rmSync(link, { recursive: true });
  symlinkSync(target, link);
  expect((await cli.teu(["volume", "ls"])).status).toBe(0);
  expect(readdirSync(target)).toEqual([]);
  expect(await cli.teu(["volume", "rm", "linked"])).toMatchObject({ status: 0, stderr: "" });
  expect(existsSync(target)).toBe(true);
});
