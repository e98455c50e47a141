import type { Answer } from "../harness/bank.ts";

/** Reads a list to its end, page by page; `between` happens after each page. At most 200 pages. */
export async function readPages(
  readPage: (position: string | null) => Promise<Answer>,
  between: () => Promise<unknown> = async () => undefined,
): Promise<{ readonly id: string }[][]> {
  const pages: { readonly id: string }[][] = [];
  let position: string | null = null;
  do {
    const answer: Answer = await readPage(position);
    pages.push(answer.body);
    position = answer.next_position;
    await between();
  } while (position !== null && pages.length < 200);
  return pages;
}

export function idsOf(pages: readonly (readonly { readonly id: string }[])[]): string[] {
  return pages.flat().map(({ id }) => id);
}
