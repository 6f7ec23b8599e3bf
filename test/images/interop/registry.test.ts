// The program against real registries: TLS and passwords by the configuration and by login, a connection that is cut in the middle of a
// layer, mirrors of which the first is dead, layers that a registry has in another repository.
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startCuttingProxy } from "../../support/cutting-proxy.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { requires } from "../../support/requires.ts";
import { openRoots } from "../../support/roots.ts";
import { runOk } from "../../support/run.ts";
import { ALL, type HardImage, hardImage, ONE } from "./hard-image.ts";
import { openTeu, type Teu } from "./teu.ts";

setDefaultTimeout(60_000);
const { test, missing } = requires("root", "registry", "skopeo", "openssl", "htpasswd");
const roots = openRoots();
const basicAuth = { username: "ann", password: "p:w rd" };
let image: HardImage;
let made = 0;

beforeAll(async () => {
  if (missing.length === 0) image = await hardImage("busybox");
}, 120_000);

afterAll(() => roots.close());

/** One with nothing in its store. */
function freshTeu(): Teu {
  made += 1;
  return openTeu({ ...roots, root: roots.path(`root-${made}`), runRoot: roots.path(`run-${made}`) });
}

/** An engine that has the image under a name, and pushes it there. */
async function pushed(teu: Teu, name: string): Promise<Teu> {
  expect(await teu.copy(`oci:${image.layout}:${ONE}`, name)).toBe(image.manifest);
  expect(await teu.push(name)).toBe(image.manifest);
  return teu;
}

/** What the registry has answered, from its log: `GET /v2/a/manifests/1 200 704`, with the bytes of the answer. */
function requests(registry: TestRegistry): readonly string[] {
  return registry
    .log()
    .split("\n")
    .filter((line) => line.includes("response completed"))
    .map((line) =>
      ["request.method", "request.uri", "response.status", "response.written"]
        .map((key) => new RegExp(`http\\.${key}="?([^" ]+)`).exec(line)?.[1])
        .join(" "),
    );
}

async function manifestAt(registry: TestRegistry, name: string) {
  return JSON.parse(await runOk(["skopeo", "inspect", "--raw", "--tls-verify=false", `docker://${registry.host}/${name}`]));
}

/** What the image's command prints. */
const SAID = "new";

test("a registry with TLS of its own authority and a password: as the configuration says", async () => {
  await using registry = await startRegistry({ tls: true, basicAuth });
  const passwordFile = roots.path("password");
  writeFileSync(passwordFile, basicAuth.password, { mode: 0o600 });
  const settings = { [registry.host]: { ca: registry.ca, username: basicAuth.username, passwordFile } };
  const [teu, other] = [freshTeu(), freshTeu()];
  for (const engine of [teu, other]) engine.configure(settings);
  await pushed(teu, `${registry.host}/a/b:1`);
  expect(await other.pull(`${registry.host}/a/b:1`)).toBe(image.manifest);
  expect(await other.run(`${registry.host}/a/b:1`)).toBe(SAID);

  other.configure({ [registry.host]: { ca: registry.ca } });
  const refused = await other.tryCall("pull", `${registry.host}/a/b:1`);
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining(`teu login ${registry.host}`) });
  other.configure({ [registry.host]: { insecure: false } });
  expect(await other.tryCall("pull", `${registry.host}/a/b:1`)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("certificate"),
  });
});

test("… by login and --tls-verify=false, until logout", async () => {
  await using registry = await startRegistry({ tls: true, basicAuth });
  const teu = freshTeu();
  const login = ["login", "--username", basicAuth.username, "--password", basicAuth.password];
  expect(await teu.tryCall(...login.slice(0, -1), "wrong", "--tls-verify=false", registry.host)).toMatchObject({ status: 1 });
  teu.configure({ [registry.host]: { insecure: true } });
  expect(await teu.call(...login, registry.host)).toContain("Login Succeeded");
  await pushed(teu, `${registry.host}/a:1`);
  expect(await teu.pull(`${registry.host}/a:1`)).toBe(image.manifest);
  await teu.call("logout", registry.host);
  expect(await teu.tryCall("pull", `${registry.host}/a:1`)).toMatchObject({ status: 1 });
});

test("a pull goes on where a cut connection ended, within a layer, and the layers before are not fetched again", async () => {
  await using registry = await startRegistry();
  await pushed(freshTeu(), `${registry.host}/cut:1`);
  const [{ size }] = (await manifestAt(registry, "cut:1")).layers;
  await using proxy = await startCuttingProxy({ to: registry.host, afterBytes: Math.floor(size / 2), times: 1 });
  const teu = freshTeu();
  expect(await teu.pull(`${proxy.host}/cut:1`)).toBe(image.manifest);
  expect(await teu.run(`${proxy.host}/cut:1`)).toBe(SAID);
  expect(proxy.cuts).toBe(1);
  const rests = requests(registry).filter((line) => /^GET \/v2\/cut\/blobs\/\S+ 206 /.test(line));
  expect(rests.length).toBe(1);
  expect(Number(rests[0]?.split(" ")[3])).toBeLessThan(size * 0.75);
});

test("… also by a later command, when the connection stays away", async () => {
  await using registry = await startRegistry();
  await pushed(freshTeu(), `${registry.host}/later:1`);
  const teu = freshTeu();
  const name = "registry.invalid/later:1";
  {
    await using proxy = await startCuttingProxy({ to: registry.host, afterBytes: 600_000, times: Number.POSITIVE_INFINITY });
    teu.configure({ "registry.invalid": { location: `${proxy.host}`, insecure: true } });
    // Each attempt gets a piece further; so the server goes away for good.
    const pull = teu.tryCall("pull", name);
    while (proxy.cuts === 0) await Bun.sleep(5);
    await proxy[Symbol.asyncDispose]();
    expect(await pull).toMatchObject({ status: 1 });
  }
  expect(await teu.call("images", "--quiet")).toBe("");
  teu.configure({ "registry.invalid": { location: registry.host, insecure: true } });
  expect(await teu.pull(name)).toBe(image.manifest);
  expect(await teu.run(name)).toBe(SAID);
  expect(requests(registry)).toContainEqual(expect.stringMatching(/^GET \/v2\/later\/blobs\/\S+ 206 /));
});

test("mirrors are asked in their order: one that is dead, one that has not got it, one that has; then the registry itself", async () => {
  await using empty = await startRegistry();
  await using full = await startRegistry();
  const dead = await startCuttingProxy({ to: full.host, afterBytes: 0, times: 1 });
  await dead[Symbol.asyncDispose]();
  await pushed(freshTeu(), `${full.host}/library/mirrored:1`);
  const teu = freshTeu();
  teu.configure({ "docker.io": { mirrors: [`http://${dead.host}`, `http://${empty.host}`, `http://${full.host}`], location: dead.host } });
  expect(await teu.pull("mirrored:1")).toBe(image.manifest);
  expect(await teu.run("mirrored:1")).toBe(SAID);
  expect(await teu.call("images", "--format", "{{.Repository}}:{{.Tag}}")).toBe("mirrored:1");
  expect(requests(empty)).toContainEqual(expect.stringContaining("GET /v2/library/mirrored/manifests/1 404"));

  const none = freshTeu();
  none.configure({ "docker.io": { mirrors: [`http://${dead.host}`, `http://${empty.host}`], location: full.host, insecure: true } });
  expect(await none.pull("mirrored:1")).toBe(image.manifest);
});

test("layers that the registry has in another repository are mounted there, not sent", async () => {
  await using registry = await startRegistry();
  const teu = await pushed(freshTeu(), `${registry.host}/team/one:1`);
  await teu.call("tag", `${registry.host}/team/one:1`, `${registry.host}/team/two:1`);
  expect(await teu.call("push", `${registry.host}/team/two:1`)).toContain("Mounted from team/one");
  const sent = requests(registry).filter((line) => /^(POST|PATCH|PUT) .*team\/two/.test(line));
  // The configuration is a blob like the three layers.
  expect(sent.filter((line) => /^POST \S*\?mount=sha256\S* 201 /.test(line)).length).toBe(4);
  expect(sent.filter((line) => !line.startsWith("POST "))).toEqual(["PUT /v2/team/two/manifests/1 201 0"]);
  const { config } = await manifestAt(registry, "team/two:1");
  const link = join(registry.storage, "docker/registry/v2/repositories/team/two/_layers", config.digest.replace(":", "/"), "link");
  expect(existsSync(link)).toBe(true);
  const other = freshTeu();
  expect(await other.pull(`${registry.host}/team/two:1`)).toBe(image.manifest);
});

test("an index of several platforms is pulled for one, and pushed whole when all of it is here", async () => {
  await using registry = await startRegistry();
  const teu = freshTeu();
  const name = `${registry.host}/index:1`;
  expect(await teu.copy("--all", `oci:${image.layout}:${ALL}`, name)).toBe(image.index);
  expect(await teu.push(name)).toBe(image.index);
  const platforms = (await manifestAt(registry, "index:1")).manifests.map(
    ({ platform }: { readonly platform: { readonly architecture: string } }) => platform.architecture,
  );
  expect(platforms).toEqual([process.arch === "arm64" ? "arm64" : "amd64", "riscv64"]);
  const [host, foreign] = [freshTeu(), freshTeu()];
  expect(await host.pull(name)).toBe(image.index);
  expect(await host.run(name)).toBe(SAID);
  expect(await foreign.pull(name, "--platform", "linux/riscv64")).toBe(image.index);
  expect(await foreign.call("image", "inspect", "--format", "{{.Architecture}}", name)).toBe("riscv64");
});
