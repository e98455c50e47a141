import type { WriteFunctions } from "../database/functions.ts";
import { askTeller } from "./ask-teller.ts";
import { write, type Result } from "./database-calls.ts";
import type { RequestContext } from "./request-context.ts";

/** Makes a transfer, through the teller of its credited account if there are tellers. */
export const createTransfer = (
  context: RequestContext,
  transfer: WriteFunctions["create_transfer"],
): Promise<Result> =>
  write(context, "create_transfer", transfer, (callAlone) =>
    askTeller(context, transfer, callAlone),
  );
