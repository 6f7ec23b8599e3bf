import { describe, expect, test } from "bun:test";
import { InvalidInputError } from "../../base/errors.ts";
import { bearerChallenge, type Challenge, findChallenge, parseChallenges, repositoryScope } from "./challenge.ts";

const challenge = (scheme: string, parameters: Record<string, string> = {}, token68?: string): Challenge => ({
  scheme,
  parameters: Object.assign(Object.create(null), parameters),
  ...(token68 !== undefined && { token68 }),
});

describe("parseChallenges reads", () => {
  const rows: { name: string; field: string; want: Challenge[] }[] = [
    {
      name: "a registry's",
      field: 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/debian:pull,push"',
      want: [
        challenge("bearer", {
          realm: "https://auth.docker.io/token",
          service: "registry.docker.io",
          scope: "repository:library/debian:pull,push",
        }),
      ],
    },
    {
      name: "several in one field",
      field: 'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
      want: [challenge("newauth", { realm: "apps", type: "1", title: 'Login to "apps"' }), challenge("basic", { realm: "simple" })],
    },
    { name: "schemes alone", field: "Negotiate, NTLM", want: [challenge("negotiate"), challenge("ntlm")] },
    {
      name: "a token68 with padding, then another challenge",
      field: "Negotiate a87421000492aa874209af8bc028==, Basic realm=x",
      want: [challenge("negotiate", {}, "a87421000492aa874209af8bc028=="), challenge("basic", { realm: "x" })],
    },
    { name: "a token68 without padding", field: "Negotiate abc", want: [challenge("negotiate", {}, "abc")] },
    { name: "a token68 with one sign of padding", field: "Negotiate abc=", want: [challenge("negotiate", {}, "abc=")] },
    {
      name: "spaces around the equals sign",
      field: 'Basic realm = "x" , charset\t=\tUTF-8',
      want: [challenge("basic", { realm: "x", charset: "UTF-8" })],
    },
    { name: "empty elements", field: ", ,Basic realm=x,, ,Bearer", want: [challenge("basic", { realm: "x" }), challenge("bearer")] },
    {
      name: "an address without quotes",
      field: "Bearer realm=https://h/token?a=b,service=h:5000",
      want: [challenge("bearer", { realm: "https://h/token?a=b", service: "h:5000" })],
    },
    { name: "an empty value in quotes", field: 'Bearer scope=""', want: [challenge("bearer", { scope: "" })] },
    { name: "names in any case", field: 'BEARER Realm="x"', want: [challenge("bearer", { realm: "x" })] },
    {
      name: "a name that is a prototype's",
      field: 'Basic __proto__="x"',
      want: [{ ...challenge("basic"), parameters: JSON.parse('{"__proto__":"x"}') }],
    },
    { name: "nothing", field: "", want: [] },
  ];
  for (const { name, field, want } of rows) {
    test(name, () => {
      const plain = (list: readonly Challenge[]) => list.map((one) => ({ ...one, parameters: Object.entries(one.parameters) }));
      expect(plain(parseChallenges(field))).toEqual(plain(want));
    });
  }
});

describe("parseChallenges refuses", () => {
  const rows: { name: string; field: string; want: string }[] = [
    { name: "a quote that does not end", field: 'Bearer realm="x', want: "something other than a comma" },
    { name: "a quote that ends in a backslash", field: 'Bearer realm="x\\"', want: "something other than a comma" },
    { name: "no scheme", field: '="x"', want: "has no scheme" },
    { name: "a parameter twice", field: "Bearer realm=a, REALM=b", want: "has realm twice" },
    { name: "a missing comma", field: 'Bearer a="b" c="d"', want: "something other than a comma" },
    { name: "a line break", field: 'Bearer a="b\r\nX: y"', want: "control character" },
    { name: "a field of 20 KiB", field: `Bearer realm="${"x".repeat(20_000)}"`, want: "longer than 16 KiB" },
    { name: "17 challenges", field: Array.from({ length: 17 }, (_, i) => `s${i}`).join(","), want: "more than 16 challenges" },
    {
      name: "33 parameters",
      field: `Bearer ${Array.from({ length: 33 }, (_, i) => `p${i}=1`).join(",")}`,
      want: "more than 32 parameters",
    },
  ];
  for (const { name, field, want } of rows) {
    test(name, () => {
      expect(() => parseChallenges(field)).toThrow(InvalidInputError);
      expect(() => parseChallenges(field)).toThrow(want);
    });
  }
});

test("a bearer challenge gives the address of the token server and what to ask of it", () => {
  const found = findChallenge(parseChallenges('Basic realm=x, Bearer realm="https://h/t",service="s",scope="a b"'), "bearer");
  expect(found && bearerChallenge(found)).toEqual({ realm: new URL("https://h/t"), service: "s", scope: "a b" });
  expect(repositoryScope("library/debian", ["pull", "push"])).toBe("repository:library/debian:pull,push");
});

for (const realm of ["", "file:///etc/passwd", "/token", "https://user:secret@h/t"]) {
  test(`a bearer challenge with the realm ${JSON.stringify(realm)} is refused`, () =>
    expect(() => bearerChallenge(challenge("bearer", { realm }))).toThrow("is no address of a token server"));
}
