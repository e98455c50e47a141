import { Agent, request as httpRequest } from "node:http";
import { undeclared } from "../../test/harness/declared-answers.ts";
import { CheckFailure } from "../check.ts";
import type { HostileBank } from "./hostile-bank.ts";

export interface Probe {
  /** What is wrong with the request, for the message of a complaint. */
  readonly what: string;
  readonly method: string;
  /** With its query, below the Worker's address. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent without any change. */
  readonly body?: string | Buffer;
  readonly token?: string;
  /** An admin may see everything. */
  readonly sees_everything?: boolean;
  /** The status that the answer must have, or the codes of which it must have one. */
  readonly expected?: number | readonly string[];
  /** The runtime itself may refuse it, in its own words or by closing the connection. */
  readonly may_be_cut?: boolean;
}

export interface ProbeAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Partial<Record<string, string | string[]>>>;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

const complaints_max = 20;
const shown_max = 300;
const callers = 24;
const answer_timeout_ms = 120_000;
const agent = new Agent({ keepAlive: true, maxSockets: callers });
/**
 * The text of the local proxy in front of the runtime when the answer came before the whole body
 * was sent.
 */
const cut = "Error: Network connection lost.";
/** Texts that show the inside of a database or a program. */
const internals =
  /\bpg_|plpgsql|SQLSTATE|syntax error at|\.ts:\d+|node_modules|stack|bank_internal/;

/**
 * Sends requests and checks each answer: a problem document, no 5xx, no internals, no data of
 * others.
 */
export class Judge {
  asked = 0;
  accepted = 0;
  readonly target: HostileBank;
  readonly #complaints: string[] = [];

  constructor(target: HostileBank) {
    this.target = target;
  }

  /** All of them, so many at a time. */
  async askAll(
    probes: Iterable<Probe>,
    look?: (probe: Probe, answer: ProbeAnswer) => void,
  ): Promise<void> {
    const iterator = probes[Symbol.iterator]();
    const caller = async (): Promise<void> => {
      for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
        const answer = await this.ask(next.value);
        if (answer !== undefined) look?.(next.value, answer);
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
  }

  async ask(probe: Probe): Promise<ProbeAnswer | undefined> {
    this.asked += 1;
    const answer = await exchange(this.target.bank.worker.url, probe).catch((error: unknown) => {
      if (probe.may_be_cut !== true) this.complain(probe, `no answer: ${String(error)}`);
      return undefined;
    });
    if (answer === undefined) return undefined;
    if (answer.status < 300) this.accepted += 1;
    const complaint = this.#complaintOf(probe, answer);
    if (complaint !== undefined) this.complain(probe, complaint, answer);
    return answer;
  }

  complain(probe: Probe, complaint: string, answer?: ProbeAnswer): void {
    const sent = `${probe.method} ${probe.path} ${probe.body?.toString() ?? ""}`.slice(
      0,
      shown_max,
    );
    const got =
      answer === undefined
        ? ""
        : `\n    ${String(answer.status)} ${answer.text.slice(0, shown_max)}`;
    this.#complaints.push(`${complaint}: ${probe.what}\n    ${sent}${got}`);
    if (this.#complaints.length >= complaints_max) this.requireNoComplaint();
  }

  requireNoComplaint(): void {
    if (this.#complaints.length > 0) throw new CheckFailure(this.#complaints.join("\n  "));
  }

  #complaintOf(probe: Probe, { status, text, headers, body }: ProbeAnswer): string | undefined {
    if (status >= 500 && !(probe.may_be_cut === true && text === cut)) return "a 5xx";
    // Wrong passwords for one email are limited, so any login may be refused for that.
    if (status === 429 && !probe.path.startsWith("/v1/auth/login")) return "asked too much";
    if (probe.sees_everything !== true && this.#isForeign(probe, text)) return "foreign data";
    if (status >= 400 && probe.may_be_cut !== true) {
      if (headers["content-type"] !== "application/problem+json") return "no problem document";
      if (internals.test(text)) return "internals";
    }
    const lie =
      probe.may_be_cut === true
        ? undefined
        : undeclared({ ...probe, status, text, content_type: String(headers["content-type"]) });
    if (lie !== undefined) return lie;
    const { expected } = probe;
    const code = typeof body?.["code"] === "string" ? body["code"] : "";
    if (typeof expected === "number" && status !== expected) return `not ${String(expected)}`;
    if (typeof expected === "object" && !(status >= 400 && expected.includes(code)))
      return "not refused as it should be";
    return undefined;
  }

  /** An id that was sent may come back. */
  #isForeign(probe: Probe, text: string): boolean {
    const { eve, secret } = this.target;
    const sent = `${probe.path} ${probe.body?.toString() ?? ""}`;
    const { customer_id, account_id, second_account_id, transfer_id, hold_id } = eve;
    const ids = [customer_id, account_id, second_account_id, transfer_id, hold_id];
    return text.includes(secret) || ids.some((id) => text.includes(id) && !sent.includes(id));
  }
}

/** The server had closed a connection while it was idle, as the request was sent over it. */
class WasClosed extends Error {
  override readonly name = "WasClosed";
}

/**
 * A request that met a closed connection is sent once more, over a new one. A server that cuts it
 * off because of what it says does so again.
 */
async function exchange(origin: string, probe: Probe): Promise<ProbeAnswer> {
  try {
    return await exchangeOver(agent, origin, probe);
  } catch (error) {
    if (!(error instanceof WasClosed)) throw error;
    return exchangeOver(false, origin, probe);
  }
}

function exchangeOver(
  connections: Agent | false,
  origin: string,
  { method, path, headers, body, token }: Probe,
): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    const all = {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined
        ? {}
        : {
            "Content-Type": "application/json",
            "Content-Length": String(Buffer.byteLength(body)),
          }),
      ...headers,
    };
    const sent = httpRequest(
      origin + path,
      {
        method,
        agent: connections,
        timeout: answer_timeout_ms,
        headers: Object.fromEntries(
          Object.entries(all).map(([name, value]) => [
            name,
            typeof value === "string" ? value : [...value],
          ]),
        ),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            text,
            headers: response.headers,
            body: parse(text),
          });
        });
      },
    );
    sent.on("error", (error: NodeJS.ErrnoException) => {
      reject(sent.reusedSocket && error.code === "ECONNRESET" ? new WasClosed() : error);
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
    sent.end(body);
  });
}

function parse(text: string): ProbeAnswer["body"] {
  try {
    return JSON.parse(text) as ProbeAnswer["body"];
  } catch {
    return undefined;
  }
}
