/** Something that is wrong with a configuration. Shows no secret. */
export interface Finding {
  readonly name: string;
  /** What is wrong, in a sentence. */
  readonly says: string;
  /** What mends it. */
  readonly mend: string;
}

/** Keeps the findings whose condition holds. */
export function findingsOf(
  candidates: readonly (readonly [is_wrong: boolean, finding: Finding])[],
): readonly Finding[] {
  return candidates.filter(([is_wrong]) => is_wrong).map(([, finding]) => finding);
}
