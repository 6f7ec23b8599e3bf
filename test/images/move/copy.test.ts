// `teu image copy` between all transports and with the other tools on the same registry: digests stay, what cannot be done is refused.
import { expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { startRegistry } from "../../support/registry.ts";
import { requires } from "../../support/requires.ts";
import { withRoots } from "../../support/roots.ts";
import { runOk } from "../../support/run.ts";
import { tester } from "../../support/user.ts";
import { digestBySkopeo, makeImages, openProgram } from "./program.ts";

const { test } = requires("registry", "skopeo", "umoci", "podman", "root", "tester", "userns", "newuidmap", "subids");
const ACCOUNT = { username: "someone", password: "a:secret" };

test(
  "an image goes through registry, dir, archives and store, and has its digest at every end, as skopeo sees it",
  () =>
    withRoots(async (roots) => {
      await using registry = await startRegistry();
      const teu = await openProgram(roots);
      const images = await makeImages(roots);
      const path = [
        `docker://${registry.host}/app:1`,
        `dir:${roots.path("dir")}`,
        `oci-archive:${roots.path("o.tar")}:app`,
        "stored:1",
        `docker-archive:${roots.path("d.tar")}:app:1`,
        `docker://${registry.host}/again:1`,
      ];
      let from = `${images.layout}:amd64`;
      for (const to of path) {
        expect(await teu.ok("image", "copy", "-q", "--preserve-digests", from, to)).toBe(images.amd64);
        from = to;
      }
      for (const name of [path[0], path[1], path[2], path[5]]) expect(await digestBySkopeo(name ?? "")).toBe(images.amd64);
      // The store's has been unpacked.
      expect(JSON.parse(await teu.ok("image", "inspect", "stored:1"))[0].RootFS.Layers).toHaveLength(2);
      await teu.ok("image", "copy", "-q", path[0] ?? "", "pulled:1");
      expect(JSON.parse(await teu.ok("image", "inspect", "pulled:1"))[0].RepoDigests).toEqual([`${registry.host}/app@${images.amd64}`]);
      await runOk(["umoci", "unpack", "--image", `${roots.path("layout")}:amd64`, roots.path("bundle")]);
      await runOk(["skopeo", "copy", "-q", `docker-archive:${roots.path("d.tar")}:app:1`, `oci:${roots.path("theirs")}:1`]);
      const config = async (layout: string) => JSON.parse(await runOk(["skopeo", "inspect", "--config", layout]));
      expect(await config(`oci:${roots.path("theirs")}:1`)).toEqual(await config(`${images.layout}:amd64`));
    }),
  60_000,
);

test(
  "an index goes whole with --all, and podman and skopeo push what comes here with the digest that they say",
  () =>
    withRoots(async (roots) => {
      await using registry = await startRegistry();
      const teu = await openProgram(roots);
      const images = await makeImages(roots);
      const name = `docker://${registry.host}/app`;
      await teu.ok("image", "copy", "-q", "--all", `${images.layout}:all`, `${name}:all`, "--digestfile", roots.path("digest"));
      expect(readFileSync(roots.path("digest"), "utf8")).toBe(images.all);
      expect(await digestBySkopeo(`${name}:all`)).toBe(images.all);
      expect(await teu.ok("image", "copy", "-q", "--platform", "linux/arm64", `${name}:all`, `${name}:arm`)).toBe(images.arm64);
      await teu.ok(
        "image",
        "copy",
        "-q",
        "--additional-tag",
        "2",
        "--additional-tag",
        `${registry.host}/other:3`,
        `${name}:all`,
        `${name}:one`,
      );
      for (const tagged of [`${name}:one`, `${name}:2`, `docker://${registry.host}/other:3`])
        expect(await digestBySkopeo(tagged)).toBe(images.amd64);

      const podman = ["podman", "--root", roots.path("podman"), "--runroot", roots.path("podman-run"), "--storage-driver", "vfs"];
      await runOk([...podman, "pull", "-q", "--tls-verify=false", `${registry.host}/app:one`]);
      await runOk([
        ...podman,
        "push",
        "-q",
        "--tls-verify=false",
        "--digestfile",
        roots.path("pushed"),
        `${registry.host}/app:one`,
        `${registry.host}/podman:1`,
      ]);
      expect(await teu.ok("image", "copy", "-q", `docker://${registry.host}/podman:1`, "from-podman:1")).toBe(
        readFileSync(roots.path("pushed"), "utf8"),
      );
    }),
  60_000,
);

test(
  "an archive goes through a pipe, and nothing but it to standard output",
  () =>
    withRoots(async (roots) => {
      const teu = await openProgram(roots);
      const images = await makeImages(roots);
      const line = `"$TEU" image copy "$FROM" docker-archive:/dev/stdout:app:1 | "$TEU" image copy -q docker-archive:/dev/stdin "$TO"`;
      const env = { ...teu.env, TEU: teu.path, FROM: `${images.layout}:amd64`, TO: `oci:${roots.path("back")}:1` };
      expect(await runOk(["bash", "-o", "pipefail", "-c", line], { env })).toBe(images.amd64);
      expect(await digestBySkopeo(`oci:${roots.path("back")}:1`)).toBe(images.amd64);
    }),
  60_000,
);

test(
  "--format and --dest-compress-format change what they say, and the configuration stays",
  () =>
    withRoots(async (roots) => {
      const teu = await openProgram(roots);
      const images = await makeImages(roots);
      const mediaTypes = async (name: string) => {
        const { mediaType, layers } = JSON.parse(await runOk(["skopeo", "inspect", "--raw", name]));
        return [mediaType, ...layers.map((layer: { readonly mediaType: string }) => layer.mediaType)];
      };
      const docker = "application/vnd.docker";
      await teu.ok("image", "copy", "-q", "--format", "v2s2", `${images.layout}:amd64`, `dir:${roots.path("docker")}`);
      const gzip = `${docker}.image.rootfs.diff.tar.gzip`;
      expect(await mediaTypes(`dir:${roots.path("docker")}`)).toEqual([`${docker}.distribution.manifest.v2+json`, gzip, gzip]);

      const packed = `oci:${roots.path("packed")}`;
      await teu.ok(
        "image",
        "copy",
        "-q",
        "--dest-compress-format",
        "zstd",
        "--dest-compress-level",
        "5",
        `${images.layout}:all`,
        `${packed}:zstd`,
      );
      const zstd = "application/vnd.oci.image.layer.v1.tar+zstd";
      expect(await mediaTypes(`${packed}:zstd`)).toEqual(["application/vnd.oci.image.manifest.v1+json", zstd, zstd]);
      // Unpacking holds the layers against the configuration's digests.
      await teu.ok("image", "copy", "-q", `${packed}:zstd`, "packed:1");
      await teu.ok("image", "copy", "-q", "--dest-decompress", `${images.layout}:all`, `${packed}:plain`);
      await runOk(["umoci", "unpack", "--image", `${roots.path("packed")}:plain`, roots.path("bundle")]);
      expect(readFileSync(roots.path("bundle/rootfs/etc/salt"), "utf8")).toBe("one amd64\n");

      const refused = await teu.run([
        "image",
        "copy",
        "--preserve-digests",
        "--format",
        "docker",
        `${images.layout}:amd64`,
        `dir:${roots.path("no")}`,
      ]);
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain("a change of format changes the digest");
      expect(existsSync(roots.path("no/manifest.json"))).toBe(false);
    }),
  60_000,
);

test(
  "each end has its own credentials and certificates",
  () =>
    withRoots(async (roots) => {
      await using registry = await startRegistry({ tls: true, basicAuth: ACCOUNT });
      const teu = await openProgram(roots);
      const images = await makeImages(roots);
      const name = `docker://${registry.host}/app:1`;
      mkdirSync(roots.path("certs"));
      writeFileSync(roots.path("certs/ca.crt"), readFileSync(registry.ca));
      const creds = `${ACCOUNT.username}:${ACCOUNT.password}`;
      const copy = ["image", "copy", "-q", "--dest-tls-verify=true", `${images.layout}:amd64`, name];
      expect((await teu.run([...copy, "--dest-creds", creds])).stderr).toMatch(/certificate/);
      expect((await teu.run([...copy, "--dest-cert-dir", roots.path("certs")])).status).toBe(1);
      const idle = await teu.run([...copy, "--dest-cert-dir", roots.path("certs"), "--src-creds", creds]);
      expect([idle.status, idle.stderr]).toEqual([1, "teu: --src-creds is for images in a registry\n"]);
      expect(await teu.ok(...copy, "--dest-cert-dir", roots.path("certs"), "--dest-creds", creds)).toBe(images.amd64);

      writeFileSync(
        roots.path("auth.json"),
        JSON.stringify({ auths: { [registry.host]: { auth: Buffer.from(creds).toString("base64") } } }),
      );
      const back = ["image", "copy", "-q", "--src-tls-verify=false", name, `oci:${roots.path("back")}:1`];
      expect(await teu.ok(...back, "--src-authfile", roots.path("auth.json"))).toBe(images.amd64);
      expect((await teu.run([...back, "--src-no-creds"], { env: { REGISTRY_AUTH_FILE: roots.path("auth.json") } })).status).toBe(1);
      expect(await teu.ok(...back, "--src-username", ACCOUNT.username, "--src-password", ACCOUNT.password)).toBe(images.amd64);
      const both = await teu.run([...back, "--src-creds", creds, "--src-no-creds"]);
      expect(both.stderr).toContain("exclude each other");
    }),
  60_000,
);

test("an ordinary user copies into a store of their own and out of it", () => {
  const user = tester();
  return withRoots(
    async (roots) => {
      await using registry = await startRegistry();
      const images = await makeImages(roots);
      const { path, env } = await openProgram(roots);
      const copy = (...args: readonly string[]) => runOk([path, "image", "copy", "-q", ...args], { env, user, roots });
      expect(await copy("--all", `${images.layout}:all`, "mine:1")).toBe(images.all);
      expect(await copy("--all", "mine:1", `docker://${registry.host}/mine:1`)).toBe(images.all);
      expect(await digestBySkopeo(`docker://${registry.host}/mine:1`)).toBe(images.all);
      expect(await copy("mine:1", `docker-archive:${roots.path("run/mine.tar")}:mine:1`)).toBe(images.amd64);
    },
    { owner: user, leftovers: "sweep" },
  );
}, 60_000);

test(
  "what is not built is refused by name, before anything is opened",
  () =>
    withRoots(async (roots) => {
      const teu = await openProgram(roots);
      for (const flag of ["sign-by", "encryption-key", "decryption-key", "dest-shared-blob-dir"]) {
        const { status, stderr } = await teu.run(["image", "copy", `--${flag}`, "x", "a:1", "dir:/nowhere"]);
        expect([status, stderr]).toEqual([1, expect.stringContaining(`--${flag} is not built`)]);
      }
      const refusals = [
        [["--format", "v2s1", "a:1", "b:1"], "--format v2s1 is not built"],
        [["--multi-arch", "index-only", "a:1", "b:1"], "--multi-arch index-only is not built"],
        [["a:1", "bootstrap:debian/bookworm"], "write to bootstrap:debian/bookworm"],
        [["docker-daemon:a:1", "b:1", "--src-daemon-host", "tcp://127.0.0.1:1"], "only unix:///PATH is built"],
        [["docker-daemon:a:1", "b:1", "--src-daemon-host", `unix://${roots.path("none.sock")}`], "no docker daemon answers"],
        [["docker://127.0.0.1:1/a:1", "dir:x", "--additional-tag", "y"], "only docker, docker-archive and the store have tags"],
        [["a:1", "b:1", "--src-daemon-host", "unix:///x"], "--src-daemon-host is for docker-daemon:NAME"],
        [["--dest-compress-level", "3", "a:1", "b:1"], "--dest-compress-level is 1 to 9"],
      ] as const;
      for (const [args, said] of refusals) {
        const { status, stderr } = await teu.run(["image", "copy", ...args]);
        expect([status, stderr]).toEqual([1, expect.stringContaining(said)]);
      }
    }),
  60_000,
);
