/** How many files are open at once while many are read. */
const filesAtOnce = 8;

/** Does something with each item, with some of them at once. */
export async function forEachAtOnce<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await task(item);
  };
  await Promise.all(Array.from({ length: filesAtOnce }, worker));
}
