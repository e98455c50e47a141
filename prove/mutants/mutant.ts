/** A mistake that somebody could make: a text of one file, and the text that replaces it. */
export interface Mutant {
  readonly name: string;
  /** Below the project. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Which tests see it, below `test/`, without `.test.ts`. One of them must fail. */
  readonly seen_by: readonly string[];
}

/** The mutants of one folder, as rows: name, file in it, text, text instead, tests. */
export function mutantsOf(
  folder: string,
  rows: readonly (readonly [
    name: string,
    file: string,
    from: string,
    to: string,
    ...seen_by: string[],
  ])[],
): readonly Mutant[] {
  return rows.map(([name, file, from, to, ...seen_by]) => ({
    name,
    file: `${folder}/${file}`,
    from,
    to,
    seen_by,
  }));
}
