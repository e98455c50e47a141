import type { ReadFunctions, WriteFunctions } from "../database/functions.ts";
import { read, readPage, write } from "./database-calls.ts";
import type { RequestContext } from "./request-context.ts";

export const createTransfer = (context: RequestContext, transfer: WriteFunctions["create_transfer"]) =>
  write(context, "create_transfer", transfer);

export const createTransfers = (context: RequestContext, batch: WriteFunctions["create_transfers"]) =>
  write(context, "create_transfers", batch);

export const reverseTransfer = (context: RequestContext, reversal: WriteFunctions["reverse_transfer"]) =>
  write(context, "reverse_transfer", reversal);

export const getTransfer = async (context: RequestContext, transfer_id: string): Promise<string> =>
  (await read(context, "get_transfer", { transfer_id })).body ?? "null";

export const listTransfers = (context: RequestContext, filters: ReadFunctions["list_transfers"]) =>
  readPage(context, "list_transfers", filters);
