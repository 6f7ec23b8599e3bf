// `hooks` (config.md, "POSIX-platform Hooks").
import { array, integer, object, optional, type Shape } from "../../json/shape.ts";
import type { Hook, Hooks } from "../config.ts";
import { absolutePath, environment, strings } from "./common.ts";

const list = optional(
  array(
    object<Hook>({
      path: absolutePath,
      args: optional(strings),
      env: optional(environment),
      // "If set, timeout MUST be greater than zero." Seconds; the launcher counts milliseconds in 32 bits.
      timeout: optional(integer(1, 2_147_483)),
    }),
  ),
);

export const hooksShape: Shape<Hooks> = object<Hooks>({
  prestart: list,
  createRuntime: list,
  createContainer: list,
  startContainer: list,
  poststart: list,
  poststop: list,
});
