import naughty_strings from "big-list-of-naughty-strings" with { type: "json" };
import type { HostileBank } from "./hostile-bank.ts";
import type { Judge, Probe, ProbeAnswer } from "./judge.ts";
import {
  newKey,
  operations,
  pathOf,
  resolve,
  validBody,
  type Operation,
  type Schema,
} from "./operations.ts";

/** Statements and operators that would have an effect if a text ever became SQL. */
const injections = [
  ..."' '' '; \\' \" ` -- ';-- /* */ '/* $$ $1 % _ \\ null default".split(" "),
  ...["' or '1'='1", "' or 1=1--", "') or ('1'='1", '" or ""="', "1 or 1=1", "1; select 1"],
  ...["'; drop table bank.transfers; --", "'; update bank.accounts set balance = 1000000; --"],
  ...["'; delete from bank.idempotency_keys; --", "' union select null, null, null --"],
  ...["' and pg_sleep(5) --", "'||(select password_hash from bank.users limit 1)||'"],
  ...["1::text", "'::uuid", "E'\\\\x27'", "U&'\\0027'", "%27%20or%201=1", "ʼ or 1=1", "＇ or 1=1"],
  ...["$$; drop schema bank cascade; $$", '{"$ne": null}', "[$ne]=1", "* FROM bank.users"],
  ...["'; commit; --", "'; rollback; begin; --", "'; set role postgres; --"],
];

const hostile_texts: readonly string[] = [...new Set([...naughty_strings, ...injections])];

/** The members that may have any text. The text is kept exactly. */
const free_texts = new Set(["name", "description", "metadata", "password"]);
/** Hashing a password is slow on purpose, so only a few are tried. */
const slow = new Set(["createCustomer", "login"]);
const slow_share = 40;
const header_names = "If-Match If-None-Match If-Unmodified-Since X-Request-Id Accept".split(" ");

interface Place {
  readonly operation: Operation;
  readonly name: string;
  readonly path: string;
  readonly is_free: boolean;
  readonly write: (text: string) => Partial<Probe>;
}

/**
 * Every place of every operation that can have a text: members of bodies, queries, ids in paths,
 * headers.
 */
function placesOf(operation: Operation, target: HostileBank): Place[] {
  const path = pathOf(operation, target.ada);
  const body = operation.body && validBody(operation.body, target);
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const common = { operation, path, is_free: false };
  const places: Place[] = textPlaces(operation.body).map((place) => ({
    ...common,
    name: place.join("."),
    is_free: free_texts.has(place.find((key) => free_texts.has(key)) ?? ""),
    write: (text) => ({ body: withValue(body, place, text) }),
  }));
  for (const { name } of operation.query)
    places.push({
      ...common,
      name,
      write: (text) => ({ path: `${path}?${name}=${encode(text)}` }),
    });
  if (operation.path.includes("{id}"))
    places.push({
      ...common,
      name: "id",
      write: (text) => ({ ...sent, path: operation.path.replace("{id}", encode(text) || "%20") }),
    });
  if (operation.method === "GET") {
    for (const name of header_names)
      places.push({
        ...common,
        name,
        is_free: true,
        write: (text) => ({ headers: { [name]: headerText(text) } }),
      });
  }
  return places;
}

/** Half of a surrogate pair cannot be in a URL. */
const encode = (text: string): string => encodeURIComponent(text.toWellFormed());
/** The characters that a header can have. */
const headerText = (text: string): string => text.replaceAll(/[^\x20-\x7e\x80-\xff]/g, "?").trim();

function textPlaces(
  schema: Schema | undefined,
  place: readonly string[] = [],
): (readonly string[])[] {
  if (schema === undefined) return [];
  const { type, properties = {}, items, additionalProperties } = resolve(schema);
  if (type === "string") return [place];
  if (typeof additionalProperties === "object") return [[...place, "text"]];
  const inside = Object.entries(properties).flatMap(([name, property]) =>
    textPlaces(property, [...place, name]),
  );
  return [...inside, ...textPlaces(items, [...place, "0"])];
}

function withValue(body: unknown, place: readonly string[], text: string): string {
  const copy = structuredClone(body) as Record<string, unknown>;
  const parent = place
    .slice(0, -1)
    .reduce((value, key) => value[key] as Record<string, unknown>, copy);
  parent[place.at(-1) ?? ""] = text;
  return JSON.stringify(copy);
}

/** Each hostile text at each place, or one in so many of them. */
export function* hostileTexts(
  target: HostileBank,
  share: number,
): Generator<Probe & { readonly place: Place; readonly text: string }> {
  let count = 0;
  for (const operation of operations) {
    for (const place of placesOf(operation, target)) {
      for (const text of hostile_texts) {
        count += 1;
        if (count % (slow.has(operation.id) ? share * slow_share : share) !== 0) continue;
        const writes = operation.method === "GET" ? {} : { headers: newKey() };
        yield {
          what: `${operation.id} with ${place.name} = ${JSON.stringify(text).slice(0, 80)}`,
          method: operation.method,
          path: place.path,
          ...writes,
          ...(operation.is_protected ? { token: target.admin.token } : {}),
          sees_everything: true,
          ...place.write(text),
          place,
          text,
        };
      }
    }
  }
}

/**
 * A free text comes back exactly, or the request is refused. Elsewhere no hostile text is accepted.
 */
export function lookAtText(judge: Judge): (probe: Probe, answer: ProbeAnswer) => void {
  return (probe, answer) => {
    const { place, text } = probe as ReturnType<typeof hostileTexts> extends Generator<infer Item>
      ? Item
      : never;
    if (answer.status >= 300) return;
    if (!place.is_free) {
      const finds_nothing =
        place.name === "idempotency_key" && (answer.body?.["data"] as unknown[]).length === 0;
      const is_number = place.name === "limit" && /^([1-9]\d?|100)$/.test(text);
      if (!finds_nothing && !is_number) judge.complain(probe, "a hostile text is taken", answer);
      return;
    }
    const last = place.name.split(".").at(-1) ?? "";
    const shown =
      answer.body?.[last] ??
      (answer.body?.["metadata"] as Record<string, unknown> | undefined)?.[last];
    // Spaces around a name are not part of it.
    const kept = last === "name" ? text.trim() : text;
    if (probe.body !== undefined && shown !== undefined && shown !== kept)
      judge.complain(probe, "the text was changed", answer);
  };
}
