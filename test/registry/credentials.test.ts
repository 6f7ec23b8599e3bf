// Credentials where other clients left them, with a helper that is a real program, and logins against a real registry.
import { expect } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { verifyLogin } from "../../src/image/client/login.ts";
import { type CredentialPlaces, Credentials } from "../../src/image/credentials/credentials.ts";
import { startRegistry } from "../support/registry.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { runOk } from "../support/run.ts";
import { startTokenServer } from "../support/token-server.ts";
import { clientContext, endpoint } from "./fixture.ts";

const { test } = requires("registry", "htpasswd", "openssl", "skopeo", "python3");

/** Keeps what it is told in the directory $KEPT, a file a server. */
const HELPER = `#!/usr/bin/python3
import json, os, sys
text = sys.stdin.read()
verb = sys.argv[1]
def at(server): return os.path.join(os.environ["KEPT"], server.replace("/", "_"))
if verb == "store":
    what = json.loads(text)
    open(at(what["ServerURL"]), "w").write(text)
elif os.environ.get("BROKEN"):
    print("the key ring is locked"); sys.exit(1)
elif not os.path.exists(at(text)):
    print("credentials not found in native keychain"); sys.exit(1)
elif verb == "get": print(open(at(text)).read())
elif verb == "erase": os.remove(at(text))
`;

function places(roots: TestRoots, more: Partial<CredentialPlaces> = {}): CredentialPlaces {
  const [bin, kept] = [roots.path("bin"), roots.path("kept")];
  for (const path of [bin, kept]) mkdirSync(path, { recursive: true });
  writeFileSync(`${bin}/docker-credential-test`, HELPER, { mode: 0o755 });
  const env = { PATH: `${bin}:/usr/bin:/bin`, KEPT: kept };
  return { directory: roots.path("config/credentials"), keyFile: roots.path("data/key"), authFiles: [], env, ...more };
}

function file(roots: TestRoots, name: string, content: object): string {
  writeFileSync(roots.path(name), JSON.stringify(content));
  return roots.path(name);
}

const auth = (text: string) => ({ auth: btoa(text) });
const password = (username: string, password: string) => ({ kind: "password", username, password }) as const;

test("credentials are found in our files, then docker's, then podman's, the most exact key first", () =>
  withRoots(async (roots) => {
    const dockerConfig = file(roots, "docker.json", {
      auths: { "https://index.docker.io/v1/": auth("hub:1"), "both.example": auth("docker:1"), "id.example": { identitytoken: "T" } },
    });
    const podman = file(roots, "auth.json", {
      auths: { "both.example": auth("podman:1"), "q.example/team": auth("team:1"), "q.example": auth("all:1") },
    });
    const credentials = new Credentials(places(roots, { dockerConfig, authFiles: [roots.path("absent.json"), podman] }));
    expect(await credentials.find("docker.io", "library/debian")).toEqual({ credential: password("hub", "1"), from: dockerConfig });
    expect(await credentials.find("both.example", "a")).toMatchObject({ credential: password("docker", "1") });
    expect(await credentials.find("q.example", "team/a")).toEqual({ credential: password("team", "1"), from: podman });
    expect(await credentials.find("q.example", "teams/a")).toMatchObject({ credential: password("all", "1") });
    expect(await credentials.find("id.example", "a")).toMatchObject({ credential: { kind: "identity-token", token: "T" } });
    expect(await credentials.find("none.example", "a")).toBeUndefined();
    await credentials.store("both.example", password("ours", "1"));
    expect(await credentials.find("both.example", "a")).toMatchObject({ credential: password("ours", "1") });
    expect(readFileSync(dockerConfig, "utf8")).not.toContain("ours");
    expect(await credentials.erase("both.example")).toBe(true);
    expect(await credentials.find("both.example", "a")).toMatchObject({ credential: password("docker", "1") });
  }));

test("a helper that docker's configuration names keeps and gives credentials, and nothing is written beside it", () =>
  withRoots(async (roots) => {
    const dockerConfig = file(roots, "docker.json", { credsStore: "test", credHelpers: { "none.example": "" } });
    const where = places(roots, { dockerConfig });
    const credentials = new Credentials(where);
    expect(await credentials.find("docker.io", "library/debian")).toBeUndefined();
    expect(await credentials.store("docker.io", password("ann", "1"))).toEqual({ helper: "docker-credential-test" });
    expect(await credentials.find("docker.io", "library/debian")).toEqual({
      credential: password("ann", "1"),
      from: "docker-credential-test",
    });
    expect(JSON.parse(readFileSync(roots.path("kept/https:__index.docker.io_v1_"), "utf8"))).toMatchObject({ Username: "ann" });
    expect([await credentials.erase("docker.io"), await credentials.erase("docker.io")]).toEqual([true, false]);
    expect(await credentials.store("none.example", password("ann", "1"))).toEqual({ directory: where.directory, keyFile: where.keyFile });
  }));

test("a helper that fails is told by what it says, one that is not there by its name", () =>
  withRoots(async (roots) => {
    const where = places(roots, { helper: "test" });
    const broken = new Credentials({ ...where, env: { ...where.env, BROKEN: "1" } });
    await expect(broken.find("a.example")).rejects.toThrow("docker-credential-test get ended with status 1: the key ring is locked");
    await expect(new Credentials({ ...where, helper: "missing" }).find("a.example")).rejects.toThrow("docker-credential-missing");
  }));

test("a file that is no JSON is refused by its path", () =>
  withRoots(async (roots) => {
    writeFileSync(roots.path("auth.json"), "{");
    const credentials = new Credentials(places(roots, { authFiles: [roots.path("auth.json")] }));
    await expect(credentials.find("a.example")).rejects.toThrow(roots.path("auth.json"));
  }));

test("what skopeo's login has written is read", () =>
  withRoots(async (roots) => {
    await using registry = await startRegistry({ basicAuth: { username: "ann", password: "p:w" } });
    const authFile = roots.path("auth.json");
    await runOk(["skopeo", "login", "--tls-verify=false", "--authfile", authFile, "-u", "ann", "-p", "p:w", registry.host]);
    const credentials = new Credentials(places(roots, { authFiles: [authFile] }));
    expect(await credentials.find(registry.host, "a/b")).toEqual({ credential: password("ann", "p:w"), from: authFile });
  }));

test("a login is tried before it is kept: the right password passes, a wrong one is denied", async () => {
  const account = { username: "ann", password: "right" };
  await using basic = await startRegistry({ basicAuth: account, tls: true });
  await using tokens = await startTokenServer({ account });
  await using bearer = await startRegistry({ bearer: tokens.bearer });
  for (const at of [endpoint(basic.host, "x", { ca: basic.ca }), endpoint(bearer.host, "x")]) {
    await verifyLogin(at, password("ann", "right"), clientContext());
    await expect(verifyLogin(at, password("ann", "wrong"), clientContext())).rejects.toMatchObject({ code: "denied", status: 401 });
  }
});
