// What every use case of the engine is given; made by the command line.
import type { RuntimeContext } from "../kernel/state/context.ts";
import type { ImageLookup } from "./image-lookup.ts";

export interface Engine {
  /** The kernel layer, with the root of the containers' state. */
  readonly runtime: RuntimeContext;
  /** Directory of what lasts: layers, what containers write. */
  readonly root: string;
  /** Directory of what is kept while the machine is up. */
  readonly runRoot: string;
  /** The program of the embedded image `hello`. */
  readonly helloProgram: string;
  /** Where images come from; loaded when one is asked for. */
  images?(): Promise<ImageLookup>;
}
