/** Does something with each item, with some of them at once: as many as files may be open without being noticed, if not said. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  task: (item: T) => Promise<void>,
  atOnce = 8,
): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await task(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
