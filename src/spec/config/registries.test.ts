import { describe, expect, test } from "bun:test";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import { formatReference, parseReference } from "../distribution/reference.ts";
import { endpointsFor, resolveName } from "./endpoints.ts";
import { NO_REGISTRIES_CONFIG, parseRegistriesConfig } from "./registries.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

/** `https+http://host/repository`, with `!` where nobody vouches for the server. */
function shown(name: string, config: unknown, purpose?: "pull" | "push"): string[] {
  return endpointsFor(parseReference(name), parseRegistriesConfig(config), purpose).map(
    ({ schemes, host, repository, verify, mirror }) =>
      `${mirror ? "mirror " : ""}${schemes.join("+")}${verify ? "" : "!"}://${host}/${repository}`,
  );
}

const MIRRORED = { registries: { "docker.io": { mirrors: ["mirror.local:5000", { location: "cache.local/hub", insecure: true }] } } };

describe("endpointsFor", () => {
  const rows: { name: string; reference: string; config: unknown; purpose?: "push"; want: string[] }[] = [
    {
      name: "knows where docker.io answers",
      reference: "debian",
      config: undefined,
      want: ["https://registry-1.docker.io/library/debian"],
    },
    {
      name: "asks mirrors in order, then the registry",
      reference: "debian:12",
      config: MIRRORED,
      want: [
        "mirror https://mirror.local:5000/library/debian",
        "mirror https+http!://cache.local/hub/library/debian",
        "https://registry-1.docker.io/library/debian",
      ],
    },
    {
      name: "pushes to the registry itself",
      reference: "a/b",
      config: MIRRORED,
      purpose: "push",
      want: ["https://registry-1.docker.io/a/b"],
    },
    {
      name: "takes the longest prefix, up to a part's end",
      reference: "quay.io/acme/rocket",
      config: {
        registries: {
          "quay.io/acme": { location: "b.local:1/moved" },
          "quay.io/acme/rock": { blocked: true },
          "quay.io": { mirrors: ["a.local"] },
        },
      },
      want: ["https://b.local:1/moved/rocket"],
    },
    {
      name: "takes a whole repository as prefix",
      reference: "quay.io/acme/rocket",
      config: { registries: { "quay.io/acme/rocket": { mirrors: ["m.local/engine"] } } },
      want: ["mirror https://m.local/engine", "https://quay.io/acme/rocket"],
    },
    {
      name: "takes a domain with a star for all below it",
      reference: "x.y.example.com:5000/a",
      config: { registries: { "*.example.com": { mirrors: ["m.local/all"] } } },
      want: ["mirror https://m.local/all/a", "https://x.y.example.com:5000/a"],
    },
    {
      name: "does not take the domain itself for one below it",
      reference: "example.com/a",
      config: { registries: { "*.example.com": { blocked: true } } },
      want: ["https://example.com/a"],
    },
    {
      name: "lets localhost be without a certificate",
      reference: "localhost:5000/a",
      config: undefined,
      want: ["https+http!://localhost:5000/a"],
    },
    {
      name: "lets 127.0.0.1 be without a certificate",
      reference: "127.0.0.1:5000/a",
      config: undefined,
      want: ["https+http!://127.0.0.1:5000/a"],
    },
    { name: "lets ::1 be without a certificate", reference: "[::1]:5000/a", config: undefined, want: ["https+http!://[::1]:5000/a"] },
    {
      name: "is not fooled by a host that begins like localhost",
      reference: "127.0.0.1.evil.example/a",
      config: undefined,
      want: ["https://127.0.0.1.evil.example/a"],
    },
    {
      name: "is strict with localhost when it has a CA",
      reference: "localhost:5000/a",
      config: { registries: { "localhost:5000": { ca: "/ca.pem" } } },
      want: ["https://localhost:5000/a"],
    },
    {
      name: "is strict with localhost when it is said to be",
      reference: "localhost/a",
      config: { registries: { localhost: { insecure: false } } },
      want: ["https://localhost/a"],
    },
    {
      name: "takes docker's way to write a mirror",
      reference: "a/b",
      config: { registries: { "docker.io": { mirrors: ["http://m:5000/"] } } },
      want: ["mirror https+http!://m:5000/a/b", "https://registry-1.docker.io/a/b"],
    },
    { name: "takes no host for a member of an object", reference: "toString/x", config: undefined, want: ["https://toString/x"] },
  ];
  for (const { name, reference, config, purpose, want } of rows) test(name, () => expect(shown(reference, config, purpose)).toEqual(want));

  test("asks a mirror only for what it may be asked for", () => {
    const config = {
      registries: {
        "docker.io": {
          mirrors: [
            { location: "d.local", pullFromMirror: "digest-only" },
            { location: "t.local", pullFromMirror: "tag-only" },
          ],
        },
      },
    };
    expect(shown(`a/b@${DIGEST}`, config)[0]).toBe("mirror https://d.local/a/b");
    expect(shown("a/b:c", config)[0]).toBe("mirror https://t.local/a/b");
    expect(shown("a/b:c", config).length).toBe(2);
  });

  test("gives a mirror the files of its own entry, never those of the registry", () => {
    const config = parseRegistriesConfig({
      registries: {
        "docker.io": { mirrors: ["m.local"], ca: "/hub.pem", cert: "/c", key: "/k", username: "u", passwordFile: "/p" },
        "m.local": { ca: "/mirror.pem" },
      },
    });
    const [mirror, own] = endpointsFor(parseReference("debian"), config);
    expect(mirror).toEqual({
      schemes: ["https"],
      host: "m.local",
      registry: "m.local",
      repository: "library/debian",
      verify: true,
      mirror: true,
      ca: "/mirror.pem",
    });
    expect(own).toMatchObject({ registry: "docker.io", ca: "/hub.pem", cert: "/c", key: "/k", username: "u", passwordFile: "/p" });
  });

  test("refuses what is blocked, for pull and push", () => {
    const config = parseRegistriesConfig({ registries: { "evil.example": { blocked: true } } });
    for (const purpose of ["pull", "push"] as const) {
      try {
        endpointsFor(parseReference("evil.example/a"), config, purpose);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(TeuError);
        expect(error).toMatchObject({ code: "denied", message: expect.stringContaining('registries["evil.example"].blocked') });
      }
    }
  });

  test("refuses a location that leaves no repository", () => {
    expect(() => shown("quay.io/a", { registries: { "quay.io/a": { location: "m.local" } } })).toThrow("which is no repository");
  });
});

describe("resolveName", () => {
  const config = parseRegistriesConfig({
    registries: { "registry.corp.example:5000": { alias: "corp" } },
    aliases: { rocket: "quay.io/acme/rocket", "a/b": "quay.io/c" },
    unqualifiedSearch: ["quay.io", "docker.io"],
  });
  const rows: { name: string; text: string; want: string[] }[] = [
    { name: "follows an alias and keeps the tag", text: "rocket:1", want: ["quay.io/acme/rocket:1"] },
    { name: "follows an alias and keeps the digest", text: `a/b@${DIGEST}`, want: [`quay.io/c@${DIGEST}`] },
    { name: "follows a registry's alias", text: "corp/x/y:1", want: ["registry.corp.example:5000/x/y:1"] },
    {
      name: "looks for short names where it is told to, in order",
      text: "debian:12",
      want: ["quay.io/debian:12", "docker.io/library/debian:12"],
    },
    { name: "leaves whole names alone", text: "docker.io/rocket", want: ["docker.io/library/rocket"] },
    {
      name: "knows no alias that is a member of an object",
      text: "constructor",
      want: ["quay.io/constructor", "docker.io/library/constructor"],
    },
  ];
  for (const { name, text, want } of rows) test(name, () => expect(resolveName(text, config).map(formatReference)).toEqual(want));

  test("takes docker.io unless told otherwise", () => {
    expect(resolveName("debian", NO_REGISTRIES_CONFIG).map(formatReference)).toEqual(["docker.io/library/debian"]);
    expect(() => resolveName("debian", { ...NO_REGISTRIES_CONFIG, unqualifiedSearch: [] })).toThrow("names no registry");
  });
});

describe("the configuration of registries is refused", () => {
  const rows: { name: string; given: unknown; want: string[] }[] = [
    { name: "when it is a list", given: [], want: ["document: must be an object, not an array"] },
    {
      name: "with a setting that there is not",
      given: { mirrors: [] },
      want: ["mirrors: is no setting; there are registries, aliases, unqualifiedSearch"],
    },
    {
      name: "with a prefix that is an address",
      given: { registries: { "https://a.b": {} } },
      want: ['registries["https://a.b"]: must have the form host[:port][/path] or *.domain'],
    },
    {
      name: "with a star in the middle",
      given: { registries: { "a.*.b": {} } },
      want: ['registries["a.*.b"]: must have the form host[:port][/path] or *.domain'],
    },
    {
      name: "with a mirror that is no location",
      given: { registries: { a: { mirrors: ["m/../x"] } } },
      want: ["registries.a.mirrors[0]: must have the form host[:port][/path]"],
    },
    {
      name: "with a mirror's rule misspelt",
      given: { registries: { a: { mirrors: [{ location: "m", pullFromMirror: "digest" }] } } },
      want: ['registries.a.mirrors[0].pullFromMirror: "digest" is not one of all, digest-only, tag-only'],
    },
    {
      name: "with a certificate without its key",
      given: { registries: { a: { cert: "/c" } } },
      want: ["registries.a.key: is needed along with cert"],
    },
    {
      name: "with a user without a password",
      given: { registries: { a: { username: "u" } } },
      want: ["registries.a.passwordFile: is needed along with the other of the two"],
    },
    {
      name: "with a text for a truth",
      given: { registries: { a: { insecure: "yes" } } },
      want: ["registries.a.insecure: must be true or false, not a string"],
    },
    {
      name: "with an alias that takes a registry's place",
      given: { registries: { a: { alias: "quay.io" } } },
      want: ["registries.a.alias: must be one word in lower case"],
    },
    {
      name: "with an alias to a short name",
      given: { aliases: { a: "b/c" } },
      want: ["aliases.a: must be a name with its registry, without tag and digest"],
    },
    {
      name: "with an alias of a whole name",
      given: { aliases: { "quay.io/a": "quay.io/b" } },
      want: ['aliases["quay.io/a"]: must be a name without a registry, tag and digest'],
    },
    {
      name: "with an alias to a tag",
      given: { aliases: { a: "quay.io/b:1" } },
      want: ["aliases.a: must be a name with its registry, without tag and digest"],
    },
  ];
  for (const { name, given, want } of rows) {
    test(name, () => {
      try {
        parseRegistriesConfig(given);
        expect.unreachable();
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
        expect(error.problems.map(({ field, message }) => `${field}: ${message}`)).toEqual(want);
      }
    });
  }
});
