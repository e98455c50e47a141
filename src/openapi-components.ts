/** A JSON object of which nothing more is known. */
type Json = Record<string, unknown>;
type Kind = "parameters" | "headers" | "examples" | "responses";

/** A place in the document with a part that other places may contain too. */
interface Place {
  readonly holder: Json;
  readonly key: string;
  readonly name: string;
}

/**
 * Moves parts that several operations share into the document's components, and leaves a `$ref` in
 * their place. A part that occurs once stays where it is. Inner parts are moved first, so that
 * equal outer parts stay equal.
 */
export function shareComponents(document: Json): void {
  share(document, "parameters", parametersOf(document));
  share(document, "examples", examplesOf(document));
  share(document, "headers", headersOf(document));
  share(document, "responses", problemsOf(document));
}

function share(document: Json, kind: Kind, places: readonly Place[]): void {
  const alike = Map.groupBy(places, ({ holder, key }) => JSON.stringify(holder[key]));
  // If two different parts have the same name, the more frequent one gets it.
  const groups = [...alike.values()]
    .filter(({ length }) => length > 1)
    .sort((a, b) => b.length - a.length);
  const shared: Json = {};
  for (const group of groups) {
    const [first] = group;
    if (first === undefined || first.name in shared) continue;
    shared[first.name] = first.holder[first.key];
    for (const { holder, key } of group)
      holder[key] = { $ref: `#/components/${kind}/${first.name}` };
  }
  const in_order = Object.entries(shared).sort(([a], [b]) => (a < b ? -1 : 1));
  (document["components"] as Json)[kind] = Object.fromEntries(in_order);
}

const members = (value: unknown): Json[] => Object.values((value ?? {}) as Json) as Json[];
const operationsOf = (document: Json): Json[] => members(document["paths"]).flatMap(members);
const responsesOf = (document: Json): Json[] =>
  operationsOf(document).flatMap(({ responses }) => members(responses));
const placesIn = (holder: unknown): Place[] =>
  Object.keys((holder ?? {}) as Json).map((key) => ({ holder: holder as Json, key, name: key }));

function parametersOf(document: Json): Place[] {
  return operationsOf(document).flatMap(({ parameters }) =>
    placesIn(parameters).map((place) => ({
      ...place,
      name: pascalCase(String((place.holder[place.key] as Json)["name"])),
    })),
  );
}

const headersOf = (document: Json): Place[] =>
  responsesOf(document).flatMap(({ headers }) => placesIn(headers));

const problemExamplesOf = (response: Json): unknown =>
  ((response["content"] as Json | undefined)?.["application/problem+json"] as Json | undefined)?.[
    "examples"
  ];

const examplesOf = (document: Json): Place[] =>
  responsesOf(document).flatMap((response) => placesIn(problemExamplesOf(response)));

/** Names a response after its error codes. */
function problemsOf(document: Json): Place[] {
  return operationsOf(document)
    .flatMap(({ responses }) => placesIn(responses))
    .flatMap((place) => {
      const codes = Object.keys(problemExamplesOf(place.holder[place.key] as Json) ?? {});
      return codes.length === 0 ? [] : [{ ...place, name: codes.map(pascalCase).join("Or") }];
    });
}

const pascalCase = (name: string): string =>
  name.replace(/(^|[_-])(\w)/g, (_match, _separator, letter: string) => letter.toUpperCase());
