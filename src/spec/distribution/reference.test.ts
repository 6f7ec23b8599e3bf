import { describe, expect, test } from "bun:test";
import { familiarName, formatFamiliar, formatReference, InvalidReferenceError, parseReference, withDefaultTag } from "./reference.ts";

const HEX = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const DIGEST = `sha256:${HEX}`;

describe("a reference", () => {
  const rows: { name: string; text: string; canonical: string; familiar: string }[] = [
    { name: "of one word is docker.io's library", text: "debian", canonical: "docker.io/library/debian", familiar: "debian" },
    { name: "keeps its tag", text: "debian:12", canonical: "docker.io/library/debian:12", familiar: "debian:12" },
    { name: "of two words is docker.io's", text: "acme/rocket", canonical: "docker.io/acme/rocket", familiar: "acme/rocket" },
    { name: "of the old host is docker.io's", text: "index.docker.io/debian", canonical: "docker.io/library/debian", familiar: "debian" },
    { name: "may say the library itself", text: "docker.io/library/debian", canonical: "docker.io/library/debian", familiar: "debian" },
    { name: "with a dot in the first part has a host", text: "quay.io/a/b/c", canonical: "quay.io/a/b/c", familiar: "quay.io/a/b/c" },
    { name: "with a port has a host", text: "host:5000/a", canonical: "host:5000/a", familiar: "host:5000/a" },
    { name: "may be localhost's", text: "localhost/a", canonical: "localhost/a", familiar: "localhost/a" },
    { name: "with upper case in the first part has a host", text: "HOST/a", canonical: "HOST/a", familiar: "HOST/a" },
    { name: "may have an IPv6 host", text: "[fd00::1]:5000/a:b", canonical: "[fd00::1]:5000/a:b", familiar: "[fd00::1]:5000/a:b" },
    { name: "may have an IPv6 host without a port", text: "[::1]/a", canonical: "[::1]/a", familiar: "[::1]/a" },
    { name: "may have tag and digest", text: `a:b@${DIGEST}`, canonical: `docker.io/library/a:b@${DIGEST}`, familiar: `a:b@${DIGEST}` },
    { name: "may have a digest alone", text: `h:1/a@${DIGEST}`, canonical: `h:1/a@${DIGEST}`, familiar: `h:1/a@${DIGEST}` },
    {
      name: "takes the separators of names",
      text: "a_b/c__d/e-f/g--h/i.j",
      canonical: "docker.io/a_b/c__d/e-f/g--h/i.j",
      familiar: "a_b/c__d/e-f/g--h/i.j",
    },
    {
      name: "that is a host's name alone is a repository",
      text: "docker.io",
      canonical: "docker.io/library/docker.io",
      familiar: "docker.io",
    },
    { name: "in a path below library keeps it", text: "library/a/b", canonical: "docker.io/library/a/b", familiar: "library/a/b" },
    { name: "keeps an upper-case tag", text: "a:B_c.D-e", canonical: "docker.io/library/a:B_c.D-e", familiar: "a:B_c.D-e" },
    {
      name: "with a number as tag is no host with a port",
      text: "localhost:5000",
      canonical: "docker.io/library/localhost:5000",
      familiar: "localhost:5000",
    },
  ];
  for (const { name, text, canonical, familiar } of rows) {
    test(`${name}: ${text}`, () => {
      const reference = parseReference(text);
      expect(formatReference(reference)).toBe(canonical);
      expect(formatFamiliar(reference)).toBe(familiar);
      expect(parseReference(canonical)).toEqual(reference);
      expect(parseReference(familiar)).toEqual(reference);
    });
  }
});

describe("a reference is refused", () => {
  const rows: { name: string; text: string; want: string }[] = [
    { name: "when it is empty", text: "", want: "a name is needed" },
    { name: "with upper case in the repository", text: "Debian", want: "repository name (library/Debian) must be lowercase" },
    { name: "with upper case below a host", text: "quay.io/Debian:1", want: "repository name (Debian) must be lowercase" },
    { name: "when it looks like an id", text: HEX, want: "form of an image's id" },
    { name: "with an empty tag", text: "debian:", want: 'tag ""' },
    { name: "with a tag that begins with a dot", text: "debian:.a", want: 'tag ".a"' },
    { name: "with a tag of 129 characters", text: `debian:${"a".repeat(129)}`, want: "longer than 128" },
    { name: "with two tags", text: "a:b:c", want: 'tag "b:c"' },
    { name: "with a short digest", text: "debian@sha256:abc", want: "is no digest" },
    { name: "with an unregistered digest", text: `debian@md5:${HEX}`, want: "is no digest" },
    { name: "with upper-case digits in the digest", text: `debian@${DIGEST.replace(HEX, HEX.toUpperCase())}`, want: "is no digest" },
    { name: "with two digests", text: `debian@${DIGEST}@${DIGEST}`, want: "is no digest" },
    { name: "with an empty part", text: "a//b", want: "is not [registry/]repository" },
    { name: "with a slash at the end", text: "a/", want: "is not [registry/]repository" },
    { name: "with a slash at the start", text: "/a", want: "is not [registry/]repository" },
    { name: "with a part that ends in a separator", text: "a-/b", want: "is not [registry/]repository" },
    { name: "with three underscores", text: "a___b", want: "is not [registry/]repository" },
    { name: "with ..", text: "../a", want: "is no host" },
    { name: "with a space", text: "a b", want: "is not [registry/]repository" },
    { name: "with a scheme", text: "https://quay.io/a", want: "is no host" },
    { name: "with a port beyond 65535", text: "host:65536/a", want: "is no host" },
    { name: "with an underscore in the host", text: "h_x:5000/a", want: "is no host" },
    { name: "with a repository of 256 characters", text: `h.io/${"a".repeat(256)}`, want: "must not be more than 255 characters" },
    { name: "with a host alone", text: "[::1]", want: "names a registry without a repository" },
    { name: "of ten thousand characters", text: "a".repeat(10_000), want: "10000 characters are more" },
    { name: "with a newline", text: "debian\n", want: "is not [registry/]repository" },
  ];
  for (const { name, text, want } of rows) {
    test(name, () => {
      expect(() => parseReference(text)).toThrow(InvalidReferenceError);
      expect(() => parseReference(text)).toThrow("invalid reference format: ");
      expect(() => parseReference(text)).toThrow(want);
    });
  }
});

test("the longest repository is taken", () => {
  expect(parseReference(`h.io/${"a".repeat(255)}`).repository.length).toBe(255);
});

test("only what has neither tag nor digest becomes latest", () => {
  expect(withDefaultTag(parseReference("a")).tag).toBe("latest");
  expect(withDefaultTag(parseReference("a:b")).tag).toBe("b");
  expect(withDefaultTag(parseReference(`a@${DIGEST}`)).tag).toBeUndefined();
});

test("a familiar name reads back as the same repository, whatever its parts look like", () => {
  for (const repository of [`library/${HEX}`, "localhost/a", "a.b/c", "library/a", "library/library/a"]) {
    const reference = { registry: "docker.io", repository };
    expect(parseReference(familiarName(reference))).toEqual(reference);
  }
});
