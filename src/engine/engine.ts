// What every use case of the engine is given; made by the command line.
import type { RuntimeContext } from "../kernel/state/context.ts";

export interface Engine {
  /** The kernel layer, with the root of the containers' state. */
  readonly runtime: RuntimeContext;
  /** Directory of what is kept while the machine is up. */
  readonly runRoot: string;
  /** The program of the embedded image `hello`. */
  readonly helloProgram: string;
}
