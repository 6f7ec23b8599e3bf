// What Go's own text/template (1.26, with docker's functions) made of templates is in golden.json, which test/fixtures/go-template writes; the rest
// is what is ours: structures, bounds, and where docker's data are typed and ours are not.
import { describe, expect, test } from "bun:test";
import golden from "./golden.json";
import { parseTemplate, Structure, TemplateError, type Value } from "./template.ts";
import { NIL_LIST, NIL_MAP, withHidden } from "./values.ts";

interface Golden {
  readonly template: string;
  readonly prints?: string;
  readonly fails?: string;
}

const CASES: readonly Golden[] = golden.cases;

describe("as Go does it:", () => {
  for (const { template, prints, fails } of CASES) {
    test(`${JSON.stringify(template)} ${fails === undefined ? "is printed" : "is refused"}`, () => {
      const make = () => parseTemplate(template)(golden.data);
      if (fails === undefined) expect(make()).toBe(prints ?? "");
      else expect(make).toThrow(new TemplateError(fails));
    });
  }
});

const ROW = new Structure(
  "*formatter.ContainerContext",
  new Map<string, () => Value>([
    ["ID", () => "4c01db0b339c"],
    ["Ports", () => ["80/tcp", 443]],
    ["Labels", () => null],
  ]),
);

describe("with a structure", () => {
  for (const { template, prints } of [
    { template: "{{.ID}} {{len .Ports}}", prints: "4c01db0b339c 2" },
    { template: "{{json .}}", prints: '{"ID":"4c01db0b339c","Ports":["80/tcp",443],"Labels":null}' },
    { template: '{{printf "%v %+v" . .}}', prints: "{4c01db0b339c [80/tcp 443] <nil>} {ID:4c01db0b339c Ports:[80/tcp 443] Labels:<nil>}" },
    { template: '{{index .Labels "a"}}|{{.Labels.a}}', prints: "|<no value>" },
  ]) {
    test(`${template} is ${prints}`, () => expect(parseTemplate(template)(ROW)).toBe(prints));
  }

  test("a field that it does not have is an error that names its type", () => {
    const says = `template: :1:2: executing "" at <.Id>: can't evaluate field Id in type *formatter.ContainerContext`;
    expect(() => parseTemplate("{{.Id}}")(ROW)).toThrow(new TemplateError(says));
  });
});

describe("what docker inspects", () => {
  const data = {
    Config: withHidden({ Cmd: ["sh"], Volumes: NIL_MAP }, { Shell: NIL_LIST, Healthcheck: null, MacAddress: "" }),
    Init: null,
  };
  const ROWS: readonly (readonly [source: string, printed: string])[] = [
    ["{{.Config.Shell}} {{len .Config.Shell}} {{json .Config.Shell}}", "[] 0 null"],
    ["{{.Config.Volumes}} {{json .Config.Volumes}}{{range .Config.Volumes}}x{{end}}", "map[] null"],
    ["{{.Config.MacAddress}}|{{.Config.Healthcheck}}|{{.Init}}", "|<nil>|<nil>"],
    ["{{json .Config}}", '{"Cmd":["sh"],"Volumes":null}'],
  ];
  for (const [source, printed] of ROWS)
    test(`${source} is ${printed}`, () => expect(parseTemplate(source, { missingKey: "error" })(data)).toBe(printed));

  test("has no fields where it is nil", () => {
    const template = parseTemplate("{{.Config.Healthcheck.Test}}", { missingKey: "error" });
    expect(() => template(data)).toThrow('nil data; no entry for key "Test"');
  });
});

describe("a key that a map does not have", () => {
  test("is an error where the caller says so, as in docker inspect", () => {
    const template = parseTemplate("{{.a.b}}", { missingKey: "error" });
    expect(() => template({ a: {} })).toThrow('at <.a.b>: map has no entry for key "b"');
  });

  test("of a map of strings is the empty string to index", () => {
    expect(parseTemplate('{{index .a "x"}}|{{index .b "x"}}')({ a: { k: "v" }, b: { k: 1 } })).toBe("|<no value>");
  });

  test("is not what every object has", () => {
    expect(parseTemplate("{{.constructor}} {{.__proto__}}")({})).toBe("<no value> <no value>");
    expect(() => parseTemplate("{{constructor}}")).toThrow('function "constructor" not defined');
  });
});

describe("bounded is", () => {
  const nested = (times: number) => `${"{{range .}}".repeat(times)}x${"{{end}}".repeat(times)}`;
  const list = Array.from({ length: 100 }, (_, at) => at);
  for (const { name, template, data, says } of [
    { name: "the length of a template", template: "x".repeat(70_000), data: null, says: "longer than 65536 characters" },
    {
      name: "the depth of parentheses",
      template: `{{${"(".repeat(200)}1${")".repeat(200)}}}`,
      data: null,
      says: "exceeded maximum template depth",
    },
    { name: "the depth of blocks", template: nested(200), data: null, says: "exceeded maximum template depth" },
    {
      name: "a template that calls itself",
      template: '{{define "a"}}{{template "a"}}{{end}}{{template "a"}}',
      data: null,
      says: "exceeded maximum template depth",
    },
    {
      name: "the number of steps",
      template: "{{range .}}{{range $}}{{range $}}{{range $}}{{end}}{{end}}{{end}}{{end}}",
      data: list,
      says: "steps",
    },
    { name: "a number that is ranged over", template: "{{range 999999999999}}{{end}}", data: null, says: "steps" },
    { name: "a function that doubles", template: `{{"${"'".repeat(9)}"${"|js".repeat(60)}}}`, data: null, says: "characters" },
    {
      name: "a list that is printed often",
      template: `{{print${" .".repeat(9000)}}}`,
      data: "x".repeat(99_999).split(""),
      says: "characters",
    },
    {
      name: "a long text between many",
      template: '{{join . (printf "%99999d" 1)}}',
      data: "x".repeat(99_999).split(""),
      says: "characters",
    },
    { name: "what is printed", template: '{{range 999}}{{printf "%999999d" 1}}{{end}}', data: null, says: "characters" },
    {
      name: "a variable that doubles",
      template: '{{$x := "xxxxxxxxxx"}}{{range 60}}{{$x = printf "%s%s" $x $x}}{{end}}',
      data: null,
      says: "characters",
    },
  ]) {
    test(name, () => expect(() => parseTemplate(template)(data)).toThrow(says), 30_000);
  }
});
