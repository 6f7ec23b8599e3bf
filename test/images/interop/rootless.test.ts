// The same without root: an ordinary user pulls, pushes, saves, loads and runs with the digests that root has, and unpacks to the tree
// that root has, but for device nodes.
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { requires } from "../../support/requires.ts";
import { openRoots, type TestRoots } from "../../support/roots.ts";
import { differences } from "../../support/tree-facts.ts";
import { tester } from "../../support/user.ts";
import { ALL, type HardImage, hardImage, ONE } from "./hard-image.ts";
import { openTeu, type Teu } from "./teu.ts";

setDefaultTimeout(60_000);
const { test, missing } = requires("root", "userns", "tester", "subids", "newuidmap", "overlay", "python3", "registry");
const roots = openRoots(missing.length > 0 ? {} : { owner: tester() });
const basicAuth = { username: "ann", password: "p:w rd" };
const SAID = "new";
let teu: Teu;
let registry: TestRegistry;
let image: HardImage;

const below = (name: string): TestRoots => ({ ...roots, root: roots.path(`${name}-root`), runRoot: roots.path(`${name}-run`) });

beforeAll(async () => {
  if (missing.length > 0) return;
  image = await hardImage("busybox");
  registry = await startRegistry({ basicAuth });
  teu = openTeu(roots, tester());
  expect(await teu.copy(`oci:${image.layout}:${ONE}`, `${registry.host}/ours:1`)).toBe(image.manifest);
}, 120_000);

afterAll(async () => {
  await registry?.[Symbol.asyncDispose]();
  await roots.close();
});

test("layers unpack to root's tree, without its device nodes", async () => {
  const root = openTeu(below("of-root"));
  await root.copy(`oci:${image.layout}:${ONE}`, "hard:1");
  const [ours, theirs] = [await teu.tree(`${registry.host}/ours:1`), await root.tree("hard:1")];
  const devices = ["hard/null", "hard/loop"].map((name) => [name, [{}, theirs.get(name) ?? { name: "is missing" }]]);
  expect(theirs.size).toBeGreaterThan(300);
  expect(differences(ours, theirs)).toEqual(Object.fromEntries(devices));
  expect(await teu.run(`${registry.host}/ours:1`)).toBe(SAID);
});

test("what an ordinary user pushes after a login, another store of theirs pulls and runs, an index too", async () => {
  const other = openTeu(below("other"), tester());
  for (const engine of [teu, other]) {
    await engine.call("login", "--username", basicAuth.username, "--password", basicAuth.password, registry.host);
  }
  expect(await teu.push(`${registry.host}/ours:1`)).toBe(image.manifest);
  expect(await other.pull(`${registry.host}/ours:1`)).toBe(image.manifest);
  expect(await other.id(`${registry.host}/ours:1`)).toBe(image.id);
  expect(await other.run(`${registry.host}/ours:1`)).toBe(SAID);
  expect(await teu.copy("--all", `oci:${image.layout}:${ALL}`, `${registry.host}/index:1`)).toBe(image.index);
  expect(await teu.push(`${registry.host}/index:1`)).toBe(image.index);
  expect(await other.pull(`${registry.host}/index:1`)).toBe(image.index);
});

test("archives of both forms go from one store to another", async () => {
  const name = `${registry.host}/ours:1`;
  for (const format of ["docker-archive", "oci-archive"]) {
    const other = openTeu(below(format), tester());
    await teu.call("save", "--format", format, "--output", roots.path(format), name);
    expect(await other.call("load", "--input", roots.path(format))).toBe(`Loaded image: ${name}`);
    expect(await other.id(name)).toBe(image.id);
    expect(await other.run(name)).toBe(SAID);
  }
});
