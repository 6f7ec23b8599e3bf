// Whether a stored document is whole enough to be used. It was written by this program; but disks fail, and people edit what they find. So what is
// looked at is what every reader relies on: that fields which must be there are, and are of their kind.
import { ByKind, flawIn, type Model, oneOf } from "../../base/stored-value.ts";
import { RESTART_POLICIES } from "./life.ts";
import { LOG_DRIVERS } from "./log.ts";

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
  return flawIn(document, DOCUMENT);
}
