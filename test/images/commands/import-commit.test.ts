// `teu import`: root file systems from everywhere; `teu commit`: what a container has changed.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { busyboxRootfs } from "../../support/rootfs.ts";
import { runOk } from "../../support/run.ts";
import { reachable, rootsEnvironment } from "../../support/teu.ts";
import { type StoreCli, withStore } from "./store.ts";

const FILES = { "etc/name": "imported\n", "bin/tool": "#!/bin/sh\n" };

const inspected = async ({ ok }: StoreCli, name: string, template: string) => (await ok(["inspect", "--format", template, name])).trim();

describe("import", () => {
  test(
    "takes a file, a compressed one, standard input and a directory",
    withStore(async (cli) => {
      const tree = cli.tree("tree", FILES);
      const tar = cli.roots.path("tree.tar");
      await runOk(["tar", "-C", tree, "-cf", tar, "."]);
      await runOk(["sh", "-c", 'gzip -k "$1"', "sh", tar]);
      const ids = [
        await cli.ok(["import", tar, "f:1"]),
        await cli.ok(["import", `${tar}.gz`, "f:2"]),
        await cli.ok(["import", "-", "f:3"], { stdin: readFileSync(tar) }),
        await cli.ok(["import", tree, "f:4"]),
        await cli.ok(["image", "import", tree]),
      ];
      for (const id of ids) expect(id).toMatch(/^sha256:[0-9a-f]{64}\n$/);
      for (const name of ["f:1", "f:2", "f:3", "f:4"]) {
        const mounted = (await cli.ok(["image", "mount", name])).trim();
        expect(readFileSync(`${mounted}/etc/name`, "utf8")).toBe("imported\n");
      }
      await cli.ok(["image", "unmount", "-a"]);
      expect((await cli.ok(["images", "-q", "--filter", "dangling=true"])).trim()).toBe(ids[4]?.slice(7, 19) ?? "");
    }),
  );

  test(
    "applies changes, and says where the image comes from",
    withStore(async (cli) => {
      const tree = cli.tree("tree", FILES);
      const changes = ['CMD ["/bin/tool"]', "ENV A=1 B=2", "LABEL who=me", "WORKDIR /etc"].flatMap((change) => ["-c", change]);
      await cli.ok(["import", ...changes, "-m", "by hand", "--platform", "linux/arm64", tree, "c:1"]);
      expect(await inspected(cli, "c:1", "{{json .Config.Cmd}} {{json .Config.Env}} {{.Config.Labels.who}} {{.Config.WorkingDir}}")).toBe(
        '["/bin/tool"] ["A=1","B=2"] me /etc',
      );
      expect(await inspected(cli, "c:1", "{{.Comment}} {{.Os}}/{{.Architecture}}")).toBe("by hand linux/arm64");
      await cli.ok(["import", tree, "c:2"]);
      expect(await inspected(cli, "c:2", "{{.Comment}}")).toBe(`Imported from ${tree}`);
    }),
  );

  test(
    "refuses what it cannot make an image of, and leaves nothing",
    withStore(async (cli) => {
      const tree = cli.tree("tree", FILES);
      expect((await cli.try(["import", "-", "x:1"], { stdin: "no tar, really".repeat(100) })).stderr).toContain("it is no tar");
      expect((await cli.try(["import", "/nowhere", "x:1"])).stderr).toContain("/nowhere");
      expect((await cli.try(["import", "-c", "RUN ls", tree, "x:1"])).stderr).toContain("RUN");
      expect(await cli.try(["import", tree, "UPPER"])).toMatchObject({ status: 1, stdout: "" });
      expect(await cli.ok(["images", "-a", "-q"])).toBe("");
    }),
  );
});

describe("commit", () => {
  const BOX = ["--network", "none"];

  test(
    "makes an image of what a container has changed",
    withStore(async (cli) => {
      const { roots, ok } = cli;
      await ok(["import", "-c", "LABEL from=import", "-c", 'CMD ["sh"]', await busyboxRootfs(), "base:1"]);
      const script = "echo new > /added; rm /etc/passwd; mkdir -p /deep/er; ln -s added /link";
      await ok(["run", "--name", roots.id("c"), "--label", "own=label", ...BOX, "base:1", "sh", "-c", script]);
      const id = await ok(["commit", "-m", "words", "-a", "me", "-c", "ENV X=1", roots.id("c"), "made:1"]);
      expect(id).toMatch(/^sha256:[0-9a-f]{64}\n$/);
      expect(await inspected(cli, "made:1", "{{.Id}} {{.Author}} {{.Comment}} {{.Config.Env}} {{.Config.Cmd}}")).toBe(
        `${id.trim()} me words [X=1] [sh]`,
      );
      expect(await inspected(cli, "made:1", "{{.Config.Labels.own}} {{.Config.Labels.from}} {{len .RootFS.Layers}}")).toBe(
        "label import 2",
      );
      await ok(["rm", roots.id("c")]);
      await ok(["rmi", "base:1"]);
      const look = "cat /added /link; ls -d /deep/er; test -e /etc/passwd || echo gone";
      expect(await ok(["run", "--rm", "--name", roots.id("d"), ...BOX, "made:1", "sh", "-c", look])).toBe("new\nnew\n/deep/er\ngone\n");
    }),
  );

  test(
    "lets a container that runs stand still meanwhile, and go on",
    withStore(async (cli) => {
      const { roots, ok } = cli;
      await ok(["import", await busyboxRootfs(), "base:1"]);
      const id = roots.id("c");
      const env = rootsEnvironment(roots);
      const running = Bun.spawn(
        [await reachable("teu"), "run", "--name", id, ...BOX, "base:1", "sh", "-c", "while :; do echo x >> /log; sleep 0.02; done"],
        {
          env: { ...process.env, ...env },
          stdio: ["ignore", "ignore", "ignore"],
        },
      );
      try {
        const log = `${roots.root}/containers/${id}/upper/log`;
        while (!existsSync(log)) await Bun.sleep(20);
        await ok(["commit", id, "live:1"]);
        const size = readFileSync(log).length;
        await Bun.sleep(200);
        expect(readFileSync(log).length).toBeGreaterThan(size);
        await ok(["commit", "--pause=false", id, "live:2"]);
      } finally {
        await ok(["rm", "-f", id]);
        await running.exited;
      }
      expect((await ok(["images", "-q", "live"])).trim().split("\n")).toHaveLength(2);
    }),
  );

  test(
    "refuses a container that is not there",
    withStore(async ({ roots, ...cli }) => {
      mkdirSync(roots.path("empty"));
      expect(await cli.try(["commit", "nobody", "x:1"])).toEqual({ status: 1, stdout: "", stderr: 'teu: no container "nobody"\n' });
    }),
  );
});
