// Opens the ends of a copy by their names: registries, the store, layouts, archives, a docker daemon. The one table of transports.
import { tmpdir } from "node:os";
import { TeuError } from "../../base/errors.ts";
import { parseTransportName, type TransportName } from "../../image/archives/transport-name.ts";
import type { ImageDestination, ImageSource } from "../../image/ports/transport.ts";
import { formatReference, parseReference, withDefaultTag } from "../../spec/distribution/reference.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { EndOptions } from "./end-options.ts";
import { newName, storedImage } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";

type Transport = TransportName["transport"];
/** Rows of the union whose `transport` may be T. */
type Row<N, T> = N extends { readonly transport: infer K } ? (T extends K ? N & { readonly transport: T } : never) : never;
type Name<T extends Transport> = Row<TransportName, T>;
type Opener<N, E> = (images: ImageEngine, name: N, options: EndOptions) => Promise<E>;

/** The two ends of a transport; its module is loaded when it is asked for. */
interface Ends<N> {
  readonly source: Opener<N, ImageSource>;
  readonly destination: Opener<N, ImageDestination>;
}

const TRANSPORTS: { readonly [T in Transport]: Ends<Name<T>> } = {
  docker: {
    source: async (images, { reference }, { access }) => (await images.network()).source(withDefaultTag(parseReference(reference)), access),
    destination: async (images, { reference }, { access, mountFrom = [] }) =>
      (await images.network()).destination(withDefaultTag(parseReference(reference)), { access, mountFrom }),
  },
  store: {
    source: async (images, { reference }) => images.store.source((await storedImage(images, reference)).digest),
    destination: async (images, { reference }) => images.store.destination({ imageName: await newName(images, reference) }),
  },
  oci: {
    source: async (_, name) => (await import("../../image/archives/oci-directory.ts")).openOciDirectory(name.path, name),
    destination: async (_, { path, reference }) =>
      (await import("../../image/archives/oci-directory.ts")).OciDirectoryDestination.open(path, reference),
  },
  "oci-archive": {
    source: async (_, name, options) =>
      (await import("../../image/archives/oci-archive.ts")).openOciArchive(name.path, name, tarOptions(options)),
    destination: async (images, { path, reference }, options) =>
      (await import("../../image/archives/oci-archive.ts")).ociArchiveDestination({ path }, reference, archiveOptions(images, options)),
  },
  "docker-archive": {
    source: async (_, name, options) =>
      (await import("../../image/archives/docker-archive.ts")).openDockerArchive(name.path, name, tarOptions(options)),
    destination: async (images, { path, reference }, options) =>
      (await import("../../image/archives/docker-archive.ts")).dockerArchiveDestination(
        { path },
        await namesOf(images, reference, options),
        archiveOptions(images, options),
      ),
  },
  dir: {
    source: async (_, { path }) => (await import("../../image/archives/directory.ts")).openDirectory(path),
    destination: async (_, { path }) => (await import("../../image/archives/directory.ts")).DirectoryDestination.open(path),
  },
  "docker-daemon": {
    source: async (_, { reference }, { daemonHost, ...options }) =>
      (await import("../../image/archives/docker-daemon.ts")).openDockerDaemon(daemonAt(daemonHost), reference, tarOptions(options)),
    destination: async (images, { reference }, { daemonHost, signal, ...options }) => {
      const { dockerDaemonDestination } = await import("../../image/archives/docker-daemon.ts");
      const name = formatReference(withDefaultTag(parseReference(reference)));
      return dockerDaemonDestination(daemonAt(daemonHost), name, {
        ...archiveOptions(images, options),
        ...(signal === undefined ? {} : { signal }),
      });
    },
  },
  bootstrap: {
    source: async (images, { recipe }, options) => (await import("./bootstrap-source.ts")).openBootstrap(images, recipe, options),
    destination: async (_, { recipe }) => {
      throw new TeuError("unsupported", `write to bootstrap:${recipe}: images are made from it, none can be put there`);
    },
  },
};

const DOCKER_SOCKET = "unix:///var/run/docker.sock";

/** Docker's socket of an address. @throws TeuError `unsupported` for one on the network, whose images are not asked for in clear text */
function daemonAt(host = DOCKER_SOCKET): { readonly socket: string } {
  const [, socket] = /^unix:\/\/(\/.+)$/.exec(host) ?? [];
  if (socket === undefined) throw new TeuError("unsupported", `reach docker at ${host}: only unix:///PATH is built`);
  return { socket };
}

async function namesOf(images: ImageEngine, reference: string | undefined, { names = [] }: EndOptions): Promise<readonly string[]> {
  const all = [...(reference === undefined ? [] : [reference]), ...names];
  return Promise.all(all.map((name) => newName(images, name)));
}

function tarOptions({ signal }: EndOptions): { readonly temporary: string; readonly signal?: AbortSignal } {
  return { temporary: tmpdir(), ...(signal === undefined ? {} : { signal }) };
}

function archiveOptions(
  images: ImageEngine,
  { platform = images.platform }: EndOptions,
): { readonly temporary: string; readonly platform: Platform } {
  return { temporary: tmpdir(), platform };
}

/** Opens a name for reading. @throws TeuError `invalid` for what is no name; what its transport says */
export function openSource(images: ImageEngine, name: TransportName | string, options: EndOptions = {}): Promise<ImageSource> {
  return ends(typeof name === "string" ? parseTransportName(name) : name, (transport, read) => transport.source(images, read, options));
}

/** Opens a name for writing. Nothing of it is visible before `commit`. */
export function openDestination(images: ImageEngine, name: TransportName | string, options: EndOptions = {}): Promise<ImageDestination> {
  return ends(typeof name === "string" ? parseTransportName(name) : name, (transport, read) =>
    transport.destination(images, read, options),
  );
}

/** The table's row of a name: TypeScript cannot see that a name and its row are of one kind. */
function ends<T extends Transport, E>(name: Name<T>, use: (ends: Ends<Name<T>>, name: Name<T>) => Promise<E>): Promise<E> {
  return use(TRANSPORTS[name.transport] as Ends<Name<T>>, name);
}
