// `teu manifest`: the output of docker's own client for the same images in the same registry, and lists with the digests that it makes.
import { expect } from "bun:test";
import { startRegistry } from "../../support/registry.ts";
import { requires } from "../../support/requires.ts";
import { withRoots } from "../../support/roots.ts";
import { run, runOk } from "../../support/run.ts";
import { digestBySkopeo, makeImages, openProgram } from "./program.ts";

const { test } = requires("registry", "skopeo", "docker");

test(
  "create, annotate, inspect and push are docker's to the byte, for images of both formats",
  () =>
    withRoots(async (roots) => {
      await using registry = await startRegistry();
      const teu = await openProgram(roots);
      const images = await makeImages(roots);
      const app = `${registry.host}/app`;
      for (const format of ["oci", "v2s2"])
        for (const tag of ["amd64", "arm64"])
          await teu.ok("image", "copy", "-q", "--format", format, `${images.layout}:${tag}`, `docker://${app}:${format}-${tag}`);
      const docker = (...args: readonly string[]) =>
        runOk(["docker", "manifest", ...args], { env: { DOCKER_CONFIG: roots.path("docker") } });
      const same = async (...args: readonly string[]) => expect(await teu.ok("manifest", ...args)).toBe(await docker(...args));
      for (const [list, members] of [
        [`${app}:oci`, [`${app}:oci-amd64`, `${app}:oci-arm64`]],
        [`${app}:docker`, [`${app}:v2s2-amd64`, `${app}:v2s2-arm64`]],
        [`${registry.host}/mixed:1`, [`${app}:oci-amd64`, `${app}:v2s2-arm64`]],
      ] as const) {
        const last = members[1];
        await same("create", "--insecure", list, ...members);
        await same("annotate", "--variant", "v8", "--os-version", "1.2", "--os-features", "a,b", list, last);
        await same("inspect", list);
        await same("inspect", "--insecure", "-v", list);
        await same("inspect", "--insecure", list, last);
        await same("push", "--insecure", list);
        expect(await digestBySkopeo(`docker://${list}`)).toBe((await teu.ok("manifest", "push", list)).split("\n").at(-1) ?? "");
        await same("rm", list);
        await same("inspect", "--insecure", list);
        await same("inspect", "--insecure", "-v", members[0]);
      }
    }),
  60_000,
);

test(
  "lists take images of the store and of files, and keep them when their names go",
  () =>
    withRoots(async (roots) => {
      await using registry = await startRegistry();
      const teu = await openProgram(roots);
      const images = await makeImages(roots);
      await teu.ok("image", "copy", "-q", `${images.layout}:amd64`, "local:1");
      expect(await teu.ok("manifest", "create", "list", "local:1")).toBe("Created manifest list docker.io/library/list:latest");
      await teu.ok("manifest", "add", "--annotation", "who=me", "list", `${images.layout}:arm64`);
      await teu.ok("rmi", "local:1");
      const digest = await teu.ok("manifest", "push", "list", `oci:${roots.path("out")}:list`);
      expect(await digestBySkopeo(`oci:${roots.path("out")}:list`)).toBe(digest);
      const { manifests } = JSON.parse(await runOk(["skopeo", "inspect", "--raw", `oci:${roots.path("out")}:list`]));
      expect(manifests).toEqual([
        expect.objectContaining({ digest: images.amd64, platform: { os: "linux", architecture: "amd64" } }),
        expect.objectContaining({ digest: images.arm64, annotations: { who: "me" } }),
      ]);
      expect(await teu.ok("manifest", "push", "--purge", "list", `docker://${registry.host}/list:1`)).toContain(digest);
      expect(await digestBySkopeo(`docker://${registry.host}/list:1`)).toBe(digest);
      expect((await teu.run(["manifest", "push", "list"])).stderr).toContain("No such manifest: list");
    }),
  60_000,
);

test(
  "commands that add to a list at once all add; what is wrong is said in docker's words",
  () =>
    withRoots(async (roots) => {
      const teu = await openProgram(roots);
      const images = await makeImages(roots);
      await teu.ok("manifest", "create", "list");
      await Promise.all(["amd64", "arm64"].map((tag) => teu.ok("manifest", "add", "list", `${images.layout}:${tag}`)));
      const list = JSON.parse(await teu.ok("manifest", "inspect", "list"));
      expect(list.manifests.map(({ digest }: { readonly digest: string }) => digest).toSorted()).toEqual(
        [images.amd64, images.arm64].toSorted(),
      );
      await teu.ok("manifest", "remove", "list", images.arm64);
      expect(JSON.parse(await teu.ok("manifest", "inspect", "list")).manifests).toHaveLength(1);
      for (const [args, said] of [
        [["create", "list"], "refusing to amend an existing manifest list with no --amend flag"],
        [["create", "more", `${images.layout}:all`], "it is an index of 2 images; add all of them with --all"],
        [["annotate", "list", "other:1", "--arch", "arm"], "manifest for image other:1 does not exist in docker.io/library/list:latest"],
        [["rm", "nothing"], "No such manifest: docker.io/library/nothing:latest"],
        [["annotate", "--features", "sse4", "list", images.amd64], "--features is not built"],
      ] as const) {
        const { status, stderr } = await teu.run(["manifest", ...args]);
        expect([status, stderr]).toEqual([1, expect.stringContaining(said)]);
      }
      expect((await run([teu.path, "manifest", "rm", "list"], { env: teu.env })).status).toBe(0);
    }),
  60_000,
);
