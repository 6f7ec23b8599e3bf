import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Credential } from "./credential.ts";
import { SealedFiles } from "./sealed-files.ts";

const directory = mkdtempSync(join(tmpdir(), "teu-sealed-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let count = 0;
function places(): { readonly files: string; readonly key: string } {
  count += 1;
  return { files: join(directory, `${count}`, "config"), key: join(directory, `${count}`, "data", "key") };
}

const ann: Credential = { kind: "password", username: "ann", password: "s3cret wörd" };

test("what is stored is found again, by another process too, and is gone once erased", async () => {
  const { files, key } = places();
  await new SealedFiles(files, key).store("localhost:5000", ann);
  await new SealedFiles(files, key).store("ghcr.io/acme", { kind: "identity-token", token: "t" });
  const again = new SealedFiles(files, key);
  expect(await again.get("localhost:5000")).toEqual(ann);
  expect(await again.get("ghcr.io/acme")).toEqual({ kind: "identity-token", token: "t" });
  expect(await again.get("ghcr.io")).toBeUndefined();
  expect(again.list().toSorted()).toEqual(["ghcr.io/acme", "localhost:5000"]);
  expect([again.erase("localhost:5000"), again.erase("localhost:5000")]).toEqual([true, false]);
  expect(await again.get("localhost:5000")).toBeUndefined();
});

test("no file holds the secret, and only the owner may read them", async () => {
  const { files, key } = places();
  await new SealedFiles(files, key).store("localhost:5000", ann);
  const paths = [...readdirSync(files).map((name) => join(files, name)), key];
  expect(paths).toHaveLength(2);
  for (const path of paths) {
    expect(readFileSync(path).toString("latin1")).not.toContain("s3cret");
    expect(readFileSync(path).toString("latin1")).not.toContain("ann");
    expect(statSync(path).mode & 0o077).toBe(0);
  }
});

test("the same secret is sealed differently each time", async () => {
  const { files, key } = places();
  const sealed = new SealedFiles(files, key);
  const texts = new Set<string>();
  for (let round = 0; round < 3; round += 1) {
    await sealed.store("localhost:5000", ann);
    texts.add(readFileSync(join(files, readdirSync(files)[0] ?? ""), "utf8"));
  }
  expect(texts.size).toBe(3);
});

test("a file that was changed, is another registry's, or has lost its key is refused and says what to do", async () => {
  const { files, key } = places();
  const sealed = new SealedFiles(files, key);
  await sealed.store("a.example", ann);
  const [first = ""] = readdirSync(files);
  await sealed.store("b.example", ann);
  const second = readdirSync(files).find((name) => name !== first) ?? "";
  const whole = readFileSync(join(files, first), "utf8");
  writeFileSync(join(files, second), whole);
  await expect(sealed.get("b.example")).rejects.toThrow("log in to b.example again");
  const changed = JSON.parse(whole) as { sealed: string };
  writeFileSync(join(files, first), JSON.stringify({ ...changed, sealed: `AAAA${changed.sealed.slice(4)}` }));
  await expect(sealed.get("a.example")).rejects.toThrow("log in to a.example again");
  writeFileSync(join(files, first), whole.slice(0, 40));
  await expect(sealed.get("a.example")).rejects.toMatchObject({ code: "invalid" });
  rmSync(key);
  writeFileSync(join(files, first), whole);
  await expect(sealed.get("a.example")).rejects.toThrow(key);
});

test("a key that others may read is refused", async () => {
  const { files, key } = places();
  await new SealedFiles(files, key).store("a.example", ann);
  chmodSync(key, 0o644);
  await expect(new SealedFiles(files, key).get("a.example")).rejects.toThrow("chmod 600");
});

test("logins at the same time share one key and lose nothing", async () => {
  const { files, key } = places();
  const names = Array.from({ length: 12 }, (_, index) => `r${index}.example`);
  await Promise.all(names.map((name) => new SealedFiles(files, key).store(name, ann)));
  for (const name of names) expect(await new SealedFiles(files, key).get(name)).toEqual(ann);
  expect(readdirSync(join(key, ".."))).toEqual(["key"]);
});

test.each([
  [{ kind: "password", username: "a:b", password: "x" }, "username"],
  [{ kind: "password", username: "", password: "x" }, "username"],
  [{ kind: "password", username: "a", password: "x\n" }, "password"],
  [{ kind: "registry-token", token: "x" }, "kind"],
] as const)("%o is not kept, for its %s", async (credential, field) => {
  const { files, key } = places();
  await expect(new SealedFiles(files, key).store("a.example", credential)).rejects.toThrow(`${field}: `);
});
