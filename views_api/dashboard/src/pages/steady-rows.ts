/** The rows to show when the server sends new ones while the reader points into the table: the same rows in the same order,
 * each with its newest numbers. What would move or appear waits until the pointer and the focus have left. */
export function steadyRows<T extends { id: string }>(
  shown: readonly T[],
  sent: readonly T[],
  pointedAt: boolean,
): readonly T[] {
  if (!pointedAt || shown.length === 0) return sent;
  const newest = new Map(sent.map((row) => [row.id, row]));
  return shown.map((row) => newest.get(row.id) ?? row);
}
