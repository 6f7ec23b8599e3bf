// `teu import`: root file systems from everywhere.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { runOk } from "../../support/run.ts";
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
