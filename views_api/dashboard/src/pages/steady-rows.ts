/** The rows to show when the server sends new ones while the reader points at one: the same rows in the same order, each with
 * its newest numbers. What would move or appear waits until the pointer and the focus have left; of a row that is no longer
 * among those sent, nobody knows the numbers any more: it shows what `unknown` makes of it. */
export function steadyRows<T extends { id: string }>(
  shown: readonly T[],
  sent: readonly T[],
  pointedAt: boolean,
  unknown: (row: T) => T,
): readonly T[] {
  if (!pointedAt || shown.length === 0) return sent;
  const newest = new Map(sent.map((row) => [row.id, row]));
  return shown.map((row) => newest.get(row.id) ?? unknown(row));
}
