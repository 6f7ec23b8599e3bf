// A template that is wrong, or that does not fit its data; worded as Go's text/template words it, because people search for these words.
import { TeuError } from "../../../base/errors.ts";

export class TemplateError extends TeuError {
  constructor(message: string) {
    super("invalid", message);
  }
}
