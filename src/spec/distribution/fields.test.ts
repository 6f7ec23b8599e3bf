// The header fields and the error body of registries.
import { describe, expect, test } from "bun:test";
import type { ErrorCode } from "../../base/errors.ts";
import { encodeErrorBody, parseErrorBody, RegistryError, registryError } from "./errors.ts";
import { linkToNext, nextPage } from "./link.ts";
import { formatUploadRange, nextUploadOffset, parseContentRange, parseUploadRange, rangeFrom } from "./range.ts";
import { parseRetryAfter } from "./retry-after.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe("registryError", () => {
  const body = (code: string, message = "m") => bytesOf(encodeErrorBody([{ code, message }]));
  const rows: { name: string; status: number; body: Uint8Array; code: ErrorCode; message: string }[] = [
    {
      name: "knows the specification's codes",
      status: 404,
      body: body("MANIFEST_UNKNOWN", "no such"),
      code: "not-found",
      message: "pull x: the registry answered 404: no such (MANIFEST_UNKNOWN)",
    },
    { name: "trusts the code before the status", status: 400, body: body("NAME_UNKNOWN"), code: "not-found", message: "(NAME_UNKNOWN)" },
    {
      name: "goes by the status when the code is unknown",
      status: 403,
      body: body("constructor"),
      code: "denied",
      message: "m (constructor)",
    },
    {
      name: "goes by the status when the body is a page",
      status: 404,
      body: bytesOf("<html>"),
      code: "not-found",
      message: "pull x: the registry answered 404",
    },
    { name: "goes by the status when the server is down", status: 503, body: body("DENIED"), code: "unavailable", message: "503" },
    { name: "takes too many requests for worth another try", status: 429, body: body("DENIED"), code: "unavailable", message: "429" },
    { name: "takes an empty list", status: 401, body: bytesOf('{"errors":null}'), code: "denied", message: "answered 401" },
    { name: "takes an answer that makes no sense for our fault", status: 302, body: bytesOf(""), code: "internal", message: "302" },
    {
      name: "shows no control characters",
      status: 400,
      body: body("X\u001b[2J", "a\nb\u202ec"),
      code: "invalid",
      message: "400: a b c (X [2J)",
    },
  ];
  for (const { name, status, body, code, message } of rows) {
    test(name, () => {
      const error = registryError("pull x", status, body);
      expect(error).toBeInstanceOf(RegistryError);
      expect(error.code).toBe(code);
      expect(error.status).toBe(status);
      expect(error.message).toContain(message);
    });
  }
  test("shows no more than a person reads", () => {
    const many = Array.from({ length: 100 }, () => ({ code: "DENIED", message: "x".repeat(1000) }));
    expect(registryError("pull x", 403, bytesOf(encodeErrorBody(many.slice(0, 20)))).message.length).toBeLessThan(1200);
    expect(parseErrorBody(bytesOf(encodeErrorBody(many)))).toEqual([]);
  });
});

describe("nextPage", () => {
  const page = new URL("https://h:5000/v2/a/tags/list?n=2");
  const rows: { name: string; field: string | null; want: string | undefined }[] = [
    { name: "is none without a field", field: null, want: undefined },
    { name: "is none with an empty field", field: "", want: undefined },
    { name: "resolves a path", field: linkToNext("/v2/a/tags/list?n=2&last=b"), want: "https://h:5000/v2/a/tags/list?n=2&last=b" },
    { name: "takes a whole address of the same host", field: '<https://h:5000/x>; rel="next"', want: "https://h:5000/x" },
    { name: "takes a relation without quotes", field: "</x>;rel=next", want: "https://h:5000/x" },
    {
      name: "finds next among others",
      field: '</a,b>; rel="prev"; title="a, b", </c>; title="x"; rel="last next"',
      want: "https://h:5000/c",
    },
    { name: "passes over other relations", field: '</a>; rel="prev"', want: undefined },
    { name: "passes over a link without a relation", field: "</a>", want: undefined },
  ];
  for (const { name, field, want } of rows) test(name, () => expect(nextPage(field, page)?.href).toBe(want));

  const wrong: { name: string; field: string; want: string }[] = [
    { name: "another host", field: '<https://evil.example/x>; rel="next"', want: "leads from https://h:5000 to https://evil.example" },
    { name: "another scheme", field: '<http://h:5000/x>; rel="next"', want: "leads from" },
    { name: "no links", field: "/x; rel=next", want: "no list of links" },
    { name: "a field of 9 KiB", field: `<${"x".repeat(9000)}>`, want: "longer than 8 KiB" },
  ];
  for (const { name, field, want } of wrong) test(`refuses ${name}`, () => expect(() => nextPage(field, page)).toThrow(want));
});

describe("ranges", () => {
  const rows: [field: string, want: ReturnType<typeof parseContentRange>][] = [
    ["bytes 0-99/200", { first: 0, last: 99, total: 200 }],
    ["bytes 5-5/*", { first: 5, last: 5 }],
    ["bytes 100-99/200", undefined],
    ["bytes 0-200/200", undefined],
    ["bytes */200", undefined],
    ["bytes 0-9999999999999999/*", undefined],
    ["items 0-1/2", undefined],
    ["", undefined],
  ];
  for (const [field, want] of rows) test(`Content-Range ${JSON.stringify(field)}`, () => expect(parseContentRange(field)).toEqual(want));

  const offsets: [field: string | null, want: number | undefined][] = [
    ["0-1023", 1024],
    ["bytes=0-1023", 1024],
    ["0-0", 0],
    ["5-9", undefined],
    ["9", undefined],
    [null, undefined],
  ];
  for (const [field, want] of offsets) test(`an upload at ${field} goes on at ${want}`, () => expect(nextUploadOffset(field)).toBe(want));

  test("are written as they are read", () => {
    expect(parseUploadRange(formatUploadRange({ first: 3, last: 9 }))).toEqual({ first: 3, last: 9 });
    expect(rangeFrom(1024)).toBe("bytes=1024-");
  });
});

describe("parseRetryAfter", () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 0);
  const rows: [field: string | null, want: number | undefined][] = [
    ["120", 120_000],
    [" 0 ", 0],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 37_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 37_000],
    ["Sun Nov  6 08:49:37 1994", 37_000],
    ["Sun, 06 Nov 1993 08:49:37 GMT", 0],
    ["Sun, 99 Nov 1994 08:49:37 GMT", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["soon", undefined],
    ["99999999999", undefined],
    [null, undefined],
  ];
  for (const [field, want] of rows) test(`${JSON.stringify(field)}`, () => expect(parseRetryAfter(field, now)).toBe(want));
});
