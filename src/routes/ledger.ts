import { answerJson } from "../edge/answer.ts";
import { operation } from "../edge/operation.ts";
import { Verification } from "../schemas/ledger.ts";
import { verifyLedger } from "../services/ledger.ts";

const verify_ledger = operation(
  {
    id: "verifyLedger",
    method: "get",
    path: "/ledger/verification",
    tag: "ledger",
    summary: "Verify the ledger",
    description:
      "Recomputes every invariant from the first entry, and names each row that breaks one. " +
      "It takes about 10 seconds for a million entries.",
    callers: ["admin"],
    request: {},
    answer: {
      status: 200,
      description: "What was checked, and the violations.",
      schema: Verification,
    },
  },
  async (c) => answerJson(c, JSON.stringify(await verifyLedger(c.get("context")))),
);

export const ledger_operations = [verify_ledger];
