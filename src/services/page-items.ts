const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const opening = [0x5b, 0x7b];
const closing = [0x5d, 0x7d];

/**
 * The items of a page, each as the text that it has in the body: what is parsed and written again would no longer
 * be the same text as a body of its own, and would have another ETag. `body` is `{"data": [item, …]}`.
 */
export function itemsOf(body: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let is_in_string = false;
  let begin = body.indexOf("[") + 1;
  for (let index = begin; index < body.length; index += 1) {
    const unit = body.charCodeAt(index);
    if (unit === quote) is_in_string = !is_in_string;
    else if (is_in_string) index += unit === backslash ? 1 : 0;
    else if (opening.includes(unit)) depth += 1;
    else if (unit === comma && depth === 0) {
      items.push(body.slice(begin, index).trim());
      begin = index + 1;
    } else if (closing.includes(unit)) {
      depth -= 1;
      if (depth >= 0) continue;
      const last = body.slice(begin, index).trim();
      return last === "" ? items : [...items, last];
    }
  }
  throw new Error("A page of the database has no items.");
}
