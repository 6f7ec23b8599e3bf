import { describe, expect, test } from "bun:test";
import { credentialKeys, credentialsOf, encodeAuth, findAuth, helperFor, parseClientConfig } from "./client-auth.ts";

const parse = (value: unknown) => parseClientConfig(new TextEncoder().encode(JSON.stringify(value)), "config.json");
const entry = (username: string) => encodeAuth({ username, password: "p:q" });

describe("findAuth", () => {
  const config = parse({
    auths: {
      "https://index.docker.io/v1/": entry("hub"),
      "quay.io": entry("quay"),
      "quay.io/acme": entry("acme"),
      "https://old.example/v2/": entry("old"),
    },
    psFormat: "table",
    plugins: { x: { y: "z" } },
  });
  const rows: [name: string, registry: string, repository: string, want: string | undefined][] = [
    ["finds docker.io under its old address", "docker.io", "library/debian", "hub"],
    ["finds a registry", "quay.io", "other/x", "quay"],
    ["prefers a namespace", "quay.io", "acme/rocket", "acme"],
    ["does not take a part of a namespace", "quay.io", "acmecorp/rocket", "quay"],
    ["finds a registry under an address with a version", "old.example", "a", "old"],
    ["finds none for a registry that begins alike", "quay.io.evil.example", "acme/rocket", undefined],
  ];
  for (const [name, registry, repository, want] of rows) {
    test(name, () => {
      const found = findAuth(config, { registry, repository });
      expect(found && credentialsOf(found)?.username).toBe(want);
    });
  }
});

test("a password may hold a colon, and an entry reads back", () => {
  expect(credentialsOf(entry("u"))).toEqual({ username: "u", password: "p:q" });
  expect(credentialsOf({ username: "u", password: "p" })).toEqual({ username: "u", password: "p" });
  for (const empty of [{}, { auth: "" }, { auth: "!!!" }, { auth: btoa("nocolon") }, { auth: btoa(":nouser") }])
    expect(credentialsOf(empty)).toBeUndefined();
});

test("a registry's own helper goes before the one for all, and an empty one turns it off", () => {
  const config = parse({ credsStore: "pass", credHelpers: { "quay.io": "gcloud", "h:5000": "" } });
  expect(helperFor(config, "docker.io")).toBe("pass");
  expect(helperFor(config, "quay.io")).toBe("gcloud");
  expect(helperFor(config, "h:5000")).toBeUndefined();
  expect(helperFor(config, "constructor")).toBe("pass");
});

test("credentials are looked for from the repository up to the registry", () => {
  expect(credentialKeys({ registry: "h:5000", repository: "a/b" })).toEqual(["h:5000/a/b", "h:5000/a", "h:5000"]);
});

describe("a client's configuration is refused", () => {
  const rows: [name: string, given: unknown, want: string][] = [
    ["with a helper that is a path", { credsStore: "../../bin/sh" }, "credsStore: must be the name of a credential helper"],
    ["with a helper that is an option", { credHelpers: { a: "-x" } }, "credHelpers.a: must be the name of a credential helper"],
    ["with a header that is two", { HttpHeaders: { A: "b\r\nC: d" } }, "HttpHeaders.A: must not hold a line break"],
    ["with a header without a name", { HttpHeaders: { "A:": "b" } }, 'HttpHeaders["A:"]: must be the name of a header field'],
    ["with auths that are a list", { auths: [] }, "auths: must be an object, not an array"],
  ];
  for (const [name, given, want] of rows) test(name, () => expect(() => parse(given)).toThrow(`config.json is not valid: ${want}`));
});
