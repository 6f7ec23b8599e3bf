// `teu image sync`, `list-tags`, `delete` and `inspect` of what is elsewhere, with skopeo's own output as the measure.
import { expect } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { startRegistry } from "../../support/registry.ts";
import { requires } from "../../support/requires.ts";
import { withRoots } from "../../support/roots.ts";
import { eventually, run, runOk } from "../../support/run.ts";
import { digestBySkopeo, makeImages, openProgram } from "./program.ts";

const { test } = requires("registry", "skopeo");

test(
  "a repository goes to a directory as skopeo makes it, on to a registry, and a second run transfers no blob",
  () =>
    withRoots(async (roots) => {
      await using registry = await startRegistry();
      const teu = await openProgram(roots);
      const images = await makeImages(roots);
      for (const tag of ["amd64", "arm64"])
        await teu.ok("image", "copy", "-q", `${images.layout}:${tag}`, `docker://${registry.host}/app:${tag}`);
      const [ours, theirs] = [roots.path("ours"), roots.path("theirs")];
      expect(await teu.ok("image", "sync", "-q", "--dry-run", "--src", "docker", "--dest", "dir", `${registry.host}/app`, ours)).toBe(
        "Would have synced 2 images from 1 sources",
      );
      await teu.ok("image", "sync", "--src", "docker", "--dest", "dir", `${registry.host}/app`, ours);
      await runOk(["skopeo", "sync", "--src", "docker", "--dest", "dir", "--src-tls-verify=false", `${registry.host}/app`, theirs]);
      await runOk(["diff", "-r", ours, theirs]);

      const mirror = ["image", "sync", "-q", "--src", "dir", "--dest", "docker", ours, `${registry.host}/mirror`];
      await teu.ok(...mirror);
      expect(await digestBySkopeo(`docker://${registry.host}/mirror/app:arm64`)).toBe(images.arm64);
      const asked = (method: string) =>
        registry
          .log()
          .split("\n")
          .filter((line) => line.includes(`http.request.method=${method} `) && line.includes("/v2/mirror/app/blobs/")).length;
      const [looked, sent] = [asked("HEAD"), asked("POST")];
      expect(sent).toBe(5); // a configuration and a layer each, and a layer that both have
      expect(await teu.ok(...mirror)).toBe("Synced 2 images from 1 sources");
      await eventually("the registry's log has the second run", () => asked("HEAD") >= looked + 6);
      expect(asked("POST")).toBe(sent);
    }),
  60_000,
);

test(
  "a list says which images of which registries go, with their accounts; --keep-going tells what did not",
  () =>
    withRoots(async (roots) => {
      const account = { username: "someone", password: "secret" };
      await using from = await startRegistry({ tls: true, basicAuth: account });
      await using to = await startRegistry();
      const teu = await openProgram(roots);
      const images = await makeImages(roots);
      mkdirSync(roots.path("certs"));
      writeFileSync(roots.path("certs/ca.crt"), readFileSync(from.ca));
      for (const tag of ["1.0", "1.1", "2.0"])
        await teu.ok(
          "image",
          "copy",
          "-q",
          "--all",
          "--dest-cert-dir",
          roots.path("certs"),
          "--dest-creds",
          "someone:secret",
          `${images.layout}:all`,
          `docker://${from.host}/team/app:${tag}`,
        );
      const list = {
        [from.host]: {
          credentials: account,
          "tls-verify": false,
          images: { "team/none": ["1"] },
          "images-by-tag-regex": { "team/app": "^1\\." },
        },
      };
      writeFileSync(roots.path("list.yaml"), JSON.stringify(list));
      const sync = ["image", "sync", "--src", "yaml", "--dest", "docker", "--all", roots.path("list.yaml"), `${to.host}/mirror`];
      expect((await teu.run(sync)).status).toBe(1);
      const { status, stdout, stderr } = await teu.run(["image", "sync", "--keep-going", ...sync.slice(2)]);
      expect([status, stdout.trim().split("\n").at(-1)]).toEqual([1, "Synced 2 images from 2 sources"]);
      expect(stderr).toContain(`copy ${from.host}/team/none:1`);
      expect(JSON.parse(await teu.ok("image", "list-tags", `docker://${to.host}/mirror/app`)).Tags.toSorted()).toEqual(["1.0", "1.1"]);
      expect(await digestBySkopeo(`docker://${to.host}/mirror/app:1.1`)).toBe(images.all);
    }),
  60_000,
);

test(
  "list-tags, inspect and delete say and do what skopeo does",
  () =>
    withRoots(async (roots) => {
      await using registry = await startRegistry();
      const teu = await openProgram(roots);
      const images = await makeImages(roots);
      const name = `docker://${registry.host}/app`;
      await teu.ok("image", "copy", "-q", "--all", `${images.layout}:all`, `${name}:all`);
      await teu.ok("image", "copy", "-q", `${images.layout}:amd64`, `${name}:one`, "--additional-tag", "same");
      const skopeo = (...args: readonly string[]) => runOk(["skopeo", ...args.slice(0, 1), "--tls-verify=false", ...args.slice(1)]);

      expect(await teu.ok("image", "list-tags", name)).toBe(await skopeo("list-tags", name));
      expect(await teu.ok("image", "inspect", "--raw", `${name}:all`)).toBe(await skopeo("inspect", "--raw", `${name}:all`));
      const { LayersData, ...rest } = JSON.parse(await teu.ok("image", "inspect", `${name}:all`));
      const { LayersData: _, ...theirs } = JSON.parse(await skopeo("inspect", `${name}:all`));
      expect(rest).toEqual(theirs);
      expect(LayersData.map(({ Digest }: { readonly Digest: string }) => Digest)).toEqual(rest.Layers);
      expect(JSON.parse(await teu.ok("image", "inspect", "--config", `${name}:one`))).toEqual(
        JSON.parse(await skopeo("inspect", "--config", `${name}:one`)),
      );
      const format = "{{.Name}} {{.Digest}} {{.Labels.salt}}";
      expect(await teu.ok("image", "inspect", "--format", format, `${name}:one`)).toBe(
        await skopeo("inspect", "--format", format, `${name}:one`),
      );
      expect(JSON.parse(await teu.ok("image", "inspect", "--platform", "linux/arm64", "-n", `${name}:all`)).Labels).toEqual({
        salt: "two",
      });
      expect((await teu.run(["image", "inspect", "--raw", `${name}:none`])).status).toBe(1);

      expect(await teu.ok("image", "delete", `${name}:one`)).toBe("");
      expect(JSON.parse(await teu.ok("image", "list-tags", name)).Tags).toEqual(["all"]);
      expect((await run(["skopeo", "inspect", "--tls-verify=false", `${name}:same`])).status).not.toBe(0);
      await teu.ok("image", "delete", `docker://${registry.host}/app@${images.all}`);
      expect((await teu.run(["image", "delete", `${name}:all`])).stderr).toContain("the registry has no such image");
      expect((await teu.run(["image", "delete", "app:all"])).stderr).toContain("teu rmi app:all");
    }),
  60_000,
);
