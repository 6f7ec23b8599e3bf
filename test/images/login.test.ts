// `teu login`, `logout` and `search` against a registry with accounts: what is tried before it is kept, how it is kept, and who else's
// credentials are found.
import { expect } from "bun:test";
import { chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeImage, writeLayout } from "../archives/fixture.ts";
import { ROOT } from "../cli/callers.ts";
import { runOk } from "../support/run.ts";
import { type ImageCli, imageTests, isolated } from "./image-tests.ts";

const ACCOUNT = { username: "captain", password: "p:ss wörd" };
const SECURED = { basicAuth: ACCOUNT };

/** Puts an image there, as the account. */
async function publishAs({ registry, name }: ImageCli, path: string): Promise<void> {
  const image = await makeImage(registry.directory);
  const layout = join(registry.directory, "layout");
  await writeLayout(layout, "made", image.manifest, [image]);
  const creds = `${ACCOUNT.username}:${ACCOUNT.password}`;
  await runOk(["skopeo", "copy", "--dest-tls-verify=false", "--dest-creds", creds, `oci:${layout}:made`, `docker://${name(path)}`]);
}

/** Every file of the test's engine, as one text. */
function everyFile(directory: string): string {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1")).join("\n");
}

imageTests(
  "login tries the password, keeps it encrypted with a key apart, and logout forgets it",
  async (images) => {
    const { host } = images.registry;
    const { roots } = images.cli;
    await publishAs(images, "team/app:1");
    const denied = await images.teu(["pull", images.name("team/app:1")]);
    expect(denied).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`pull access denied for ${images.name("team/app")}, repository`),
    });

    const wrong = await images.teu(["login", "-u", ACCOUNT.username, "--password-stdin", host], { stdin: "wrong\n" });
    expect(wrong).toMatchObject({ status: 1, stdout: "" });
    expect(await images.teu(["logout", host])).toMatchObject({ status: 0, stdout: `Not logged in to ${host}\n` });

    const [directory, keyFile] = [join(roots.root, "config/credentials"), join(roots.root, "credentials.key")];
    expect(await images.teu(["login", "-u", ACCOUNT.username, "--password-stdin", host], { stdin: `${ACCOUNT.password}\n` })).toEqual({
      status: 0,
      stdout: "Login Succeeded\n",
      stderr: `The password is kept in ${directory}, encrypted with the key ${keyFile}: whoever can read both can use it.\n`,
    });
    const files = everyFile(roots.root);
    for (const secret of [ACCOUNT.password, Buffer.from(ACCOUNT.password).toString("base64")]) expect(files).not.toContain(secret);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(await images.ok("pull", "-q", images.name("team/app:1"))).toBe(`${images.name("team/app:1")}\n`);
    expect((await images.ok("login", host)).trim().split("\n").at(-1)).toBe("Login Succeeded");

    expect(await images.ok("logout", `http://${host}/`)).toBe(`Removing login credentials for ${host}\n`);
    expect((await images.teu(["pull", images.name("team/app:1")])).status).toBe(1);
  },
  SECURED,
);

imageTests(
  "login asks on a terminal, the password unseen, and nowhere else",
  async (images) => {
    const { host } = images.registry;
    expect(await images.teu(["login", host])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("cannot perform an interactive login from a non-TTY device"),
    });
    await using terminal = images.cli.pty(["login", host], { env: isolated(images.cli) });
    await terminal.expect("Username: ");
    terminal.send(`${ACCOUNT.username}\r`);
    await terminal.expect("Password: ");
    terminal.send(`x\x7f${ACCOUNT.password}y\x15${ACCOUNT.password}\r`);
    await terminal.expect("Login Succeeded");
    expect(await terminal.exited).toBe(0);
    expect(terminal.output()).not.toContain("ss w");
    for (const [flags, says] of [
      [["-p", "a", "--password-stdin"], "mutually exclusive"],
      [["--password-stdin"], "requires --username"],
    ] as const)
      expect(await images.teu(["login", ...flags, host])).toMatchObject({ status: 1, stderr: expect.stringContaining(says) });
    expect((await images.teu(["login", "-u", ACCOUNT.username, "-p", ACCOUNT.password, host])).stderr).toStartWith(
      "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n",
    );
    expect((await images.teu(["login", "not a registry"])).stderr).toContain("is no registry");
  },
  { ...SECURED, callers: [ROOT] },
);

imageTests(
  "credentials of docker's and podman's files are used, and --creds before them",
  async (images) => {
    await publishAs(images, "team/app:1");
    const auth = Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString("base64");
    const config = JSON.stringify({ auths: { [images.registry.host]: { auth } } });
    const { roots } = images.cli;
    const pull = (...flags: readonly string[]) => images.teu(["pull", "-q", ...flags, images.name("team/app:1")]);
    expect((await pull()).status).toBe(1);
    expect((await pull("--creds", `${ACCOUNT.username}:${ACCOUNT.password}`)).status).toBe(0);
    const owner = statSync(roots.root);
    const write = (path: string) => {
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, config);
      chownSync(path, owner.uid, owner.gid);
    };
    write(roots.path("auth.json"));
    expect((await pull()).status).toBe(0);
    await runOk(["mv", roots.path("auth.json"), roots.path("elsewhere.json")]);
    expect((await pull()).status).toBe(1);
    expect((await pull("--authfile", roots.path("elsewhere.json"))).status).toBe(0);
    write(roots.path("docker/config.json"));
    expect((await pull()).status).toBe(0);
    expect(await images.teu(["logout", images.registry.host])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("which teu goes on using; it does not change that file"),
    });
    expect((await pull("--creds", "captain:wrong")).status).toBe(1);
    expect((await pull("--creds", "captain")).stderr).toBe("teu: --creds needs USER:PASSWORD, or USER and a terminal to ask on\n");
  },
  SECURED,
);

imageTests(
  "a credential helper that docker's file names keeps the password, where there is one",
  async (images) => {
    const { roots } = images.cli;
    const { host } = images.registry;
    await publishAs(images, "team/app:1");
    const [bin, kept] = [roots.path("bin"), roots.path("kept")];
    for (const directory of [bin, roots.path("docker")]) mkdirSync(directory);
    const get = `[ -s ${kept} ] && cat ${kept} || { echo credentials not found in native keychain; exit 1; }`;
    const helper = `#!/bin/sh\ncase $1 in store) cat >${kept} ;; get) ${get} ;; erase) : >${kept} ;; esac\n`;
    writeFileSync(join(bin, "docker-credential-test"), helper, { mode: 0o755 });
    writeFileSync(roots.path("docker/config.json"), JSON.stringify({ credsStore: "test" }));
    const options = { env: { PATH: `${bin}:${process.env.PATH}` }, stdin: ACCOUNT.password };
    expect(await images.teu(["login", "-u", ACCOUNT.username, "--password-stdin", host], options)).toEqual({
      status: 0,
      stdout: "Login Succeeded\n",
      stderr: "The password is kept by docker-credential-test.\n",
    });
    expect(readFileSync(kept, "utf8")).toContain(ACCOUNT.password);
    expect((await images.teu(["pull", "-q", images.name("team/app:1")], options)).status).toBe(0);
    expect((await images.teu(["logout", host], options)).stdout).toBe(`Removing login credentials for ${host}\n`);
    expect((await images.teu(["pull", "-q", images.name("team/app:1")], options)).status).toBe(1);
  },
  { ...SECURED, callers: [ROOT] },
);

imageTests(
  "search lists what a registry has by name, and the tags of a repository",
  async (images) => {
    for (const path of ["team/debian:1", "team/debian:2", "other/debian-slim:1", "other/app:1"]) await images.publish({}, path);
    const { host } = images.registry;
    const names = async (...args: readonly string[]) =>
      (await images.ok("search", "--format", "{{.Name}}", ...args)).trim().split("\n").toSorted();
    expect(await names(`${host}/debian`)).toEqual([`${host}/other/debian-slim`, `${host}/team/debian`]);
    expect(await names(`${host}/`)).toHaveLength(3);
    expect(await names("--limit", "1", `${host}/`)).toHaveLength(1);
    expect(await names("--filter", "is-official=true", `${host}/debian`)).toEqual([""]);
    expect((await images.ok("search", `${host}/app`)).split("\n")[0]).toMatch(/^NAME +DESCRIPTION +STARS +OFFICIAL$/);
    expect((await images.ok("search", "--list-tags", `${host}/team/debian`)).split("\n").slice(1).toSorted()).toEqual([
      "",
      `${host}/team/debian   1`,
      `${host}/team/debian   2`,
    ]);
    for (const [args, says] of [
      [["--limit", "101", `${host}/x`], "limit 101 is outside the range of [1, 100]"],
      [["--filter", "stars=many", `${host}/x`], "invalid filter 'stars=many'"],
      [["--list-tags", `${host}/nowhere`], "404"],
    ] as const)
      expect(await images.teu(["search", ...args])).toMatchObject({ status: 1, stderr: expect.stringContaining(says) });
  },
  { callers: [ROOT] },
);
