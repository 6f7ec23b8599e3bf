import { expect, test } from "bun:test";
import { archive, directory, file } from "../../../test/layers/tar-builder.ts";
import { ChangeList } from "./compare.ts";
import { LayerEntries } from "./layer-entries.ts";
import { TarReader } from "./tar/read.ts";

test("an upper directory's entries are added or changed by what is below, its whiteouts gone", () => {
  const below = new Set<string>(["etc", "etc/passwd", "var", "var/log"]);
  const list = new ChangeList((path) => below.has(path));
  const members = [
    directory("./"),
    file("var/.wh.log"),
    file("var/.wh.never"),
    directory("etc"),
    file("etc/passwd"),
    file("etc-new"),
    file("etc/new"),
  ];
  const entries = new LayerEntries(list);
  new TarReader(entries).feed(archive(...members, file("etc/.wh..wh..opq")));
  void entries.end(); // a list makes nobody wait
  expect(list.changes().map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    "C etc",
    "A etc/new",
    "C etc/passwd",
    "A etc-new",
    "D var/log",
  ]);
});
