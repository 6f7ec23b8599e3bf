// One repository of one registry, as the functions of this folder take it: where it is, and the paths of distribution-spec 1.1,
// "Endpoints", below it.
import { repositoryScope } from "../../spec/distribution/challenge.ts";
import { InvalidReferenceError, isRepositoryName } from "../../spec/distribution/reference.ts";
import type { Connection } from "./connection.ts";

export interface Repository {
  readonly connection: Connection;
  /** `library/debian`; checked. */
  readonly name: string;
  /** For messages: `localhost:5000/library/debian`. */
  readonly display: string;
  /** `v2/NAME/`. */
  readonly path: string;
  /** What its requests need to be allowed. */
  readonly pull: readonly string[];
  readonly push: readonly string[];
  readonly delete: readonly string[];
}

/** @throws InvalidReferenceError for a name that is none. */
export function openRepository(connection: Connection, name: string): Repository {
  if (!isRepositoryName(name)) throw new InvalidReferenceError(`${JSON.stringify(name.slice(0, 300))} is no name of a repository`);
  return {
    connection,
    name,
    display: `${connection.endpoint.registry}/${name}`,
    path: `v2/${name}/`,
    pull: [repositoryScope(name, ["pull"])],
    push: [repositoryScope(name, ["pull", "push"])],
    delete: [repositoryScope(name, ["pull", "delete"])],
  };
}
