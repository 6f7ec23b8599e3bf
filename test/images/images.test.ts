// `teu images`, `tag`, `inspect`, `history` and `rmi`: docker's columns, filters, fields and words, over a store that was pulled into.
import { describe, expect } from "bun:test";
import { dirname } from "node:path";
import { ROOT } from "../cli/callers.ts";
import { eventually } from "../support/run.ts";
import { rootsEnvironment } from "../support/teu.ts";
import { type ImageCli, imageTests, isolated } from "./image-tests.ts";

const short = (digest: string) => digest.slice(7, 19);
const idOf = (image: Awaited<ReturnType<ImageCli["publish"]>>) => image.blobs[0]?.descriptor.digest ?? "";

describe("images", () => {
  imageTests("are listed a row a name, with docker's columns, ids, digests and JSON", async (images) => {
    const made = await images.publish({}, "team/app:1");
    const [name, id] = [images.name("team/app:1"), idOf(made)];
    await images.ok("pull", "-q", name);
    await images.ok("tag", name, "local");
    const width = images.name("team/app").length + 3;
    const line = (repository: string, tag: string) => `${repository.padEnd(width)}${tag.padEnd(10)}${short(id)}   2 years ago   300kB\n`;
    const heading = `${"REPOSITORY".padEnd(width)}TAG       IMAGE ID       CREATED       SIZE\n`;
    expect(await images.ok("images")).toBe(heading + line(images.name("team/app"), "1") + line("local", "latest"));
    expect(await images.ok("image", "ls", "-q")).toBe(`${short(id)}\n${short(id)}\n`);
    expect(await images.ok("image", "list", "-q", "--no-trunc", "local")).toBe(`${id}\n`);
    expect(await images.ok("images", "--digests", "--format", "table {{.Repository}}\t{{.Digest}}", "*/*/*")).toContain(
      made.manifest.digest,
    );
    expect(JSON.parse(await images.ok("images", "--format", "json", "local:latest"))).toEqual({
      Containers: "N/A",
      CreatedAt: "2024-01-01 00:00:00 +0000 UTC",
      CreatedSince: "2 years ago",
      Digest: "<none>",
      ID: short(id),
      Repository: "local",
      SharedSize: "N/A",
      Size: "300kB",
      Tag: "latest",
      UniqueSize: "N/A",
      VirtualSize: "300kB",
    });
  });

  imageTests(
    "are told apart by docker's filters",
    async (images) => {
      await images.publish({ salt: "first" }, "team/app:1");
      await images.publish({ salt: "second" }, "team/app:2");
      for (const tag of ["1", "2"]) await images.ok("pull", "-q", images.name(`team/app:${tag}`));
      await images.ok("tag", images.name("team/app:1"), "first:x");
      await images.ok("tag", images.name("team/app:2"), images.name("team/app:1")); // the first keeps `first:x`
      const tags = async (...filters: readonly string[]) =>
        (await images.ok("images", "--format", "{{.Repository}}:{{.Tag}}", ...filters.flatMap((filter) => ["--filter", filter])))
          .replaceAll(`${images.registry.host}/`, "")
          .trim()
          .split("\n")
          .toSorted();
      expect(await tags("label=salt=first")).toEqual(["first:x", "team/app:<none>"]);
      expect(await tags("label=salt", "label!=salt=first")).toEqual(["team/app:1", "team/app:2"]);
      expect(await tags("reference=first*")).toEqual(["first:x"]);
      expect(await tags("reference=*:x", "label=salt=second")).toEqual([""]);
      expect(await tags("dangling=true")).toEqual([""]);
      expect(await tags("until=2024-01-01T00:00:01Z")).toHaveLength(4);
      expect(await tags("until=2024-01-01T00:00:00Z")).toEqual([""]);
      expect(await tags("before=first:x")).toEqual([""]); // both were made in the same second
      await images.ok("rmi", "first:x");
      expect(await tags("dangling=true")).toEqual([""]); // it went with its last name
      for (const [filter, says] of [
        ["colour=red", "invalid filter 'colour'"],
        ["dangling=maybe", "invalid filter 'dangling=maybe'"],
        ["since=nothing", "No such image: nothing:latest"],
        ["until=soon", '"soon" is not a time'],
        ["reference=[", "syntax error in pattern"],
      ] as const)
        expect(await images.teu(["images", "--filter", filter])).toMatchObject({
          status: 1,
          stdout: "",
          stderr: expect.stringContaining(says),
        });
      expect((await images.teu(["images", "--tree"])).stderr).toContain("--tree is not built");
    },
    { callers: [ROOT] },
  );

  imageTests("are inspected with docker's fields; what is missing is told and is a failure", async (images) => {
    const made = await images.publish({}, "team/app:1");
    const name = images.name("team/app:1");
    await images.ok("pull", "-q", name);
    const { status, stdout, stderr } = await images.teu(["image", "inspect", name, "nowhere"]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "teu: No such image: nowhere:latest\n" });
    const [inspected] = JSON.parse(stdout) as Record<string, unknown>[];
    expect(inspected).toMatchObject({
      Id: idOf(made),
      RepoTags: [name],
      RepoDigests: [`${images.name("team/app")}@${made.manifest.digest}`],
      Parent: "",
      Created: "2024-01-01T00:00:00Z",
      Config: { Cmd: ["/bin/true"], Env: ["PATH=/bin"], Labels: { salt: "a" } },
      Architecture: "amd64",
      Os: "linux",
      Size: 300_021,
      GraphDriver: { Name: "overlay", Data: { UpperDir: expect.stringContaining("/layers/") } },
      RootFS: { Type: "layers", Layers: [expect.any(String), expect.any(String)] },
      Metadata: { LastTagTime: expect.stringMatching(/^20/) },
    });
    expect(await images.ok("inspect", "-f", "{{.Config.Cmd}} {{.Config.Entrypoint}} {{json .Os}}", short(idOf(made)))).toBe(
      '[/bin/true] [] "linux"\n',
    );
    expect(await images.teu(["inspect", "nowhere"])).toEqual({ status: 1, stdout: "[]\n", stderr: "teu: No such object: nowhere\n" });
    expect((await images.teu(["inspect", "--type", "image", "nowhere"])).stderr).toBe("teu: No such image: nowhere\n");
    expect((await images.teu(["inspect", "-f", "{{.Nothing}}", name])).stderr).toContain("template parsing error");
    expect((await images.teu(["image", "inspect", "--platform", "linux/arm64", name])).stderr).toContain(
      "was found but does not provide the specified platform (linux/arm64)",
    );
  });

  imageTests(
    "have a history, the newest step first",
    async (images) => {
      const made = await images.publish({}, "team/app:1");
      const name = images.name("team/app:1");
      await images.ok("pull", "-q", name);
      expect(await images.ok("history", name)).toBe(
        [
          "IMAGE          CREATED       CREATED BY   SIZE      COMMENT",
          `${short(idOf(made))}   2 years ago   fixture      8B        `,
          "<missing>      2 years ago   fixture      300kB     ",
          "",
        ].join("\n"),
      );
      expect(await images.ok("image", "history", "-q", "--no-trunc", name)).toBe(`${idOf(made)}\n<missing>\n`);
      expect(await images.ok("history", "--human=false", "--format", "{{.CreatedSince}} {{.Size}}", name)).toBe(
        "2024-01-01T00:00:00Z 8\n2024-01-01T00:00:00Z 300013\n",
      );
    },
    { callers: [ROOT] },
  );
});

imageTests(
  "names of images are completed by bash, those that there are",
  async (images) => {
    const { manifest } = await images.publish({}, "team/app:1");
    await images.ok("pull", "-q", `${images.name("team/app")}@${manifest.digest}`); // has no tag, and is not offered
    await images.ok("tag", `${images.name("team/app")}@${manifest.digest}`, "local");
    const script = `source <(printf '%s' "$SCRIPT"); compopt() { :; }
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _teu; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = {
      ...rootsEnvironment(images.cli.roots),
      SCRIPT: await images.ok("completion", "bash"),
      PATH: `${dirname(images.cli.program)}:${process.env.PATH}`,
    };
    const offered = async (...words: readonly string[]) =>
      (await images.cli.run(["bash", "-uc", script, "bash", "teu", ...words], { env })).stdout.trim();
    for (const words of [
      ["rmi", ""],
      ["push", "lo"],
      ["image", "inspect", ""],
      ["tag", "l"],
    ])
      expect(await offered(...words)).toBe("local:latest");
  },
  { callers: [ROOT] },
);

describe("rmi", () => {
  imageTests("takes names away, the image with the last, and goes on after what it cannot remove", async (images) => {
    const made = await images.publish({}, "team/app:1");
    const name = images.name("team/app:1");
    await images.ok("pull", "-q", name);
    await images.ok("tag", name, "local");
    expect(await images.teu(["rmi", short(idOf(made))])).toMatchObject({
      status: 1,
      stderr: `teu: conflict: unable to delete ${short(idOf(made))} (must be forced) - image is referenced in multiple repositories\n`,
    });
    const removed = await images.teu(["rmi", "nowhere", "local", name]);
    expect(removed).toMatchObject({ status: 1, stderr: "teu: No such image: nowhere:latest\n" });
    expect(removed.stdout).toMatch(
      new RegExp(
        `^Untagged: local:latest\nUntagged: ${name}\nUntagged: ${images.name("team/app")}@${made.manifest.digest}\nDeleted: ${idOf(made)}\n(Deleted: sha256:[0-9a-f]{64}\n){2}$`,
      ),
    );
    expect(await images.ok("images", "-q")).toBe("");
    expect(await images.teu(["image", "rm", "-f", "nowhere"])).toEqual({
      status: 0,
      stdout: "",
      stderr: "teu: No such image: nowhere:latest\n",
    });
    expect((await images.teu(["rmi", "--platform", "linux/arm64", name])).stderr).toContain("--platform is not built");
  });

  imageTests("refuses an image that a container uses, naming it, and by force what does not run", async (images) => {
    const made = await images.publish({ rootfs: images.cli.rootfs }, "team/busybox:1");
    const [name, id] = [images.name("team/busybox:1"), short(idOf(made))];
    const container = images.cli.roots.id("user");
    const running = images.cli.start(["run", "--name", container, name, "sh", "-c", "echo up; exec sleep 100"], {
      env: isolated(images.cli),
    });
    await eventually("the container runs", () => running.stdout() === "up\n");
    const containerId = await images.ok("ps", "-q");
    const refused = await images.teu(["rmi", name]);
    expect(refused).toEqual({
      status: 1,
      stdout: "",
      stderr: `teu: conflict: unable to remove repository reference "${name}" (must force) - container ${containerId.trim()} is using its referenced image ${id}\n`,
    });
    expect((await images.teu(["rmi", "-f", name])).stderr).toBe(
      `teu: conflict: unable to delete ${id} (cannot be forced) - image is being used by running container ${containerId.trim()}\n`,
    );
    expect(await images.ok("images", "-q")).toBe(`${id}\n`);
    await images.ok("rm", "-f", container);
    await running.exited;
    running.dispose();
    expect(await images.ok("rmi", name)).toContain(`Untagged: ${name}\n`);
  });

  imageTests(
    "takes a digest away alone, and the digests of a repository with its last tag",
    async (images) => {
      const { manifest } = await images.publish({}, "team/app:1", "other/app:1");
      const [name, other] = [images.name("team/app:1"), images.name("other/app:1")];
      const byDigest = `${images.name("team/app")}@${manifest.digest}`;
      for (const wanted of [name, byDigest, other]) await images.ok("pull", "-q", wanted);
      expect(await images.ok("rmi", byDigest)).toBe(`Untagged: ${byDigest}\n`);
      expect(await images.ok("images", "--digests", "--format", "{{.Digest}}", name)).toBe("<none>\n");
      await images.ok("pull", "-q", byDigest);
      expect(await images.ok("rmi", name)).toBe(`Untagged: ${name}\nUntagged: ${byDigest}\n`);
      expect(await images.ok("rmi", other)).toContain("Deleted: sha256:");
      await images.ok("pull", "-q", byDigest);
      expect(await images.ok("images", "--format", "{{.Repository}} {{.Tag}}")).toBe(`${images.name("team/app")} <none>\n`);
      expect((await images.ok("rmi", byDigest)).split("\n").slice(0, 1)).toEqual([`Untagged: ${byDigest}`]);
      expect(await images.ok("images", "-q")).toBe("");
    },
    { callers: [ROOT] },
  );
});
