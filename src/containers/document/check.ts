// Whether a stored document is whole enough to be used. It was written by this program; but disks fail, and people edit what they find. So what is
// looked at is what every reader relies on: that fields which must be there are, and are of their kind.

import { RESTART_POLICIES } from "./life.ts";
import { LOG_DRIVERS } from "./log.ts";

/** An example of the value: of an object each field must be there, of a list each item must be like its first; a pattern is a string's. */
type Model = string | number | boolean | RegExp | readonly Model[] | ByKind | { readonly [field: string]: Model };

/** What else a value with such a `kind` has. */
class ByKind {
  constructor(readonly models: Readonly<Record<string, Model>>) {}
}

const oneOf = (words: readonly string[]) => new RegExp(`^(${words.join("|")})$`);
const TEXTS = [""];
const MOUNT = { destination: /^\//, from: "", readonly: false };
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

const DOCUMENT: Model = {
  id: /^[0-9a-f]{64}$/,
  created: /^\d{4}-/,
  root: new ByKind({ directory: { path: /^\// }, image: { name: "", id: "", manifest: "", layers: TEXTS } }),
  options: {
    args: TEXTS,
    env: TEXTS,
    cwd: "",
    terminal: false,
    readonlyRoot: false,
    resources: {},
    rlimits: [{}],
    capAdd: TEXTS,
    capDrop: TEXTS,
  },
  user: { user: "", groupAdd: TEXTS },
  stdio: { open: false, attach: TEXTS },
  mounts: [
    new ByKind({
      bind: { ...MOUNT, source: /^\//, options: TEXTS },
      volume: { ...MOUNT, name: VOLUME_NAME, options: TEXTS, driverOptions: {}, labels: {} },
      tmpfs: { ...MOUNT, options: TEXTS },
      image: { ...MOUNT, layers: TEXTS },
    }),
  ],
  network: {
    mode: new ByKind({
      none: {},
      host: {},
      networks: {
        attachments: [
          { network: /^[0-9a-f]{64}$/, name: "", aliases: TEXTS, links: [{ container: "", alias: "" }], priority: 0, options: {} },
        ],
      },
      private: { options: TEXTS },
      container: { id: /^[0-9a-f]{64}$/ },
      namespace: { path: "" },
    }),
    exposed: TEXTS,
    ports: [{ target: 0, protocol: "" }],
    publishAll: false,
    dns: TEXTS,
    dnsSearch: TEXTS,
    dnsOptions: TEXTS,
    extraHosts: TEXTS,
  },
  life: { remove: false, init: false, restart: { name: oneOf(RESTART_POLICIES), retries: 0 } },
  log: { driver: oneOf(LOG_DRIVERS), maxSize: 0, maxFiles: 0, compress: false, options: {} },
  labels: {},
  birth: { runRoot: "", boot: "", creator: { pid: 0, start: "" } },
};

/** Where a document is not what it must be (`options.args`); undefined for one that is whole. */
export function flawOf(document: unknown): string | undefined {
  return flaw(document, DOCUMENT, "");
}

function flaw(value: unknown, model: Model, at: string): string | undefined {
  if (model instanceof RegExp) return typeof value === "string" && model.test(value) ? undefined : at;
  if (typeof model !== "object") return typeof value === typeof model ? undefined : at;
  if (Array.isArray(model)) {
    if (!Array.isArray(value)) return at;
    const [item] = model;
    return item === undefined ? undefined : firstOf(value.entries(), ([index, one]) => flaw(one, item, `${at}[${index}]`));
  }
  if (!isObject(value)) return at;
  const inner = (field: string) => (at === "" ? field : `${at}.${field}`);
  if (model instanceof ByKind) {
    const more = typeof value.kind === "string" && Object.hasOwn(model.models, value.kind) ? model.models[value.kind] : undefined;
    return more === undefined ? inner("kind") : flaw(value, more, at);
  }
  return firstOf(Object.entries(model), ([field, expected]) => flaw(value[field], expected, inner(field)));
}

function firstOf<T>(items: Iterable<T>, look: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
