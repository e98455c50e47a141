/** Something that is wrong with a configuration. It never contains a secret. */
export interface Finding {
  readonly name: string;
  /** What is wrong, in a sentence. */
  readonly says: string;
  /** How to correct it. */
  readonly mend: string;
}

/** Keeps the findings whose condition holds. */
export function findingsOf(
  candidates: readonly (readonly [is_wrong: boolean, finding: Finding])[],
): readonly Finding[] {
  return candidates.filter(([is_wrong]) => is_wrong).map(([, finding]) => finding);
}
