/** A body whose pieces are made when they are asked for. It ends after the last one, if any. */
export function bodyInPieces(pieces: number, bytes: number) {
  let made = 0;
  let is_at_end = false;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        is_at_end = made === pieces;
        if (is_at_end) controller.close();
        else controller.enqueue(new Uint8Array(bytes).fill(0x20));
        made += 1;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, made: () => made, isAtEnd: () => is_at_end };
}
