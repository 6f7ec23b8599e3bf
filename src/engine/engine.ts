// What every use case of the engine is given; made by the command line.
import type { StateDatabase } from "../base/database.ts";
import type { Proxies } from "../image/client/proxies.ts";
import type { CredentialPlaces } from "../image/credentials/credentials.ts";
import type { RuntimeContext } from "../kernel/state/context.ts";
import type { ImageLookup } from "./roots/image-lookup.ts";

export interface Engine {
  /** The kernel layer, with the root of the containers' state. */
  readonly runtime: RuntimeContext;
  /** Directory of what lasts: layers, what containers write. */
  readonly root: string;
  /** Directory of what is kept while the machine is up. */
  readonly runRoot: string;
  /** Containers, volumes, events; opened at its first use. */
  readonly state: StateDatabase;
  /** The cgroup that containers' own lie in, where it is not the default one. */
  readonly cgroupParent: string | undefined;
  /** The executable, which monitors and the supervisor run as `internal …`. */
  readonly self: string;
  /** The program of the embedded image `hello`. */
  readonly helloProgram: string;
  /** Where images come from; loaded when one is asked for. */
  images(): Promise<ImageLookup>;
  /** The configuration; it need not be there. */
  readonly configFile: string;
  /** How registries are spoken to, as the caller's environment has it. */
  readonly client: ClientSettings;
}

export interface ClientSettings {
  readonly userAgent: string;
  readonly proxies: Proxies;
  /** Where it is kept who the caller is for a registry. */
  readonly credentials: CredentialPlaces;
}
