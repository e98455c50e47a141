const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const opening = [0x5b, 0x7b];
const closing = [0x5d, 0x7d];

/**
 * Returns the items of a page, each with exactly its text in the body. Parsing an item and writing
 * it again could change the text, and with it the ETag. `body` is `{"data": [item, …]}`.
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
